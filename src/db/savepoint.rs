//! A part of a transaction that is kept or undone as a whole.

use std::ops::Deref;

use super::{DbError, Transaction};

/// An open savepoint. Dereferences to the transaction, so that parts nest and statements run.
#[derive(Debug)]
pub struct Savepoint<'t, 'c> {
    transaction: &'t Transaction<'c>,
    name: String,
    /// Its place among the open ones.
    depth: usize,
}

impl<'c> Deref for Savepoint<'_, 'c> {
    type Target = Transaction<'c>;

    fn deref(&self) -> &Transaction<'c> {
        self.transaction
    }
}

impl<'t, 'c> Savepoint<'t, 'c> {
    pub(super) fn open(transaction: &'t Transaction<'c>, name: &str) -> Result<Self, DbError> {
        transaction.open_savepoint(name)?;
        Ok(Self { transaction, name: name.to_owned(), depth: transaction.open.borrow().len() - 1 })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Undoes everything since it began; it stays open.
    ///
    /// # Errors
    /// `SQLite`'s, or it is gone because an outer one was rolled back to.
    pub fn rollback(&self) -> Result<(), DbError> {
        self.transaction.rollback_to(&self.name)
    }

    fn is_open(&self) -> bool {
        self.transaction.open.borrow().get(self.depth) == Some(&self.name)
    }

    pub(super) fn release(self) -> Result<(), DbError> {
        if !self.is_open() {
            return Err(DbError::Savepoint { name: self.name.clone(), fault: "an outer one was rolled back to" });
        }
        // `self` is dropped at the end of this: by then it is gone, or, if releasing failed, it is rolled back.
        self.transaction.release(&self.name)
    }
}

impl Drop for Savepoint<'_, '_> {
    fn drop(&mut self) {
        if self.is_open() {
            self.transaction.undo(&self.name);
        }
    }
}
