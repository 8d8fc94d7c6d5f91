//! The events of an EVM swap edited together.

use num_bigint::BigInt;
use rusqlite::params;

use super::{
    event::Event,
    grouped::group_of,
    unwritten::{Unwritten, fitting},
};
use crate::db::Transaction;

/// Writes the events of an EVM swap, each over its own; those without an identifier are new, and those of `identifiers`
/// that no event has are deleted.
pub(super) fn edit(events: &[Event], identifiers: &[BigInt], transaction: &Transaction<'_>) -> Result<(), Unwritten> {
    let Some(first) = events.first() else { return Ok(()) };
    let group = group_of(first, transaction)?;
    let edited: Vec<&BigInt> = events.iter().filter_map(|event| event.identifier.as_ref()).collect();
    let (old, new): (Vec<&Event>, Vec<&Event>) = events.iter().partition(|event| event.identifier.is_some());
    old.into_iter().try_for_each(|event| event.edit(transaction))?;
    for identifier in identifiers.iter().filter(|identifier| !edited.contains(identifier)) {
        let mut delete = transaction.prepare_cached("DELETE FROM history_events WHERE identifier = ?")?;
        delete.execute([fitting(identifier)?])?;
    }
    for event in new {
        let taken: bool = transaction
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM history_events WHERE event_identifier = ? AND sequence_index = ?)",
            )?
            .query_row(params![group, fitting(&event.sequence_index)?], |row| row.get(0))?;
        if taken {
            return Err(Unwritten::Refused(format!(
                "Tried to insert an event with event_identifier {group} and sequence_index {}, but an event already \
                 exists at that sequence_index.",
                event.sequence_index
            )));
        }
        event.add(transaction)?;
    }
    Ok(())
}
