//! What the tests stand on: the real bridge binary, the real legacy process, raw sockets on both sides.
//!
//! Ports are ephemeral, waits are on conditions, every test has its own files: all of them run at once.

pub mod asked;
pub mod bridge;
pub mod browser;
pub mod database;
pub mod dice;
pub mod effects;
pub mod events;
pub mod files;
pub mod legacy;
pub mod mixed;
pub mod package;
pub mod pages;
pub mod process;
pub mod prometheus;
pub mod promql;
pub mod raw;
pub mod recorded;
pub mod recorder;
pub mod rollout;
pub mod rows;
pub mod schema;
pub mod supervisor;
pub mod upstream;
pub mod verdicts;
pub mod watch;
pub mod websocket;

use std::{
    future::Future,
    path::PathBuf,
    time::{Duration, Instant},
};

/// Longest wait for any condition; reached only when a test fails.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until a condition holds.
pub async fn eventually<F, T>(what: &str, mut condition: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let started = Instant::now();
    loop {
        if let Some(found) = condition().await {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "never came: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The next thing that a script on another task tells its test.
pub async fn told<T>(by: &mut tokio::sync::mpsc::Receiver<T>) -> T {
    tokio::time::timeout(PATIENCE, by.recv()).await.expect("the script tells it in time").expect("the script runs")
}

/// The shared corpus, if this machine has it; says so if not.
pub fn corpus() -> Option<PathBuf> {
    let shared = std::env::var_os("SHARED_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let corpus = shared.join("corpus");
    if corpus.is_dir() {
        return Some(corpus);
    }
    println!("skipped: there is no recorded corpus (set SHARED_DIR to the folder that has corpus/ in it)");
    None
}

/// Copies a directory, writable.
pub fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            // Not fs::copy: the snapshot is read-only, and so would the copy be.
            std::fs::write(&target, std::fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}
