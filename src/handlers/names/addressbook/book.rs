//! One entry of an address book written, taken away.

use rusqlite::params;

use crate::{
    db::{DbError, Transaction},
    handlers::{Stop, Unanswered, names::chain_address::ChainAddress, rows::odd},
    wire::{Answer, validate::Record},
};

/// What becomes of an entry; a refusal takes everything back that the request has done.
pub(super) type Written = Result<Result<(), Stop>, DbError>;

/// An address with a name.
#[derive(Debug)]
pub(super) struct Entry {
    at: ChainAddress,
    /// Empty where an edit takes the entry away.
    pub(super) name: String,
}

impl Entry {
    pub(super) fn of(record: &Record) -> Result<Self, Unanswered> {
        let name = record.get("name").and_then(|name| name.as_text()).ok_or_else(odd)?;
        Ok(Self { at: ChainAddress::of(record)?, name: name.to_owned() })
    }

    /// Writes it. One for every chain of a family takes the place of those for single chains. A row that is replaced
    /// gets a new rowid.
    pub(super) fn put(&self, transaction: &Transaction<'_>, replaces: bool) -> Written {
        let Self { at, name } = self;
        if !replaces && self.is_there(transaction)? {
            let message = format!(
                "Entry with address {} and blockchain {} already exists in the address book.",
                at.address,
                at.title()
            );
            return Ok(Err(Stop::Refused(Answer::failure(409, &message))));
        }
        if at.chain.is_none() {
            transaction
                .prepare_cached("DELETE FROM address_book WHERE address = ? AND blockchain IS NOT ?")?
                .execute([at.address.as_str(), at.stored_as()])?;
        }
        transaction
            .prepare_cached("INSERT OR REPLACE INTO address_book(address, name, blockchain) VALUES (?, ?, ?)")?
            .execute(params![at.address, name, at.stored_as()])?;
        Ok(Ok(()))
    }

    /// Takes it away.
    pub(super) fn remove(&self, transaction: &Transaction<'_>) -> Written {
        if removed(transaction, &self.at)? > 0 {
            return Ok(Ok(()));
        }
        let message = format!(
            "Entry with address \"{}\" and blockchain {} doesn't exist in the address book. So it cannot be modified.",
            self.at.address,
            self.at.title()
        );
        Ok(Err(Stop::Refused(Answer::failure(409, &message))))
    }

    fn is_there(&self, transaction: &Transaction<'_>) -> Result<bool, DbError> {
        let count = "SELECT COUNT(*) FROM address_book WHERE address = ? AND blockchain = ?";
        let given = [self.at.address.as_str(), self.at.stored_as()];
        let count: i64 = transaction.prepare_cached(count)?.query_row(given, |row| row.get(0))?;
        Ok(count != 0)
    }
}

/// Takes away the entry of an address on its chain, or for all chains of its family. How many rows that were.
pub(super) fn removed(transaction: &Transaction<'_>, at: &ChainAddress) -> Result<usize, DbError> {
    let delete = "DELETE FROM address_book WHERE address = ? AND blockchain = ?";
    Ok(transaction.prepare_cached(delete)?.execute([at.address.as_str(), at.stored_as()])?)
}
