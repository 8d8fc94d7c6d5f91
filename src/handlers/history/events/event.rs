//! One event as its rows are: added, or written over another.

use num_bigint::BigInt;
use num_traits::ToPrimitive as _;
use rusqlite::params;

use crate::{
    db::{DbError, Transaction},
    handlers::{Unanswered, filter::bindable, refusals::broken},
    schema::locations::letter_of,
};

/// An event. Its ints are of any size: one that SQLite does not take is refused when it is written.
#[derive(Debug)]
pub(super) struct Event {
    /// Of the event that it is written over; no matter for one that is added.
    pub identifier: Option<BigInt>,
    /// The number of its kind of entry.
    pub entry_type: i64,
    /// `event_identifier`: what it has in common with the events that belong to it.
    pub group: String,
    /// Its place among those.
    pub sequence_index: BigInt,
    /// Milliseconds since 1970.
    pub timestamp: BigInt,
    /// As the wire spells it.
    pub location: &'static str,
    pub location_label: Option<String>,
    /// As global.db spells it.
    pub asset: String,
    pub amount: String,
    pub notes: Option<String>,
    pub type_: &'static str,
    pub subtype: &'static str,
    /// JSON
    pub extra_data: Option<String>,
}

/// Why an event could not be written. Nothing of the statement at fault is done.
#[derive(Debug)]
pub(super) enum Unwritten {
    /// An int is beyond 64 bits.
    TooLarge,
    /// A constraint, in SQLite's words.
    Broken(String),
    /// What an edit says to it.
    Refused(String),
    /// Anything else.
    Failed(DbError),
}

impl From<rusqlite::Error> for Unwritten {
    fn from(error: rusqlite::Error) -> Self {
        match broken(&error) {
            Some(message) => Self::Broken(message.to_owned()),
            None => Self::Failed(error.into()),
        }
    }
}

fn fitting(int: &BigInt) -> Result<i64, Unwritten> {
    int.to_i64().ok_or(Unwritten::TooLarge)
}

impl Event {
    /// Whether both sides bind its texts alike.
    ///
    /// # Errors
    /// One has a NUL.
    pub(super) fn bindable(&self) -> Result<(), Unanswered> {
        let rest = [&self.location_label, &self.notes, &self.extra_data];
        for text in [&self.group, &self.asset].into_iter().chain(rest.into_iter().flatten()) {
            bindable(text)?;
        }
        Ok(())
    }

    /// Adds it, and gives its identifier; `None` if there is one in its place.
    pub(super) fn add(&self, transaction: &Transaction<'_>) -> Result<Option<i64>, Unwritten> {
        let added = transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO history_events(entry_type, event_identifier, sequence_index, timestamp, location, \
                 location_label, asset, amount, notes, type, subtype, extra_data) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                self.entry_type,
                self.group,
                fitting(&self.sequence_index)?,
                fitting(&self.timestamp)?,
                letter_of(self.location).map(String::from),
                self.location_label,
                self.asset,
                self.amount,
                self.notes,
                self.type_,
                self.subtype,
                self.extra_data,
            ])?;
        if added == 0 {
            return Ok(None);
        }
        let identifier = transaction.last_insert_rowid();
        transaction
            .prepare_cached(
                "UPDATE history_events SET ignored = EXISTS (SELECT 1 FROM multisettings \
                 WHERE name = 'ignored_asset' AND value = ?) WHERE identifier = ?",
            )?
            .execute(params![self.asset, identifier])?;
        customized(transaction, identifier)?;
        Ok(Some(identifier))
    }

    /// Writes it over the event of its identifier, all columns.
    pub(super) fn edit(&self, transaction: &Transaction<'_>) -> Result<(), Unwritten> {
        let identifier = self.identifier.as_ref().map(fitting).transpose()?;
        let edited = transaction
            .prepare_cached(
                "UPDATE history_events SET entry_type = ?, event_identifier = ?, sequence_index = ?, timestamp = ?, \
                 location = ?, location_label = ?, asset = ?7, amount = ?8, notes = ?9, type = ?10, subtype = ?11, \
                 extra_data = ?12, ignored = EXISTS (SELECT 1 FROM multisettings WHERE name = 'ignored_asset' \
                 AND value = ?7) WHERE identifier = ?13",
            )?
            .execute(params![
                self.entry_type,
                self.group,
                fitting(&self.sequence_index)?,
                fitting(&self.timestamp)?,
                letter_of(self.location).map(String::from),
                self.location_label,
                self.asset,
                self.amount,
                self.notes,
                self.type_,
                self.subtype,
                self.extra_data,
                identifier,
            ]);
        let edited = edited.map_err(Unwritten::from).map_err(|error| match error {
            // Whichever it is.
            Unwritten::Broken(_) => Unwritten::Refused(format!(
                "Tried to edit event to have event_identifier {} and sequence_index {} but it already exists",
                self.group, self.sequence_index
            )),
            other => other,
        })?;
        let Some(identifier) = identifier.filter(|_| edited == 1) else {
            let shown = identifier.map_or_else(|| "None".to_owned(), |identifier| identifier.to_string());
            let message = format!("Tried to edit event with id {shown} but could not find it in the DB");
            return Err(Unwritten::Refused(message));
        };
        customized(transaction, identifier)
    }
}

/// Notes that an event is of the user's own making.
fn customized(transaction: &Transaction<'_>, identifier: i64) -> Result<(), Unwritten> {
    let note = "INSERT OR IGNORE INTO history_events_mappings(parent_identifier, name, value) VALUES (?, 'state', 1)";
    transaction.prepare_cached(note)?.execute([identifier])?;
    Ok(())
}
