//! Database files of every kind, and what the driver says of them.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use cutover::db::{Access, Database, DbError, Options, Passphrase};
use rusqlite::{Connection, config::DbConfig};

/// Longest wait for jobs at a close; reached only when a test fails.
pub const GRACE: Duration = Duration::from_secs(10);

/// A connection that is not the driver's.
pub fn stranger(file: &Path, passphrase: Option<&str>) -> Connection {
    let connection = Connection::open(file).unwrap();
    if let Some(passphrase) = passphrase {
        connection.pragma_update(None, "key", passphrase).unwrap();
    }
    connection
}

/// Makes `x.db`: encrypted if there is a passphrase, with settings that follow the key, and 200 rows in `t(n, b)`,
/// which take some 30 pages.
pub fn made(directory: &Path, passphrase: Option<&str>, settings: &str) -> PathBuf {
    let file = directory.join("x.db");
    let connection = stranger(&file, passphrase);
    connection.execute_batch(settings).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE t(n INTEGER PRIMARY KEY, b BLOB);
             WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < 200)
             INSERT INTO t SELECT n, randomblob(500) FROM k",
        )
        .unwrap();
    file
}

/// Adds two rows, in two commits that stay in the log.
pub fn logged(file: &Path, passphrase: Option<&str>) {
    let connection = stranger(file, passphrase);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
    for _ in 0..2 {
        connection.execute("INSERT INTO t(b) VALUES (randomblob(3000))", []).unwrap();
    }
}

/// Opens a file as a user does: derives the key, then opens.
pub fn open(file: &Path, passphrase: Option<&str>, access: Access) -> Result<Database, DbError> {
    let key = passphrase.map(|text| Passphrase::new(text.to_owned()).derive(file)).transpose()?;
    Database::open(file, key, &Options { access, readers: 2, ..Options::default() })
}

/// Reads every row, and gives how many there are.
pub async fn rows(database: &Database) -> Result<i64, DbError> {
    database
        .read(|t| {
            let all = t.query_row("SELECT count(*), sum(length(b)) FROM t", [], |row| {
                row.get::<_, Option<i64>>(1)?;
                row.get(0)
            })?;
            Ok(all)
        })
        .await
}

/// Writes one more row.
pub async fn insert(database: &Database) -> Result<(), DbError> {
    database.write(|t| Ok(t.execute("INSERT INTO t(b) VALUES (randomblob(500))", []).map(|_| ())?)).await
}

/// `SQLite`'s own verdict.
pub fn integrity(connection: &Connection) -> String {
    connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap()
}

/// The kind of an error and its message, without what differs from run to run.
pub fn said(file: &Path, error: &DbError) -> String {
    let kind = format!("{error:?}");
    let kind = kind.split(['(', ' ', '{']).next().unwrap().to_owned();
    format!("{kind}: {}", error.to_string().replace(&file.display().to_string(), "FILE"))
}

/// Opens a file and reads all of it, and says how that went. Nothing stays open, however it went.
pub async fn verdict(file: &Path, passphrase: Option<&str>) -> String {
    let outcome = match open(file, passphrase, Access::ReadOnly) {
        Ok(database) => {
            let outcome = rows(&database).await;
            tokio::task::spawn_blocking(move || database.close(GRACE)).await.unwrap();
            outcome
        }
        Err(error) => Err(error),
    };
    assert_eq!(descriptors(file), Vec::<String>::new(), "still open");
    outcome.map_or_else(|error| said(file, &error), |rows| format!("{rows} rows"))
}

/// What this process has open of a database: `x.db`, `x.db-wal`, `x.db-shm`, or whatever it starts with.
pub fn descriptors(file: &Path) -> Vec<String> {
    let file = file.display().to_string();
    let mut open: Vec<String> = std::fs::read_dir("/proc/self/fd")
        .unwrap()
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .filter_map(|path| path.to_str().filter(|path| path.starts_with(&file)).map(ToOwned::to_owned))
        .collect();
    open.sort();
    open
}
