//! Whether the transaction that an event names is known. Legacy asks the chain for one that is not.

use super::{
    event::Event,
    kinds::chain::{CHAINS, ZKSYNC},
};
use crate::{
    db::{DbError, Transaction},
    handlers::Stop,
    wire::{Answer, validate::addresses::checksummed},
};

/// Asks for the transaction of an event, if it names one.
pub(super) fn known(event: &Event, transaction: &Transaction<'_>) -> Result<Result<(), Stop>, DbError> {
    let Some(evm) = &event.evm else { return Ok(Ok(())) };
    if !CHAINS.contains(&event.location) {
        return Ok(Err(Stop::declined("legacy has no transactions of such a location")));
    }
    let find = if event.location == ZKSYNC {
        "SELECT EXISTS (SELECT 1 FROM zksynclite_transactions WHERE tx_hash = ?)"
    } else {
        "SELECT EXISTS (SELECT 1 FROM evm_transactions WHERE tx_hash = ?)"
    };
    if transaction.prepare_cached(find)?.query_row([&evm.tx_hash], |row| row.get(0))? {
        return Ok(Ok(()));
    }
    Ok(Err(match event.location_label.as_deref().and_then(checksummed) {
        Some(_) => Stop::declined("legacy asks the chain for a transaction that is not known"),
        None => Stop::Refused(Answer::failure(
            400,
            "The location_label must be set to a valid EVM address to pull the tx for the given hash from onchain.",
        )),
    }))
}
