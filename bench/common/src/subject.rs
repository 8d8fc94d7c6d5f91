//! What a subject has to be able to do.

use std::{future::Future, path::PathBuf};

/// Whatever went wrong; it ends up as text in an answer.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// A library under measurement, with its open connections.
pub trait Subject: Send + Sync + Sized + 'static {
    /// Opens connections, each of which has read from the file when this returns: a key is derived at the first read.
    fn open(
        file: PathBuf,
        passphrase: Option<String>,
        connections: usize,
    ) -> impl Future<Output = Result<Self, Error>> + Send;

    /// Runs a query with one parameter that gives one text, with the statement prepared once per connection.
    /// In a transaction it is `BEGIN`, the query, `ROLLBACK`; otherwise the query alone.
    fn query(
        &self,
        sql: &'static str,
        parameter: i64,
        transaction: bool,
    ) -> impl Future<Output = Result<String, Error>> + Send;

    /// Derives a file's key once. Blocking.
    ///
    /// # Errors
    /// A subject that is not asked to has no way to.
    fn derive(_file: PathBuf, _passphrase: String) -> Result<(), Error> {
        Err("this subject does not derive keys itself".into())
    }
}

/// The statement that keys a connection. There is no other way to hand SQLCipher a passphrase through rusqlite.
#[must_use]
pub fn key_pragma(passphrase: &str) -> String {
    format!("PRAGMA key = '{}'", passphrase.replace('\'', "''"))
}
