//! Opening one connection the way legacy's files want it.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::{DbError, RawKey};

/// Prepared statements kept per connection; rusqlite's default of 16 is less than the handlers use.
const STATEMENTS: usize = 128;

/// Opens a read-only connection and verifies it by a read, because `PRAGMA key` itself never fails.
///
/// Nothing here writes or checkpoints: the other process may carry `SQLite`'s WAL-reset bug. Foreign keys are stated
/// because bundled builds differ from Python's wheels in the default.
///
/// # Errors
/// The file cannot be opened, the key does not fit, or a pragma fails.
pub fn read_only(path: &Path, key: Option<&RawKey>) -> Result<Connection, DbError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let failed = |doing| move |source| DbError::sqlite(doing, path, source);
    let connection = Connection::open_with_flags(path, flags).map_err(failed("opening"))?;
    if let Some(key) = key {
        // SQLCipher would write lines of its own to stderr, between those of the log; its errors come back as errors.
        connection.pragma_update(None, "cipher_log_level", "NONE").map_err(failed("quieting the cipher"))?;
        connection.pragma_update(None, "key", key.literal().as_str()).map_err(failed("keying"))?;
    }
    connection.busy_timeout(std::time::Duration::from_secs(5)).map_err(failed("setting the busy timeout"))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection
        .execute_batch("PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 0; PRAGMA query_only = 1;")
        .map_err(failed("setting pragmas"))?;
    connection
        .query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0))
        .map_err(failed("verifying the key"))?;
    Ok(connection)
}
