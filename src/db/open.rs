//! Opening one connection the way legacy's files want it.

use std::{
    io,
    path::Path,
    sync::{Arc, Once},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::{
    DbError, RawKey,
    key::Salt,
    patience::{self, Waiting},
};

/// Prepared statements kept per connection; rusqlite's default of 16 is less than the handlers use.
const STATEMENTS: usize = 128;

/// Most KiB of pages that a reading connection keeps, as many as legacy keeps for its one. SQLite's own 2 MiB are less than
/// a table of the history, and then every page of it is read and deciphered again with each look. Pages are kept when they
/// are used, not before: a database at rest takes none of it.
const PAGES: u32 = 32 * 1024;

/// How long opening waits for a lock: a database is locked against readers for moments only.
const PATIENCE: Duration = Duration::from_secs(5);

/// Opens a read-only connection and verifies it by a read, because `PRAGMA key` itself never fails.
///
/// # Errors
/// The file cannot be opened, the key does not fit ([`DbError::NotADatabase`]), or a pragma fails.
pub(super) fn read_only(path: &Path, key: Option<&RawKey>) -> Result<Connection, DbError> {
    let more = format!("PRAGMA query_only = 1; PRAGMA cache_size = -{PAGES};");
    connection(path, key, OpenFlags::SQLITE_OPEN_READ_ONLY, &more)
}

/// Opens a connection that writes, likewise.
///
/// # Errors
/// As [`read_only`]; and [`DbError::ReadOnly`] if the file system takes no writes.
pub(super) fn read_write(path: &Path, key: Option<&RawKey>) -> Result<Connection, DbError> {
    let connection = connection(path, key, OpenFlags::SQLITE_OPEN_READ_WRITE, "")?;
    // SQLite falls back by itself, and would say so only at the first write.
    match connection.is_readonly("main") {
        Ok(false) => Ok(connection),
        _ => Err(DbError::ReadOnly(path.to_owned())),
    }
}

/// Nothing here checkpoints, neither after a commit nor when the last connection closes: the other process may carry
/// `SQLite`'s WAL-reset bug. Foreign keys are stated because bundled builds differ from Python's wheels in the default.
fn connection(path: &Path, key: Option<&RawKey>, access: OpenFlags, more: &str) -> Result<Connection, DbError> {
    set_up_library();
    let failed = |doing| move |source| DbError::sqlite(doing, path, source);
    let connection =
        Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(failed("opening"))?;
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
        .map_err(failed("keeping the log at close"))?;
    // Left to itself SQLite prepares a statement anew each time a `LIMIT ?` is bound.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(failed("keeping plans"))?;
    if let Some(key) = key {
        set_key(&connection, key.literal().as_str(), &key.pragmas()).map_err(failed("keying"))?;
    }
    connection.busy_handler(Some(patience::busy_handler)).map_err(failed("setting the busy handler"))?;
    let _waiting = Waiting::begin(&Arc::default(), PATIENCE, &Arc::default());
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection
        .execute_batch(&format!("PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 0; {more}"))
        .map_err(failed("setting pragmas"))?;
    verify(&connection).map_err(failed("verifying the key")).map_err(|error| patience::explained(error, path))?;
    Ok(connection)
}

/// `SQLite` counts itself as set up before `SQLCipher` is (`sqlite3_initialize`, `SQLITE_EXTRA_INIT`): of two threads that
/// open the first connections of a process at once, one may find no cipher.
pub(crate) fn set_up_library() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| drop(Connection::open_in_memory()));
}

fn set_key(connection: &Connection, key: &str, settings: &str) -> Result<(), rusqlite::Error> {
    // SQLCipher would write lines of its own to stderr, between those of the log; its errors come back as errors.
    connection.pragma_update(None, "cipher_log_level", "NONE")?;
    connection.pragma_update(None, "key", key)?;
    connection.execute_batch(settings)
}

/// A real read.
pub(super) fn verify(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))
}

/// The salt at the beginning of a file, read through `SQLite`: a descriptor of our own would give up this process's
/// locks on the file when it closes.
pub(super) fn salt_of(path: &Path) -> Result<Salt, DbError> {
    set_up_library();
    let failed = |source| DbError::sqlite("reading the salt", path, source);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    // Any raw key: it costs no derivation, and the salt is read when a key is set.
    set_key(&connection, &format!("x'{}'", "00".repeat(32)), "").map_err(failed)?;
    let hex: String = connection.query_row("PRAGMA cipher_salt", [], |row| row.get(0)).map_err(failed)?;
    let mut salt = Salt::default();
    for (byte, pair) in salt.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).unwrap_or_default();
        *byte = u8::from_str_radix(pair, 16).map_err(|_| DbError::NotADatabase(path.to_owned()))?;
    }
    Ok(salt)
}

/// Whether there is a file to open; `SQLite` itself would take an empty one for an empty database.
pub(super) fn exists(path: &Path) -> Result<(), DbError> {
    let file = |source| DbError::File { path: path.to_owned(), source };
    let metadata = std::fs::metadata(path).map_err(file)?;
    if metadata.is_dir() {
        return Err(file(io::Error::from(io::ErrorKind::IsADirectory)));
    }
    match metadata.len() {
        0 => Err(DbError::Empty(path.to_owned())),
        // The smallest page.
        1..512 => Err(DbError::NotADatabase(path.to_owned())),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_share_no_lock_over_their_pages() {
        let connection = Connection::open_in_memory().unwrap();
        let mut options = connection.prepare("PRAGMA compile_options").unwrap();
        let options: Vec<String> = options.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let why = "SQLite is compiled without .cargo/config.toml, and readers wait for each other";
        assert!(!options.iter().any(|option| option == "ENABLE_MEMORY_MANAGEMENT"), "{why}: {options:?}");
        assert!(options.iter().any(|option| option == "DEFAULT_MEMSTATUS=0"), "{why}: {options:?}");
    }
}
