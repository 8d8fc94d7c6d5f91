//! tokio-rusqlite: one thread per connection, and no pool. Of several connections each read takes the next.

use std::{
    path::PathBuf,
    process::ExitCode,
    sync::atomic::{AtomicUsize, Ordering},
};

use bench_common::{Error, Subject, key_pragma, serve};
use tokio_rusqlite::{Connection, rusqlite};

struct Connections {
    all: Vec<Connection>,
    next: AtomicUsize,
}

impl Subject for Connections {
    async fn open(file: PathBuf, passphrase: Option<String>, connections: usize) -> Result<Self, Error> {
        let key = passphrase.as_deref().map(key_pragma).unwrap_or_default();
        let mut all = Vec::new();
        let mut keyed = Vec::new();
        for _ in 0..connections {
            let connection = Connection::open(&file).await?;
            let key = key.clone();
            // On their own threads, all at once.
            keyed.push(tokio::spawn({
                let connection = connection.clone();
                async move { connection.call(move |connection| prepare(connection, &key)).await }
            }));
            all.push(connection);
        }
        for connection in keyed {
            connection.await??;
        }
        Ok(Self { all, next: AtomicUsize::new(0) })
    }

    async fn query(&self, sql: &'static str, parameter: i64, transaction: bool) -> Result<String, Error> {
        let number = match self.all.len() {
            1 => 0,
            connections => self.next.fetch_add(1, Ordering::Relaxed) % connections,
        };
        let text = self.all[number].call(move |connection| {
            if transaction {
                let transaction = connection.transaction()?;
                read(&transaction, sql, parameter)
            } else {
                read(connection, sql, parameter)
            }
        });
        Ok(text.await?)
    }
}

fn prepare(connection: &rusqlite::Connection, key: &str) -> rusqlite::Result<()> {
    connection.execute_batch(key)?;
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0))?;
    Ok(())
}

fn read(connection: &rusqlite::Connection, sql: &str, parameter: i64) -> rusqlite::Result<String> {
    connection.prepare_cached(sql)?.query_row([parameter], |row| row.get(0))
}

fn main() -> ExitCode {
    serve::<Connections>()
}
