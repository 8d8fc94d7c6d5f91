//! One request again and again over some connections, each of which waits for its answer before it asks again.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bench_common::{
    Error,
    latency::{Latencies, Summary},
};
use serde::Deserialize;
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
    pub(crate) async fn run(self, lasting: Duration) -> Result<Summary, Error> {
        let request: Arc<[u8]> = self.request.bytes(&self.address).into();
        let expected = Arc::new(self.expected);
        let mut connections = Vec::new();
        for _ in 0..self.connections {
            let mut connection = Connection::open(&self.address, self.acknowledging).await?;
            expected.check(&connection.exchange(&request).await?)?;
            connections.push(connection);
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
        Ok(Summary::new(latencies, began.elapsed()))
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
