//! Tasks that read one row after another, at random places, and check what they get.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use crate::{
    Error, Subject,
    latency::{Latencies, Summary},
};

/// Point reads: which, and how many at a time.
#[derive(Debug, Clone, Copy)]
pub struct Reads {
    /// The query; its parameter is a row's number, its answer the text `row <number>`.
    pub sql: &'static str,
    /// Rows are numbered from 1 to this.
    pub rows: u64,
    /// Tasks, each of which waits for its answer before it asks again.
    pub tasks: usize,
    /// Whether each read is wrapped in a transaction by the caller.
    pub transaction: bool,
}

/// A query that takes its time: the parameter says how much.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Slow<Sql = &'static str> {
    /// The query.
    pub sql: Sql,
    /// Its parameter.
    pub parameter: i64,
}

/// Point reads beside a slow query.
#[derive(Debug, Serialize)]
pub struct Beside {
    /// The reads that began while the slow query ran.
    #[serde(flatten)]
    pub reads: Summary,
    /// How long the slow query took.
    pub slow_seconds: f64,
}

/// Reads for as long as told.
///
/// # Errors
/// The first read that fails, or gives another row than was asked for.
pub async fn reads<S: Subject>(subject: &Arc<S>, reads: Reads, lasting: Duration) -> Result<Summary, Error> {
    let end = Instant::now() + lasting;
    run(subject, reads, move |now| now < end).await
}

/// Reads while a slow query runs.
///
/// # Errors
/// As [`reads`], or the slow query's own.
pub async fn beside<S: Subject>(subject: &Arc<S>, reads: Reads, slow: Slow) -> Result<Beside, Error> {
    let running = Arc::new(AtomicBool::new(true));
    let began = Instant::now();
    let query = tokio::spawn({
        let (subject, running) = (Arc::clone(subject), Arc::clone(&running));
        async move {
            let outcome = subject.query(slow.sql, slow.parameter, false).await;
            let took = began.elapsed();
            running.store(false, Ordering::Relaxed);
            outcome.map(|_| took)
        }
    });
    // By then it has a connection.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let reads = run(subject, reads, move |_| running.load(Ordering::Relaxed)).await?;
    Ok(Beside { reads, slow_seconds: query.await??.as_secs_f64() })
}

async fn run<S: Subject>(
    subject: &Arc<S>,
    reads: Reads,
    go_on: impl Fn(Instant) -> bool + Clone + Send + 'static,
) -> Result<Summary, Error> {
    let began = Instant::now();
    let tasks: Vec<_> = (0..reads.tasks)
        .map(|number| {
            let (subject, go_on) = (Arc::clone(subject), go_on.clone());
            tokio::spawn(async move { one_task(&*subject, reads, number, go_on).await })
        })
        .collect();
    let mut latencies = Latencies::default();
    for task in tasks {
        latencies.merge(task.await??);
    }
    Ok(Summary::new(latencies, began.elapsed()))
}

async fn one_task<S: Subject>(
    subject: &S,
    reads: Reads,
    number: usize,
    go_on: impl Fn(Instant) -> bool,
) -> Result<Latencies, Error> {
    let mut numbers = Numbers::new(number, reads.rows);
    let mut latencies = Latencies::default();
    let mut begun = Instant::now();
    while go_on(begun) {
        let row = numbers.next();
        let text = subject.query(reads.sql, row, reads.transaction).await?;
        if text.strip_prefix("row ").and_then(|number| number.parse().ok()) != Some(row) {
            return Err(format!("row {row} was asked for, and the answer is {text:?}").into());
        }
        let now = Instant::now();
        latencies.record(now - begun);
        begun = now;
    }
    Ok(latencies)
}

/// Row numbers in no order, another sequence for each task and the same in every run (xorshift64*).
struct Numbers {
    state: u64,
    rows: u64,
}

impl Numbers {
    fn new(task: usize, rows: u64) -> Self {
        Self { state: 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(task as u64 + 1), rows: rows.max(1) }
    }

    #[allow(clippy::cast_possible_wrap, reason = "a row number is far below 2^63")]
    fn next(&mut self) -> i64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let random = self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16;
        (random % self.rows + 1) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_numbers_are_in_range_and_differ_by_task() {
        let first = |task| {
            let mut numbers = Numbers::new(task, 1_000);
            (0..100).map(|_| numbers.next()).collect::<Vec<_>>()
        };
        assert!(first(0).iter().all(|number| (1..=1_000).contains(number)));
        assert_ne!(first(0), first(1));
        assert_eq!(first(7), first(7));
    }
}
