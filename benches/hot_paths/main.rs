//! Hot paths of the bridge, each done as often as it is told to: what `scripts/perf-guard` counts the instructions of.
//!
//!     hot_paths --list         every path, and the rounds in which its count stands out
//!     hot_paths NAME ROUNDS    does one of them
//!
//! What a path needs is made before its first round, and costs the same however many follow: two runs with different
//! rounds have the instructions of the rounds alone as their difference. Inputs are the same in every run.
//!
//! - `samples`: what clients send, and what legacy answers
//! - `heads`: the head of a request: judged, and made fit for legacy
//! - `routing`: whose a request is, and who answers it
//! - `bodies`: JSON read, arguments validated, rows written
//! - `comparing`: two answers compared
//! - `frames`: a message to all, and one from a client
//! - `recording`: what is counted of a request
//! - `database`: a read by the driver, and the file that it reads
//! - `whole`: requests from a client's socket to its answer
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what can not be done must not be counted")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program of the command line")]

mod bodies;
mod comparing;
mod database;
mod frames;
mod heads;
mod recording;
mod routing;
mod samples;
mod whole;

use std::{env, process::ExitCode};

/// That of the bridge.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rounds that are done before those that were asked for: what is made once, at its first use, is made in them.
const FIRST: u64 = 8;

/// A path.
struct HotPath {
    name: &'static str,
    /// So many that starting, which differs a little from run to run, is below a hundredth of them.
    rounds: u64,
    run: fn(u64),
}

const fn path(name: &'static str, rounds: u64, run: fn(u64)) -> HotPath {
    HotPath { name, rounds, run }
}

const PATHS: [HotPath; 15] = [
    path("head", 2000, heads::judged),
    path("route", 2000, routing::route),
    path("endpoint", 2000, routing::endpoint),
    path("headers", 2000, heads::prepared),
    path("canary", 20_000, routing::canary),
    path("parse", 1000, bodies::parsed),
    path("arguments", 1000, bodies::validated),
    path("page", 100, bodies::page),
    path("compare", 100, comparing::compared),
    path("frame", 5000, frames::both_ways),
    path("record", 10_000, recording::recorded),
    path("read", 1000, database::read),
    path("forward", 300, whole::forwarded),
    path("ping", 300, whole::ping),
    path("tags", 300, whole::tags),
];

fn main() -> ExitCode {
    let given: Vec<String> = env::args().skip(1).collect();
    match given.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--list"] => PATHS.iter().for_each(|path| println!("{} {}", path.name, path.rounds)),
        [name, rounds] => match (PATHS.iter().find(|path| path.name == *name), rounds.parse::<u64>()) {
            (Some(path), Ok(rounds)) => (path.run)(FIRST + rounds),
            (None, _) => return misused(&format!("there is no path {name}; hot_paths --list names all")),
            (_, Err(_)) => return misused(&format!("{rounds} is no number of rounds")),
        },
        _ => return misused("usage: hot_paths --list, or hot_paths NAME ROUNDS"),
    }
    ExitCode::SUCCESS
}

fn misused(why: &str) -> ExitCode {
    eprintln!("hot_paths: {why}");
    ExitCode::from(2)
}

/// Does something so many times.
fn repeat(rounds: u64, mut once: impl FnMut()) {
    for _ in 0..rounds {
        once();
    }
}
