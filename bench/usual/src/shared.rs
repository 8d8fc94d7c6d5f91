//! The one connection, and how a handler gets at it.

#![expect(clippy::disallowed_types, reason = "what the standard library has is what is usual")]

use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use rusqlite::Connection;
use serde_json::{Map, Value};

/// What every handler has.
pub(crate) struct Shared {
    connection: Mutex<Connection>,
    /// Every setting, in order, as it is shown without a row.
    pub(crate) defaults: Map<String, Value>,
    aside: bool,
}

/// What a handler says when it can not answer.
pub(crate) type Failed = (StatusCode, String);

pub(crate) fn failed(error: impl std::fmt::Display) -> Failed {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}

impl Shared {
    /// Opens the file.
    pub(crate) fn open(
        file: &str,
        passphrase: &str,
        defaults: &str,
        aside: bool,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let connection = Connection::open(file)?;
        connection.pragma_update(None, "key", passphrase)?;
        connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0))?;
        let defaults = serde_json::from_str(&std::fs::read_to_string(defaults)?)?;
        Ok(Self { connection: Mutex::new(connection), defaults, aside })
    }

    /// Asks the database.
    pub(crate) async fn ask<T: Send + 'static>(
        self: Arc<Self>,
        question: impl FnOnce(&Connection, &Self) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Failed> {
        if self.aside {
            tokio::task::spawn_blocking(move || self.locked(question)).await.map_err(failed)?
        } else {
            self.locked(question)
        }
    }

    fn locked<T>(&self, question: impl FnOnce(&Connection, &Self) -> rusqlite::Result<T>) -> Result<T, Failed> {
        let connection = self.connection.lock().map_err(failed)?;
        question(&connection, self).map_err(failed)
    }
}
