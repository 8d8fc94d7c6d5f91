//! One event as its rows are: added, or written over another.

use num_bigint::BigInt;
use rusqlite::{params, types::Value};

use super::{
    extensions::{Evm, Staking},
    unwritten::{Unwritten, fitting},
};
use crate::{
    db::Transaction,
    handlers::{Unanswered, filter::bindable},
    schema::locations::letter_of,
};

/// An event. Its ints are of any size: one that SQLite does not take is refused when it is written.
#[derive(Debug, Clone, Default)]
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
    /// Its type if `location_label` is no tracked account of Ethereum, where that matters.
    pub untracked_type: Option<&'static str>,
    pub subtype: &'static str,
    /// JSON
    pub extra_data: Option<String>,
    /// What EVM chains know of it.
    pub evm: Option<Evm>,
    /// What it is about a validator.
    pub staking: Option<Staking>,
}

impl Event {
    /// Whether both sides bind its texts alike.
    ///
    /// # Errors
    /// One has a NUL.
    pub(super) fn bindable(&self) -> Result<(), Unanswered> {
        let counterparty = self.evm.as_ref().and_then(|evm| evm.counterparty.as_ref());
        let rest = [self.location_label.as_ref(), self.notes.as_ref(), self.extra_data.as_ref(), counterparty];
        for text in [&self.group, &self.asset].into_iter().chain(rest.into_iter().flatten()) {
            bindable(text)?;
        }
        Ok(())
    }

    /// Adds it, and gives its identifier; `None` if there is one in its place.
    pub(super) fn add(&self, transaction: &Transaction<'_>) -> Result<Option<i64>, Unwritten> {
        let mut insert = transaction.prepare_cached(
            "INSERT OR IGNORE INTO history_events(entry_type, event_identifier, sequence_index, timestamp, location, \
             location_label, asset, amount, notes, type, subtype, extra_data) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?;
        if insert.execute(self.columns(transaction)?)? == 0 {
            return Ok(None);
        }
        let identifier = transaction.last_insert_rowid();
        if let Some(evm) = &self.evm {
            evm.add(identifier, transaction)?;
        }
        if let Some(staking) = &self.staking {
            staking.add(identifier, transaction)?;
        }
        transaction
            .prepare_cached(
                "UPDATE history_events SET ignored = EXISTS (SELECT 1 FROM multisettings \
                 WHERE name = 'ignored_asset' AND value = ?) WHERE identifier = ?",
            )?
            .execute(params![self.asset, identifier])?;
        customized(transaction, identifier)?;
        Ok(Some(identifier))
    }

    /// Writes it over the event of its identifier, all columns. Where that has no rows about a chain or a validator,
    /// it gets none.
    pub(super) fn edit(&self, transaction: &Transaction<'_>) -> Result<(), Unwritten> {
        let mut values = self.columns(transaction)?.to_vec();
        values.push(self.asset.clone().into());
        let identifier = self.identifier.as_ref().map(fitting).transpose()?;
        values.push(identifier.into());
        let edited = transaction
            .prepare_cached(
                "UPDATE history_events SET entry_type = ?, event_identifier = ?, sequence_index = ?, timestamp = ?, \
                 location = ?, location_label = ?, asset = ?, amount = ?, notes = ?, type = ?, subtype = ?, \
                 extra_data = ?, ignored = EXISTS (SELECT 1 FROM multisettings WHERE name = 'ignored_asset' \
                 AND value = ?) WHERE identifier = ?",
            )?
            .execute(rusqlite::params_from_iter(values));
        let edited = edited.map_err(|error| match error.into() {
            // Whichever constraint it is.
            Unwritten::Broken(_) => Unwritten::Refused(format!(
                "Tried to edit event to have event_identifier {} and sequence_index {} but it already exists",
                self.group, self.sequence_index
            )),
            other => other,
        })?;
        let Some(identifier) = identifier.filter(|_| edited == 1) else { return Err(absent(identifier)) };
        if let Some(evm) = &self.evm {
            evm.edit(identifier, transaction)?;
        }
        if let Some(staking) = &self.staking {
            staking.edit(identifier, transaction)?;
        }
        customized(transaction, identifier)
    }

    fn columns(&self, transaction: &Transaction<'_>) -> Result<[Value; 12], Unwritten> {
        let type_ = match (self.untracked_type, &self.location_label) {
            (Some(untracked), Some(address)) if !is_tracked(address, transaction)? => untracked,
            _ => self.type_,
        };
        Ok([
            self.entry_type.into(),
            self.group.clone().into(),
            fitting(&self.sequence_index)?.into(),
            fitting(&self.timestamp)?.into(),
            letter_of(self.location).map(String::from).into(),
            self.location_label.clone().into(),
            self.asset.clone().into(),
            self.amount.clone().into(),
            self.notes.clone().into(),
            type_.to_owned().into(),
            self.subtype.to_owned().into(),
            self.extra_data.clone().into(),
        ])
    }
}

/// What an edit says of an event that there is not.
pub(super) fn absent(identifier: Option<i64>) -> Unwritten {
    let shown = identifier.map_or_else(|| "None".to_owned(), |identifier| identifier.to_string());
    Unwritten::Refused(format!("Tried to edit event with id {shown} but could not find it in the DB"))
}

/// Notes that an event is of the user's own making.
fn customized(transaction: &Transaction<'_>, identifier: i64) -> Result<(), Unwritten> {
    let note = "INSERT OR IGNORE INTO history_events_mappings(parent_identifier, name, value) VALUES (?, 'state', 1)";
    transaction.prepare_cached(note)?.execute([identifier])?;
    Ok(())
}

/// Whether it is an account of Ethereum, in this spelling.
fn is_tracked(address: &str, transaction: &Transaction<'_>) -> Result<bool, Unwritten> {
    let find = "SELECT EXISTS (SELECT 1 FROM blockchain_accounts WHERE blockchain = 'ETH' AND account = ?)";
    Ok(transaction.prepare_cached(find)?.query_row([address], |row| row.get(0))?)
}
