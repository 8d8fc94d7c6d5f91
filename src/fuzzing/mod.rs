//! What is done to bytes that somebody else chose: one function per reader, for `fuzz/` and for the bounded run.
//!
//! A target reads the bytes, and stops if a property does not hold. It exists in tests and under `cfg(fuzzing)` alone,
//! so what it reaches into stays private. docs/fuzzing.md says how they are run.
//!
//! - [`routes_toml`]: the configuration file, read and checked
//! - [`matcher`]: paths to patterns, against the rules in plain words
//! - [`werkzeug`]: the same against Werkzeug itself, and the query as well
//! - [`headers`]: what crosses the bridge
//! - [`json`]: the JSON reader and both writers
//! - [`cpython`]: the same against `CPython`'s json, int and Decimal
//! - [`numbers`]: ints and decimals
//! - [`schemas`]: the arguments of every handler
//! - [`har`]: recordings, read and written
//! - [`websocket`]: frames and messages of the notifier
//! - [`buckets`]: the bucket hash and what is decided by it
//! - [`head`]: the head of a request and what frames its body
//! - [`chunks`]: the framing of a chunked body
//! - `python`: a Python that answers one question after the other
//! - `mutate`, `bounded`: the run without a fuzzer, a test like any other
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a target stops at what does not hold")]

#[cfg(test)]
mod bounded;
pub mod buckets;
pub mod chunks;
pub mod cpython;
pub mod har;
pub mod head;
pub mod headers;
pub mod json;
pub mod matcher;
#[cfg(test)]
mod mutate;
pub mod numbers;
mod python;
pub mod routes_toml;
pub mod schemas;
pub mod websocket;
pub mod werkzeug;

/// A line of an input, and what follows it.
fn line(data: &[u8]) -> (&[u8], &[u8]) {
    match data.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, &[]),
    }
}
