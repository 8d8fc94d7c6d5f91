//! What a subject can be told to do.

use std::{
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::{
    Error, Subject, answer_lines,
    workload::{self, Reads, Slow},
};

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum Request {
    /// Opens connections, in place of those that are open.
    Open { file: PathBuf, passphrase: Option<String>, connections: usize },
    /// Derives the key of a file once.
    Derive { file: PathBuf, passphrase: String },
    /// One query; how long it took, and its answer.
    Query { sql: String, parameter: i64 },
    /// A round of point reads.
    Reads { sql: String, rows: u64, tasks: usize, transaction: bool, seconds: f64 },
    /// A round of point reads beside a slow query.
    Beside { sql: String, rows: u64, tasks: usize, transaction: bool, slow: Slow<String> },
}

/// Answers requests until there are no more.
#[must_use]
pub fn serve<S: Subject>() -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_time().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    // Some libraries need it to let go of their connections, too.
    let _entered = runtime.enter();
    let mut subject: Option<Arc<S>> = None;
    answer_lines(|request| answer(&runtime, &mut subject, request))
}

fn answer<S: Subject>(runtime: &Runtime, subject: &mut Option<Arc<S>>, request: Request) -> Result<Value, Error> {
    let open = || subject.clone().ok_or("nothing is open yet");
    match request {
        Request::Open { file, passphrase, connections } => {
            *subject = None;
            let (opened, seconds) = timed(|| runtime.block_on(S::open(file, passphrase, connections)))?;
            *subject = Some(Arc::new(opened));
            Ok(json!({ "seconds": seconds }))
        }
        Request::Derive { file, passphrase } => {
            let ((), seconds) = timed(|| S::derive(file, passphrase))?;
            Ok(json!({ "seconds": seconds }))
        }
        Request::Query { sql, parameter } => {
            let (subject, sql) = (open()?, keep(sql));
            let (text, seconds) = timed(|| runtime.block_on(subject.query(sql, parameter, false)))?;
            Ok(json!({ "seconds": seconds, "text": text }))
        }
        Request::Reads { sql, rows, tasks, transaction, seconds } => {
            let reads = Reads { sql: keep(sql), rows, tasks, transaction };
            let lasting = Duration::try_from_secs_f64(seconds)?;
            to_value(runtime.block_on(workload::reads(&open()?, reads, lasting))?)
        }
        Request::Beside { sql, rows, tasks, transaction, slow } => {
            let reads = Reads { sql: keep(sql), rows, tasks, transaction };
            let slow = Slow { sql: keep(slow.sql), parameter: slow.parameter };
            to_value(runtime.block_on(workload::beside(&open()?, reads, slow))?)
        }
    }
}

fn timed<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<(T, f64), Error> {
    let began = Instant::now();
    let done = work()?;
    Ok((done, began.elapsed().as_secs_f64()))
}

fn to_value(answer: impl Serialize) -> Result<Value, Error> {
    Ok(serde_json::to_value(answer)?)
}

/// Jobs need a text that outlives them, as it would be in a program; there are a few dozen requests per run.
fn keep(sql: String) -> &'static str {
    Box::leak(sql.into_boxed_str())
}
