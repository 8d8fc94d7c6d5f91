//! The schema versions the handlers were written for.

use rusqlite::{Connection, OptionalExtension};

use crate::db::DbError;

/// The release of rotki that has them.
pub const LEGACY: &str = "1.40.1";
/// Version of a user database.
pub const USER: i64 = 49;
/// Version of a user's transient database.
pub const TRANSIENT: i64 = 2;
/// Version of global.db.
pub const GLOBAL: i64 = 13;

/// The version a database says it has; `None` if it says nothing readable.
///
/// # Errors
/// The settings table cannot be read.
pub fn of(connection: &Connection) -> Result<Option<i64>, DbError> {
    let version = connection
        .prepare_cached("SELECT value FROM settings WHERE name = 'version'")?
        .query_row([], |row| Ok(row.get_ref(0)?.as_str().ok().and_then(|text| text.parse().ok())))
        .optional()?;
    Ok(version.flatten())
}
