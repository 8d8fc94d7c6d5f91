//! async-sqlite: a pool with one thread per connection; each read takes the next connection.

use std::{path::PathBuf, process::ExitCode};

use async_sqlite::{Pool, PoolBuilder, rusqlite};
use bench_common::{Error, Subject, key_pragma, serve};

struct Connections(Pool);

impl Subject for Connections {
    async fn open(file: PathBuf, passphrase: Option<String>, connections: usize) -> Result<Self, Error> {
        let pool = PoolBuilder::new().path(file).num_conns(connections).open().await?;
        let key = passphrase.as_deref().map(key_pragma).unwrap_or_default();
        let keyed = pool.conn_for_each(move |connection| {
            connection.execute_batch(&key)?;
            connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0))
        });
        for connection in keyed.await {
            connection?;
        }
        Ok(Self(pool))
    }

    async fn query(&self, sql: &'static str, parameter: i64, transaction: bool) -> Result<String, Error> {
        Ok(if transaction {
            let text = self.0.conn_mut(move |connection| {
                let transaction = connection.transaction()?;
                read(&transaction, sql, parameter)
            });
            text.await?
        } else {
            self.0.conn(move |connection| read(connection, sql, parameter)).await?
        })
    }
}

fn read(connection: &rusqlite::Connection, sql: &str, parameter: i64) -> rusqlite::Result<String> {
    connection.prepare_cached(sql)?.query_row([parameter], |row| row.get(0))
}

fn main() -> ExitCode {
    serve::<Connections>()
}
