//! Changes of mappings: one statement for each entry, all of them or none.

use rusqlite::{ErrorCode, params_from_iter};

use crate::{
    db::{DbError, Transaction},
    handlers::{Context, Stop, handler::Outcome},
    wire::Answer,
};

/// A change of a table of mappings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    /// The statement for one entry.
    pub(super) statement: &'static str,
    /// A count: entries that already exist by another measure than the table's own.
    pub(super) already: Option<&'static str>,
    /// What legacy says of an entry that it fails on, before it names it, and after.
    pub(super) failure: (&'static str, &'static str),
}

/// One entry.
#[derive(Debug)]
pub(super) struct Entry {
    /// As messages name it.
    pub(super) shown: String,
    /// The values of the statement, and of the count.
    pub(super) values: Vec<Option<String>>,
}

impl Change {
    /// Makes it for each entry in turn. The first one that fails undoes those before it.
    pub(super) async fn make(self, context: &Context, entries: Vec<Entry>) -> Outcome {
        let done = Answer::ok(&true)?;
        context
            .write_global(move |transaction| {
                for entry in &entries {
                    if !self.make_one(transaction, entry)? {
                        let (before, after) = self.failure;
                        let message = format!("{before} {} {after}", entry.shown);
                        return Ok(Err(Stop::Refused(Answer::failure(409, &message))));
                    }
                }
                Ok(Ok(done.clone()))
            })
            .await
    }

    /// Whether it changed one row, neither none nor several.
    fn make_one(self, transaction: &Transaction<'_>, entry: &Entry) -> Result<bool, DbError> {
        let values = || params_from_iter(&entry.values);
        if let Some(already) = self.already {
            let found: i64 = transaction.prepare_cached(already)?.query_row(values(), |row| row.get(0))?;
            if found > 0 {
                return Ok(false);
            }
        }
        match transaction.prepare_cached(self.statement)?.execute(values()) {
            Err(rusqlite::Error::SqliteFailure(error, _)) if error.code == ErrorCode::ConstraintViolation => Ok(false),
            changed => Ok(changed? == 1),
        }
    }
}
