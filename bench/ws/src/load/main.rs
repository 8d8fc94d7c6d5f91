//! The clients of `scripts/bench ws`. They do as little as they can, so that the servers are what is measured: sockets
//! without a library in between, some threads that read from all of them, and of each message no more than a comparison
//! of its bytes. It is told on stdin what to do, as the subjects of `scripts/bench db` are.
//!
//! - [`client`]: one client: handshake, frames, the order of its messages
//! - [`reader`]: a thread with its part of the clients
//! - [`readers`]: all of them
//! - [`stalled`]: a client that does not read

mod client;
mod reader;
mod readers;
mod stalled;

use std::{process::ExitCode, time::Duration};

use bench_common::{Error, answer_lines};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{reader::Expected, readers::Readers, stalled::Stalled};

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum Order {
    /// Open clients, one after another. Every one has its 101 before this is answered.
    Connect { address: String, clients: usize },
    /// Be ready for messages.
    Expect(Expected),
    /// Wait until every client has them all.
    Received { within_seconds: f64 },
    /// Open one client more, which does not read.
    Stall { address: String, number: u64 },
    /// Have that client read what it has missed, up to this message, and close it.
    Resume { last: u64, within_seconds: f64 },
}

fn main() -> ExitCode {
    let Some(threads) = std::env::args().nth(1).and_then(|text| text.parse().ok()).filter(|threads| *threads > 0)
    else {
        eprintln!("usage: bench-ws-load THREADS");
        return ExitCode::from(2);
    };
    match Readers::start(threads) {
        Ok(mut readers) => {
            let mut stalled = None;
            answer_lines(|order| answer(&mut readers, &mut stalled, order))
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn answer(readers: &mut Readers, stalled: &mut Option<Stalled>, order: Order) -> Result<Value, Error> {
    match order {
        Order::Connect { address, clients } => {
            readers.connect(&address, clients)?;
            Ok(json!({ "clients": clients }))
        }
        Order::Expect(expected) => {
            readers.expect(expected)?;
            Ok(json!({}))
        }
        Order::Received { within_seconds } => {
            Ok(serde_json::to_value(readers.received(Duration::try_from_secs_f64(within_seconds)?)?)?)
        }
        Order::Stall { address, number } => {
            let client = Stalled::open(&address, number)?;
            let port = client.port()?;
            *stalled = Some(client);
            Ok(json!({ "port": port }))
        }
        Order::Resume { last, within_seconds } => {
            let client = stalled.take().ok_or("no client is stalled")?;
            Ok(serde_json::to_value(client.resume(last, Duration::try_from_secs_f64(within_seconds)?))?)
        }
    }
}
