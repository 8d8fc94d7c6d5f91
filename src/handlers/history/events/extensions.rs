//! What stands about some events in tables of their own.

use num_bigint::BigInt;
use rusqlite::params;

use super::unwritten::{Unwritten, fitting};
use crate::db::Transaction;

/// What an EVM chain knows of an event.
#[derive(Debug, Clone)]
pub(super) struct Evm {
    /// 32 bytes.
    pub tx_hash: Vec<u8>,
    pub counterparty: Option<String>,
    pub product: Option<&'static str>,
    /// With its checksum.
    pub address: Option<String>,
}

impl Evm {
    pub(super) fn add(&self, identifier: i64, transaction: &Transaction<'_>) -> Result<(), Unwritten> {
        transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO evm_events_info(identifier, tx_hash, counterparty, product, address) \
                 VALUES (?, ?, ?, ?, ?)",
            )?
            .execute(params![identifier, self.tx_hash, self.counterparty, self.product, self.address])?;
        Ok(())
    }

    pub(super) fn edit(&self, identifier: i64, transaction: &Transaction<'_>) -> Result<(), Unwritten> {
        transaction
            .prepare_cached(
                "UPDATE evm_events_info SET tx_hash = ?, counterparty = ?, product = ?, address = ? \
                 WHERE identifier = ?",
            )?
            .execute(params![self.tx_hash, self.counterparty, self.product, self.address, identifier])?;
        Ok(())
    }
}

/// What an event is about a validator.
#[derive(Debug, Clone)]
pub(super) struct Staking {
    pub validator_index: BigInt,
    /// The number of a block, or whether a withdrawal is an exit: 1 or 0.
    pub exit_or_block: BigInt,
}

impl Staking {
    pub(super) fn add(&self, identifier: i64, transaction: &Transaction<'_>) -> Result<(), Unwritten> {
        transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO eth_staking_events_info(identifier, validator_index, is_exit_or_blocknumber) \
                 VALUES (?, ?, ?)",
            )?
            .execute(params![identifier, fitting(&self.validator_index)?, fitting(&self.exit_or_block)?])?;
        Ok(())
    }

    pub(super) fn edit(&self, identifier: i64, transaction: &Transaction<'_>) -> Result<(), Unwritten> {
        transaction
            .prepare_cached(
                "UPDATE eth_staking_events_info SET validator_index = ?, is_exit_or_blocknumber = ? \
                 WHERE identifier = ?",
            )?
            .execute(params![fitting(&self.validator_index)?, fitting(&self.exit_or_block)?, identifier])?;
        Ok(())
    }
}
