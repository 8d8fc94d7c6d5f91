//! Events of one group edited together: a movement or a swap, and its fee.

use num_bigint::BigInt;
use rusqlite::{OptionalExtension as _, params};

use super::{
    event::{Event, absent},
    unwritten::{Unwritten, fitting},
};
use crate::db::Transaction;

/// A group that does not have the events that its kind of entry has; legacy asserts it, and says nothing.
const ODD_GROUP: &str = "";

/// Writes a group over the one that an event is of. `without_fee` is how many events there are without one: a fee that
/// is gone is deleted, one that is new is added.
pub(super) fn edit(events: &mut [Event], without_fee: usize, transaction: &Transaction<'_>) -> Result<(), Unwritten> {
    let Some((first, rest)) = events.split_first_mut() else { return Ok(()) };
    for (places, event) in (1..).zip(rest) {
        event.identifier = beside(first, places, event.subtype, transaction)?;
    }
    let group = group_of(first, transaction)?;
    let existing: u32 = transaction
        .prepare_cached("SELECT COUNT(*) FROM history_events WHERE event_identifier = ?")?
        .query_row([&group], |row| row.get(0))?;
    let with_fee = without_fee + 1;
    let edited = match (events.len(), existing as usize) {
        (new, old) if new == without_fee && old == with_fee => {
            let fee = &events[0].sequence_index + BigInt::from(without_fee);
            transaction
                .prepare_cached("DELETE FROM history_events WHERE event_identifier = ? AND sequence_index = ?")?
                .execute(params![events[0].group, fitting(&fee)?])?;
            new
        }
        (new, old) if new == with_fee && old == without_fee => {
            events[old].add(transaction)?;
            old
        }
        (new, old) if new == old => new,
        _ => return Err(Unwritten::Broken(ODD_GROUP.into())),
    };
    events[..edited].iter().try_for_each(|event| event.edit(transaction))
}

/// The group that an event is of, as it is stored.
pub(super) fn group_of(event: &Event, transaction: &Transaction<'_>) -> Result<String, Unwritten> {
    let identifier = event.identifier.as_ref().map(fitting).transpose()?;
    transaction
        .prepare_cached("SELECT event_identifier FROM history_events WHERE identifier = ?")?
        .query_row([identifier], |row| row.get(0))
        .optional()?
        .ok_or_else(|| absent(identifier))
}

/// The event of a subtype that stands so many places after another of its group, as it is stored.
fn beside(
    event: &Event,
    places: i64,
    subtype: &str,
    transaction: &Transaction<'_>,
) -> Result<Option<BigInt>, Unwritten> {
    let identifier = event.identifier.as_ref().map(fitting).transpose()?;
    let mut select = transaction.prepare_cached(
        "SELECT other.identifier FROM history_events event JOIN history_events other \
         ON other.event_identifier = event.event_identifier AND other.sequence_index = event.sequence_index + ? \
         AND other.subtype = ? WHERE event.identifier = ?",
    )?;
    let found = select.query_row(params![places, subtype, identifier], |row| row.get::<_, i64>(0)).optional()?;
    Ok(found.map(BigInt::from))
}
