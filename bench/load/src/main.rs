//! The load generator of `scripts/bench reads`, `shadow` and `proxy`. It is told on stdin what to ask, as the subjects of
//! `scripts/bench db` are.
//!
//! - [`http`]: requests, connections, answers
//! - [`round`]: one request again and again for as long as told, every answer checked
//! - [`pass`]: a fixed number of requests, with a checksum of all answers
//! - [`closed_loop`]: as [`round`], of as many requests as one thread can make

mod closed_loop;
mod http;
mod pass;
mod round;

use std::{process::ExitCode, time::Duration};

use bench_common::{Error, answer_lines};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{runtime::Runtime, time::timeout};

use crate::{
    closed_loop::ClosedLoop,
    http::{Acknowledging, Connection, Request},
    pass::Pass,
    round::Round,
};

/// The longest wait for a single answer, and for what is under way when a round's time is over.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum Order {
    /// One request, on a connection of its own; its answer.
    Ask { address: String, request: Request },
    /// A round of requests.
    Load(Round),
    /// A fixed number of requests.
    Pass(Pass),
    /// A round of as many requests as can be made.
    Loop(ClosedLoop),
}

fn main() -> ExitCode {
    // One thread, which leaves the other cores to the servers.
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => answer_lines(|order| answer(&runtime, order)),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn answer(runtime: &Runtime, order: Order) -> Result<Value, Error> {
    match order {
        Order::Ask { address, request } => runtime.block_on(within(PATIENCE, ask(&address, &request))),
        Order::Load(round) => {
            let lasting = Duration::try_from_secs_f64(round.seconds)?;
            let summary = runtime.block_on(within(lasting + PATIENCE, round.run(lasting)))?;
            Ok(serde_json::to_value(summary)?)
        }
        Order::Pass(pass) => {
            let passed = runtime.block_on(within(pass.patience(), pass.run()))?;
            Ok(serde_json::to_value(passed)?)
        }
        Order::Loop(closed_loop) => Ok(serde_json::to_value(closed_loop.run()?)?),
    }
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    timeout(limit, work).await.map_err(|_| "no answer in time")?
}

async fn ask(address: &str, request: &Request) -> Result<Value, Error> {
    let mut connection = Connection::open(address, Acknowledging::Quick).await?;
    let answer = connection.exchange(&request.bytes(address)).await?;
    Ok(json!({
        "status": answer.head.status,
        "variant": answer.head.variant,
        "reason": answer.head.reason,
        "body": std::str::from_utf8(answer.body)?,
    }))
}
