//! A read by the driver, and the file that it reads.

use std::{
    fs,
    hint::black_box,
    path::{Path, PathBuf},
};

use cutover::{
    db::{Database, Options, Passphrase},
    schema::version,
};
use rusqlite::{Connection, params};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// Of the user whose files they are.
pub(super) const USER: &str = "ada";

/// A runtime on this thread: there is no other whose turn could come sooner or later.
pub(super) fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// A point read, from the task that asks to the answer in its hands.
pub(super) fn read(rounds: u64) {
    let directory = data();
    let file = file_of(directory.path());
    let key = passphrase().derive(&file).unwrap();
    runtime().block_on(async {
        let database = Database::open(&file, Some(key), &options()).unwrap();
        for _ in 0..rounds {
            let read = database.read(|transaction| {
                let mut select = transaction.prepare_cached("SELECT description FROM tags WHERE name = ?1")?;
                Ok(select.query_row(["tag 7"], |row| row.get::<_, String>(0))?)
            });
            black_box(read.await.unwrap());
        }
    });
}

/// One thread, so that it is always the same that answers; no deadline, which counted instructions would be too late for.
pub(super) fn options() -> Options {
    Options { readers: 1, deadline: None, ..Options::default() }
}

/// A raw key: deriving one takes more instructions than all that is counted.
pub(super) fn passphrase() -> Passphrase {
    Passphrase::new(RAW_KEY.to_owned())
}

const RAW_KEY: &str = "x'0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0'";

/// A data directory with the database of a user who has 40 tags.
pub(super) fn data() -> TempDir {
    let directory = TempDir::new().unwrap();
    let file = file_of(directory.path());
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let connection = Connection::open(&file).unwrap();
    connection.pragma_update(None, "key", RAW_KEY).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL;
             CREATE TABLE settings(name VARCHAR[24] NOT NULL PRIMARY KEY, value TEXT);
             CREATE TABLE tags(name TEXT NOT NULL PRIMARY KEY, description TEXT, background_color TEXT,
                               foreground_color TEXT);",
        )
        .unwrap();
    let version = version::USER.to_string();
    connection.execute("INSERT INTO settings VALUES ('version', ?1)", [version]).unwrap();
    for n in 0..40 {
        let tag =
            params![format!("tag {n}"), format!("What is put under {n}, in Zürich and elsewhere"), "0af1B2", "ffffff"];
        connection.execute("INSERT INTO tags VALUES (?1, ?2, ?3, ?4)", tag).unwrap();
    }
    directory
}

fn file_of(data: &Path) -> PathBuf {
    data.join("users").join(USER).join("rotkehlchen.db")
}
