//! This project's driver with many databases open: what each takes of time, memory and threads.

use std::{
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use bench_common::{Error, answer_lines};
use cutover::db::{Access, Database, Options, Passphrase};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// So often each is read.
const READS: u32 = 50;

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum Order {
    /// Opens these files, reads each in turn, and closes them again. They are copies of one, so that one key fits all.
    Open { files: Vec<PathBuf>, passphrase: String },
}

fn main() -> ExitCode {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => answer_lines(|Order::Open { files, passphrase }| open(&runtime, &files, passphrase)),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn open(runtime: &Runtime, files: &[PathBuf], passphrase: String) -> Result<Value, Error> {
    let first = files.first().ok_or("no files")?;
    let key = Passphrase::new(passphrase).derive(first)?;
    // Once unmeasured: what the library sets up for itself is no database's.
    let options = Options { access: Access::ReadWrite, ..Options::default() };
    let opened = Database::open(first, Some(key.clone()), &options)?;
    runtime.block_on(read(&opened))?;
    opened.close(Duration::from_secs(5));
    let (memory, threads) = (of_status("VmRSS:")?, of_status("Threads:")?);

    let began = Instant::now();
    let databases =
        files.iter().map(|file| Database::open(file, Some(key.clone()), &options)).collect::<Result<Vec<_>, _>>()?;
    let open_ms = began.elapsed().as_secs_f64() * 1e3 / f64::from(u32::try_from(files.len())?);
    let began = Instant::now();
    runtime.block_on(async {
        for _ in 0..READS {
            for database in &databases {
                read(database).await?;
            }
        }
        Ok::<_, Error>(())
    })?;
    let count = f64::from(u32::try_from(databases.len())?);
    let read_us = began.elapsed().as_secs_f64() * 1e6 / count / f64::from(READS);
    let each = |now: f64, before: f64| (now - before) / count;
    let (kib, threads) = (each(of_status("VmRSS:")?, memory), each(of_status("Threads:")?, threads));
    Ok(json!({ "open_ms": open_ms, "read_us": read_us, "kib": kib, "threads": threads }))
}

async fn read(database: &Database) -> Result<i64, Error> {
    let count = database.read(|transaction| {
        let mut statement = transaction.prepare_cached("SELECT count(*) FROM tags")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    });
    Ok(count.await?)
}

/// A figure of this process; Linux only.
fn of_status(name: &str) -> Result<f64, Error> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("there is no such line")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
