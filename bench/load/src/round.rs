//! One request again and again over some connections, each of which waits for its answer before it asks again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use bench_common::{
    Error,
    latency::{Latencies, Summary},
};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::http::{Acknowledging, Answer, Connection, Request};

/// A round of requests.
#[derive(Debug, Deserialize)]
pub(crate) struct Round {
    address: String,
    request: Request,
    connections: usize,
    acknowledging: Acknowledging,
    pub(crate) seconds: f64,
    expected: Expected,
    /// A slow one, asked by one more connection the whole time.
    beside: Option<Beside>,
}

/// A request that is asked beside the others. Its [`PLACE`] is the number of the request: a server that keeps answers has
/// none for it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Beside {
    request: Request,
    expected: Expected,
}

/// What stands for a number.
const PLACE: &[u8] = b"000000";

/// So long it is under way before the clock of the others starts.
const AHEAD: Duration = Duration::from_millis(50);

/// What came of a round.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    #[serde(flatten)]
    summary: Summary,
    /// Of the requests beside.
    beside: Option<Summary>,
}

/// What every answer has to be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    status: u16,
    /// Who has to have answered; `None` if that is not the bridge's to say.
    variant: Option<String>,
    body: String,
}

impl Round {
    /// Asks for as long as told. Every connection is open, and has asked once, before the clock starts.
    pub(crate) async fn run(self, lasting: Duration) -> Result<Outcome, Error> {
        let request: Arc<[u8]> = self.request.bytes(&self.address).into();
        let expected = Arc::new(self.expected);
        let mut connections = Vec::new();
        for _ in 0..self.connections {
            let mut connection = Connection::open(&self.address, self.acknowledging).await?;
            expected.check(&connection.exchange(&request).await?)?;
            connections.push(connection);
        }
        let over = Arc::new(AtomicBool::new(false));
        let mut beside = JoinSet::new();
        if let Some(slow) = self.beside {
            let connection = Connection::open(&self.address, self.acknowledging).await?;
            let bytes = slow.request.bytes(&self.address);
            beside.spawn(until(connection, bytes, slow.expected, Arc::clone(&over)));
            tokio::time::sleep(AHEAD).await;
        }
        let began = Instant::now();
        // Dropping it ends what is left of them, should one fail.
        let mut tasks = JoinSet::new();
        for connection in connections {
            tasks.spawn(one_connection(connection, Arc::clone(&request), Arc::clone(&expected), began + lasting));
        }
        let mut latencies = Latencies::default();
        while let Some(task) = tasks.join_next().await {
            latencies.merge(task??);
        }
        let summary = Summary::new(latencies, began.elapsed());
        // What is under way is waited for: the next round would pay for it.
        over.store(true, Ordering::Relaxed);
        let beside = beside.join_next().await.transpose()?.transpose()?;
        Ok(Outcome { summary, beside })
    }
}

impl Expected {
    fn check(&self, answer: &Answer<'_>) -> Result<(), Error> {
        let head = &answer.head;
        if self.variant.is_some() && head.variant != self.variant {
            let [expected, variant, reason] =
                [&self.variant, &head.variant, &head.reason].map(|text| text.as_deref().unwrap_or("nobody it names"));
            return Err(format!("answered by {variant} in place of {expected}, reason {reason}").into());
        }
        if head.status != self.status {
            return Err(format!("status {} in place of {}", head.status, self.status).into());
        }
        if answer.body != self.body.as_bytes() {
            return Err("another answer than before measuring: what it is about has changed meanwhile".into());
        }
        Ok(())
    }
}

async fn one_connection(
    mut connection: Connection,
    request: Arc<[u8]>,
    expected: Arc<Expected>,
    end: Instant,
) -> Result<Latencies, Error> {
    let mut latencies = Latencies::default();
    let mut begun = Instant::now();
    while begun < end {
        let answer = connection.exchange(&request).await?;
        latencies.record(begun.elapsed());
        expected.check(&answer)?;
        begun = Instant::now();
    }
    Ok(latencies)
}

/// Asks until the others are done.
async fn until(
    mut connection: Connection,
    request: Vec<u8>,
    expected: Expected,
    over: Arc<AtomicBool>,
) -> Result<Summary, Error> {
    let (mut latencies, began) = (Latencies::default(), Instant::now());
    for number in 1.. {
        if over.load(Ordering::Relaxed) {
            break;
        }
        let numbered = numbered(&request, number);
        let asked = Instant::now();
        let answer = connection.exchange(&numbered).await?;
        latencies.record(asked.elapsed());
        expected.check(&answer)?;
    }
    Ok(Summary::new(latencies, began.elapsed()))
}

fn numbered(request: &[u8], number: u32) -> Vec<u8> {
    let mut bytes = request.to_vec();
    if let Some(at) = bytes.windows(PLACE.len()).position(|window| window == PLACE) {
        bytes[at..at + PLACE.len()].copy_from_slice(format!("{:06}", number % 1_000_000).as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_beside_has_its_number_in_its_place() {
        assert_eq!(numbered(b"a 000000 b 000000", 17), b"a 000017 b 000000");
        assert_eq!(numbered(b"a", 17), b"a");
    }
}
