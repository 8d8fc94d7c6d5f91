//! Events as their rows are: all of some groups.

use super::found::MOST;
use crate::{
    db::Transaction,
    handlers::cells::{self, Halt, Reading},
};

/// An event with what is stored about it.
#[derive(Debug)]
pub(super) struct Stored {
    pub identifier: i64,
    pub entry_type: i64,
    pub group: String,
    pub sequence_index: i64,
    pub timestamp: i64,
    pub location: String,
    pub label: Option<String>,
    pub asset: String,
    pub amount: String,
    pub notes: Option<String>,
    pub type_: String,
    pub subtype: String,
    pub extra_data: Option<String>,
    pub transaction: Option<Transacted>,
    pub validator: Option<Validator>,
    /// Whether it is of the user's own making.
    pub customized: bool,
    /// Whether its label is a tracked account of Ethereum.
    pub tracked: bool,
}

/// What EVM chains know of an event.
#[derive(Debug)]
pub(super) struct Transacted {
    pub hash: Vec<u8>,
    pub counterparty: Option<String>,
    pub product: Option<String>,
    pub address: Option<String>,
}

/// What an event is about a validator.
#[derive(Debug)]
pub(super) struct Validator {
    pub index: i64,
    pub exit_or_block: i64,
}

/// All events of some groups, with what is stored about them.
pub(super) const EVENTS: &str = "SELECT h.identifier, h.entry_type, h.event_identifier, h.sequence_index, \
     h.timestamp, h.location, h.location_label, h.asset, h.amount, h.notes, h.type, h.subtype, h.extra_data, e.tx_hash, e.counterparty, \
     e.product, e.address, s.validator_index, s.is_exit_or_blocknumber, \
     EXISTS (SELECT 1 FROM history_events_mappings m WHERE m.parent_identifier = h.identifier \
     AND m.name = 'state' AND m.value = 1), \
     EXISTS (SELECT 1 FROM blockchain_accounts a WHERE a.blockchain = 'ETH' AND a.account = h.location_label) \
     FROM json_each(?) g CROSS JOIN history_events h ON h.event_identifier = g.value \
     LEFT JOIN evm_events_info e ON e.identifier = h.identifier \
     LEFT JOIN eth_staking_events_info s ON s.identifier = h.identifier \
     ORDER BY h.event_identifier, h.sequence_index";

/// All events of these groups (JSON), group by group, each in the order of its places.
pub(super) fn of_groups(transaction: &Transaction<'_>, groups: &str) -> Reading<Vec<Stored>> {
    let mut statement = transaction.prepare_cached(EVENTS)?;
    let mut rows = statement.query([groups])?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        if events.len() == MOST {
            return Err(Halt::Odd("groups of more events than legacy remembers"));
        }
        events.push(event(row)?);
    }
    Ok(events)
}

fn event(row: &rusqlite::Row<'_>) -> Reading<Stored> {
    let transaction = match row.get_ref(13)? {
        rusqlite::types::ValueRef::Null => None,
        rusqlite::types::ValueRef::Blob(hash) => Some(Transacted {
            hash: hash.to_vec(),
            counterparty: cells::maybe_string(row, 14)?,
            product: cells::maybe_string(row, 15)?,
            address: cells::maybe_string(row, 16)?,
        }),
        _ => return Err(Halt::Odd("a hash that is no blob")),
    };
    let validator = match (cells::maybe_int(row, 17)?, cells::maybe_int(row, 18)?) {
        (Some(index), Some(exit_or_block)) => Some(Validator { index, exit_or_block }),
        _ => None,
    };
    Ok(Stored {
        identifier: cells::int(row, 0)?,
        entry_type: cells::int(row, 1)?,
        group: cells::string(row, 2)?,
        sequence_index: cells::int(row, 3)?,
        timestamp: cells::int(row, 4)?,
        location: cells::string(row, 5)?,
        label: cells::maybe_string(row, 6)?,
        asset: cells::string(row, 7)?,
        amount: cells::string(row, 8)?,
        notes: cells::maybe_string(row, 9)?,
        type_: cells::string(row, 10)?,
        subtype: cells::string(row, 11)?,
        extra_data: cells::maybe_string(row, 12)?,
        transaction,
        validator,
        customized: cells::int(row, 19)? == 1,
        tracked: cells::int(row, 20)? == 1,
    })
}
