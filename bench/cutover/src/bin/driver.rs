//! This project's driver. Every read of it is in a transaction, whether asked for or not. One of the connections is the
//! writer, which has nothing to do here.

use std::{path::PathBuf, process::ExitCode};

use bench_common::{Error, Subject, serve};
use cutover::db::{Access, Database, Options, Passphrase};

struct Driver(Database);

impl Subject for Driver {
    async fn open(file: PathBuf, passphrase: Option<String>, connections: usize) -> Result<Self, Error> {
        let database = tokio::task::spawn_blocking(move || {
            let key = passphrase.map(|text| Passphrase::new(text).derive(&file)).transpose()?;
            let options = Options { access: Access::ReadWrite, readers: connections - 1, ..Options::default() };
            Database::open(&file, key, &options)
        });
        Ok(Self(database.await??))
    }

    async fn query(&self, sql: &'static str, parameter: i64, _transaction: bool) -> Result<String, Error> {
        let text = self.0.read(move |transaction| {
            let mut statement = transaction.prepare_cached(sql)?;
            Ok(statement.query_row([parameter], |row| row.get(0))?)
        });
        Ok(text.await?)
    }
}

fn main() -> ExitCode {
    serve::<Driver>()
}
