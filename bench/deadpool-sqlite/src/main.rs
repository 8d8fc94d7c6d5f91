//! deadpool-sqlite: a pool of connections behind locks, used on the runtime's blocking threads.

use std::{path::PathBuf, process::ExitCode};

use bench_common::{Error, Subject, key_pragma, serve};
use deadpool_sqlite::{Config, Hook, HookError, Pool, PoolConfig, Runtime, rusqlite};

struct Connections(Pool);

impl Subject for Connections {
    async fn open(file: PathBuf, passphrase: Option<String>, connections: usize) -> Result<Self, Error> {
        let mut config = Config::new(file);
        config.pool = Some(PoolConfig::new(connections));
        let key = passphrase.as_deref().map(key_pragma).unwrap_or_default();
        let prepare = Hook::async_fn(move |connection, _| {
            let key = key.clone();
            Box::pin(async move {
                let keyed = connection.interact(move |connection| prepare(connection, &key)).await;
                keyed.map_err(|error| HookError::message(error.to_string()))?.map_err(HookError::Backend)
            })
        });
        let pool = config.builder(Runtime::Tokio1)?.post_create(prepare).build()?;
        // SQLCipher gets ready after SQLite lets the next thread in: the first connection has to be alone.
        drop(rusqlite::Connection::open_in_memory()?);
        // Connections are opened when they are first asked for: ask for all at once.
        let opening: Vec<_> = (0..connections)
            .map(|_| {
                let pool = pool.clone();
                tokio::spawn(async move { pool.get().await })
            })
            .collect();
        let mut all = Vec::new();
        for connection in opening {
            all.push(connection.await??);
        }
        drop(all);
        Ok(Self(pool))
    }

    async fn query(&self, sql: &'static str, parameter: i64, transaction: bool) -> Result<String, Error> {
        let connection = self.0.get().await?;
        let text = connection.interact(move |connection| {
            if transaction {
                let transaction = connection.transaction()?;
                read(&transaction, sql, parameter)
            } else {
                read(connection, sql, parameter)
            }
        });
        Ok(text.await.map_err(|error| error.to_string())??)
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
