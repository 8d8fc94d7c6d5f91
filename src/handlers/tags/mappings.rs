//! Which object has which tags.

use crate::db::Transaction;

/// Gives objects these tags in place of those that they have: all old ones go before the first new one comes.
///
/// # Errors
/// SQLite's: a tag that does not exist breaks a foreign key.
pub(in crate::handlers) fn replace<'a>(
    transaction: &Transaction<'_>,
    objects: impl IntoIterator<Item = (&'a str, Option<&'a [String]>)> + Clone,
) -> Result<(), rusqlite::Error> {
    let mut delete = transaction.prepare_cached("DELETE FROM tag_mappings WHERE object_reference = ?")?;
    for (object, _) in objects.clone() {
        delete.execute([object])?;
    }
    let mut insert =
        transaction.prepare_cached("INSERT OR IGNORE INTO tag_mappings(object_reference, tag_name) VALUES (?, ?)")?;
    for (object, tags) in objects {
        for tag in tags.unwrap_or_default() {
            insert.execute([object, tag])?;
        }
    }
    Ok(())
}
