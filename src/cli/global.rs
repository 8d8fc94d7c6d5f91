//! A look into global.db from a command that may run beside legacy, or as another system user: it leaves no file behind.

use std::{
    ffi::OsString,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    time::Duration,
};

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use rusqlite::{Connection, OpenFlags};

use crate::{
    db::{Database as Opened, DbError, Options},
    schema::{needs::Database, version},
};

/// How long legacy may keep it locked before it is left unread.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where it is in a data directory.
pub(super) fn file(directory: &Path) -> PathBuf {
    directory.join("global").join("global.db")
}

/// Why routes that read global.db are declined: it is there and of another version. The users' databases are encrypted;
/// their versions show when they are read.
pub(super) fn declined(directory: &Path) -> Option<String> {
    match version(directory)? {
        Ok(found) if found != Some(Database::Global.version()) => Some(Database::Global.mismatch(found)),
        _ => None,
    }
}

/// The version it says it has. None where that can not be looked at: a crash left its log, and to read that takes a file
/// that whoever opens the database next has to be able to write.
pub(super) fn version(directory: &Path) -> Option<Result<Option<i64>, DbError>> {
    let file = file(directory);
    match (beside(&file, "-wal").exists(), beside(&file, "-shm").exists()) {
        (false, _) => Some(at_rest(&file)),
        (true, true) => Some(in_use(&file)),
        (true, false) => None,
    }
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(suffix);
    name.into()
}

/// Nobody has it open: it is read as it is, for even a connection that only reads makes files beside it.
fn at_rest(file: &Path) -> Result<Option<i64>, DbError> {
    let path = percent_encode(file.as_os_str().as_bytes(), NON_ALPHANUMERIC);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    version::of(&Connection::open_with_flags(format!("file:{path}?immutable=1"), flags)?)
}

/// The newest version may still be in the log.
fn in_use(file: &Path) -> Result<Option<i64>, DbError> {
    let options = Options { readers: 1, busy: PATIENCE, deadline: Some(PATIENCE), ..Options::default() };
    let database = Opened::open(file, None, &options)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(|source| DbError::File { path: file.to_owned(), source })?;
    runtime.block_on(database.read(|transaction| version::of(transaction)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_seen_at_rest_and_in_the_log_and_nothing_is_left_behind() {
        let directory = tempfile::TempDir::new().unwrap();
        let data = directory.path().join("a ?#%41 b");
        let global = data.join("global");
        assert_eq!(declined(&data), None, "there is none");
        std::fs::create_dir_all(&global).unwrap();
        let files = || std::fs::read_dir(&global).unwrap().count();
        let open = || Connection::open(global.join("global.db")).unwrap();
        open()
            .execute_batch(
                "PRAGMA journal_mode = WAL; CREATE TABLE settings(name TEXT, value TEXT);
                 INSERT INTO settings VALUES ('version', '13')",
            )
            .unwrap();
        assert_eq!((declined(&data), files()), (None, 1), "at rest");
        let legacy = open();
        legacy.execute("UPDATE settings SET value = '14'", []).unwrap();
        let why = Some("global.db has version 14, handlers know 13".to_owned());
        assert_eq!((declined(&data), files()), (why.clone(), 3), "in the log");
        drop(legacy);
        assert_eq!((declined(&data), files()), (why, 1), "at rest again");
    }
}
