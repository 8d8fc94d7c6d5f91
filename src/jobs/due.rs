//! The notes that legacy keeps of last runs, in the user's database.

use rusqlite::{OptionalExtension as _, params};

use super::Work;
use crate::{
    db::{DbError, Transaction},
    handlers::Unanswered,
};

/// Whether so many seconds have passed since the run that was noted last.
pub(super) async fn is_due(work: &Work, note: &'static str, every: i64) -> Result<bool, Unanswered> {
    let noted = work
        .context
        .read_user(&work.user, move |transaction| {
            let mut select = transaction.prepare_cached("SELECT value FROM key_value_cache WHERE name = ?")?;
            Ok(select.query_row([note], |row| row.get::<_, Option<String>>(0)).optional()?)
        })
        .await?;
    let Some(noted) = noted else { return Ok(true) };
    let at: Option<i64> = noted.and_then(|text| text.parse().ok());
    let at = at.ok_or_else(|| Unanswered::declined(format!("{note} holds what is no time")))?;
    Ok(work.at_once || work.now.saturating_sub(at) >= every)
}

/// Notes a run.
pub(super) fn note(transaction: &Transaction<'_>, note: &str, now: i64) -> Result<(), DbError> {
    let mut insert = transaction.prepare_cached("INSERT OR REPLACE INTO key_value_cache(name, value) VALUES(?, ?)")?;
    insert.execute(params![note, now.to_string()])?;
    Ok(())
}
