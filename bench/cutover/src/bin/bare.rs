//! rusqlite on the thread that asks: what a read costs without any driver. One connection, whatever is asked for.
//! Also the derivation of a key without anything around it.

use std::{fs::File, io::Read, path::PathBuf, process::ExitCode};

use bench_common::{Error, Subject, key_pragma, serve};
use openssl::{hash::MessageDigest, pkcs5::pbkdf2_hmac};
use parking_lot::Mutex;
use rusqlite::Connection;

/// The lock is never contended where this is measured: one task.
struct Bare(Mutex<Connection>);

impl Subject for Bare {
    async fn open(file: PathBuf, passphrase: Option<String>, _connections: usize) -> Result<Self, Error> {
        let connection = Connection::open(file)?;
        if let Some(passphrase) = passphrase {
            connection.execute_batch(&key_pragma(&passphrase))?;
        }
        connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0))?;
        Ok(Self(Mutex::new(connection)))
    }

    async fn query(&self, sql: &'static str, parameter: i64, transaction: bool) -> Result<String, Error> {
        let mut connection = self.0.lock();
        Ok(if transaction {
            let transaction = connection.transaction()?;
            read(&transaction, sql, parameter)?
        } else {
            read(&connection, sql, parameter)?
        })
    }

    /// As SQLCipher 4 does it by default: 256 000 rounds, and the first 16 bytes of the file are the salt.
    fn derive(file: PathBuf, passphrase: String) -> Result<(), Error> {
        let (mut salt, mut key) = ([0; 16], [0; 32]);
        File::open(file)?.read_exact(&mut salt)?;
        pbkdf2_hmac(passphrase.as_bytes(), &salt, 256_000, MessageDigest::sha512(), &mut key)?;
        std::hint::black_box(key);
        Ok(())
    }
}

fn read(connection: &Connection, sql: &str, parameter: i64) -> rusqlite::Result<String> {
    connection.prepare_cached(sql)?.query_row([parameter], |row| row.get(0))
}

fn main() -> ExitCode {
    serve::<Bare>()
}
