//! The write gate: legacy's writes and ours take turns.
//!
//! Legacy's handlers begin a deferred transaction, read, and then write. A commit of ours in between makes their write
//! fail at once ("database is locked", answered as a 500; TRAPS 2). So while a request that may write is with legacy, no
//! handler of ours commits to the same database, and the other way round. Among themselves forwarded requests run side
//! by side, as they do without a bridge; native writes queue for the one connection that writes in any case.
//!
//! Who waits is served in the order of arrival. The wait is bounded: a native write that can not begin in time has
//! changed nothing and is forwarded, and a forwarded request goes on, since legacy may be asked at any time.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use http::Method;
use serde_json::{Value, json};
use tokio::{
    sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock},
    time::timeout_at,
};

use crate::{config::Access, db::histogram::Histogram, routes::matcher::Found, schema::needs::Database};

/// A wait without a bound: longer than anybody waits, and within what a clock can add.
pub const UNBOUNDED: Duration = Duration::from_secs(30 * 24 * 3600);

/// One gate per database, each with the times that were waited at it.
#[derive(Debug, Default)]
pub struct WriteGate {
    doors: [Door; 3],
}

#[derive(Debug, Default)]
struct Door {
    lock: Arc<RwLock<()>>,
    native: Waits,
    forwarded: Waits,
}

#[derive(Debug, Default)]
struct Waits {
    times: Histogram,
    given_up: std::sync::atomic::AtomicU64,
}

/// The right of a forwarded request to write. It ends when legacy has answered.
#[derive(Debug)]
pub struct Forwarded(#[allow(dead_code, reason = "held, not read")] Vec<OwnedRwLockReadGuard<()>>);

/// The right of a handler to write.
#[derive(Debug)]
pub struct Native(#[allow(dead_code, reason = "held, not read")] Vec<OwnedRwLockWriteGuard<()>>);

impl WriteGate {
    /// Waits until no native write is under way in these databases, but not for longer than the bound.
    pub async fn forwarded(&self, databases: &[Database], bound: Duration) -> Forwarded {
        let until = Instant::now() + bound;
        let mut held = Vec::new();
        for door in self.of(databases) {
            let began = Instant::now();
            let passed = timeout_at(until.into(), Arc::clone(&door.lock).read_owned()).await;
            door.forwarded.note(began, passed.is_ok());
            held.extend(passed);
        }
        Forwarded(held)
    }

    /// Waits until no forwarded request that may write and no other native write is under way in these databases; none
    /// if that takes longer than the bound.
    pub async fn native(&self, databases: &[Database], bound: Duration) -> Option<Native> {
        let until = Instant::now() + bound;
        let mut held = Vec::new();
        for door in self.of(databases) {
            let began = Instant::now();
            let passed = timeout_at(until.into(), Arc::clone(&door.lock).write_owned()).await;
            door.native.note(began, passed.is_ok());
            held.push(passed.ok()?);
        }
        Some(Native(held))
    }

    /// Always in the same order: two that want two doors do not wait for each other for ever.
    fn of(&self, databases: &[Database]) -> impl Iterator<Item = &Door> {
        Database::ALL
            .into_iter()
            .zip(&self.doors)
            .filter(|(database, _)| databases.contains(database))
            .map(|(_, door)| door)
    }

    /// The waits of each database, for the admin API. Times in microseconds; quantiles are upper bounds of buckets.
    #[must_use]
    pub fn shown(&self) -> Value {
        let each = Database::ALL.into_iter().zip(&self.doors);
        Value::Object(
            each.map(|(database, door)| {
                let shown = json!({"native": door.native.shown(), "forwarded": door.forwarded.shown()});
                (database.as_str().to_owned(), shown)
            })
            .collect(),
        )
    }
}

impl Waits {
    fn note(&self, began: Instant, passed: bool) {
        self.times.record(began.elapsed());
        if !passed {
            self.given_up.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    }

    fn shown(&self) -> Value {
        let recorded = self.times.recorded();
        let micros = |share| recorded.quantile(share).map(|bound| bound.as_micros());
        json!({
            "count": recorded.count(),
            "given_up": self.given_up.load(std::sync::atomic::Ordering::Relaxed),
            "wait_micros": {"p50": micros(0.5), "p99": micros(0.99)},
        })
    }
}

/// Whether a request may change what is stored: it has a method that does, and is not known to be a read.
pub(super) fn may_write(method: &Method, found: Option<&Found>) -> bool {
    let reads = found.is_some_and(|found| found.route.access == Access::Reads);
    !(reads || method.is_safe())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = UNBOUNDED;
    const USER: &[Database] = &[Database::User];

    #[tokio::test(start_paused = true)]
    async fn forwarded_requests_run_side_by_side_and_a_native_write_waits_for_all_of_them() {
        let gate = Arc::new(WriteGate::default());
        let first = gate.forwarded(&Database::ALL, LONG).await;
        let second = gate.forwarded(USER, LONG).await;
        assert!(gate.native(USER, Duration::from_millis(10)).await.is_none(), "the bound");
        drop(first);
        let waiting = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.native(USER, LONG).await.is_some() }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(second);
        assert!(waiting.await.unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn a_forwarded_request_waits_for_a_native_write_but_not_for_ever() {
        let gate = WriteGate::default();
        let native = gate.native(USER, LONG).await.unwrap();
        let other = gate.native(&[Database::Global], LONG).await;
        assert!(other.is_some(), "another database is another door");
        let began = tokio::time::Instant::now();
        let forwarded = gate.forwarded(USER, Duration::from_millis(10)).await;
        assert!(began.elapsed() >= Duration::from_millis(10) && forwarded.0.is_empty());
        drop(native);
        assert_eq!(gate.forwarded(USER, LONG).await.0.len(), 1);
        assert_eq!(gate.shown()["user"]["forwarded"]["given_up"], 1);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_comes_after_a_waiting_native_write_waits_behind_it() {
        let gate = Arc::new(WriteGate::default());
        let first = gate.forwarded(USER, LONG).await;
        let native = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.native(USER, LONG).await.unwrap() }
        });
        tokio::task::yield_now().await;
        let later = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.forwarded(USER, LONG).await }
        });
        tokio::task::yield_now().await;
        assert!(!later.is_finished(), "or a stream of them would keep it out");
        drop(first);
        drop(native.await.unwrap());
        later.await.unwrap();
    }
}
