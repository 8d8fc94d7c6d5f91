//! A small encrypted database of a test's own.

use std::path::PathBuf;

use cutover::db::{Database, Options, Passphrase, RawKey};
use rusqlite::Connection;
use tempfile::TempDir;

/// A statement that does not end within anyone's patience.
pub const ENDLESS: &str = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";

/// An encrypted file in WAL mode with a table `a(b)`, and a table `child` with a foreign key to it.
pub struct TestDatabase {
    directory: TempDir,
    key: RawKey,
}

impl TestDatabase {
    pub const PASSPHRASE: &str = "p'w ö 1";

    pub fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let file = directory.path().join("x.db");
        let connection = Connection::open(&file).unwrap();
        connection.pragma_update(None, "key", Self::PASSPHRASE).unwrap();
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; CREATE TABLE a(b INTEGER PRIMARY KEY);
                 CREATE TABLE child(b INTEGER REFERENCES a(b))",
            )
            .unwrap();
        let key = Passphrase::new(Self::PASSPHRASE.to_owned()).derive(&file).unwrap();
        Self { directory, key }
    }

    pub fn file(&self) -> PathBuf {
        self.directory.path().join("x.db")
    }

    pub fn open(&self, options: &Options) -> Database {
        Database::open(&self.file(), Some(self.key.clone()), options).unwrap()
    }

    /// A connection that is not the driver's.
    pub fn stranger(&self) -> Connection {
        let connection = Connection::open(self.file()).unwrap();
        connection.pragma_update(None, "key", Self::PASSPHRASE).unwrap();
        connection
    }
}
