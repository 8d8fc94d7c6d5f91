//! Batches of spans, and who sends them. A request hands its span over and does not wait; where the collector is slower
//! than the requests, or away, spans are left out and counted.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use http::StatusCode;
use parking_lot::Mutex;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout_at},
};

use super::span;

/// Spans that may wait.
const WAITING: usize = 4096;
/// Spans of one message.
const BATCH: usize = 512;
/// How long the first of a batch waits for others.
const PAUSE: Duration = Duration::from_secs(1);
/// Longest time for one try.
const PATIENCE: Duration = Duration::from_secs(10);
/// Pauses between tries.
const RETRIES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];

/// Where requests leave their spans.
#[derive(Debug)]
pub struct Spans {
    spans: Mutex<Option<mpsc::Sender<String>>>,
    dropped: Arc<AtomicU64>,
}

/// Who sends them.
#[derive(Debug)]
pub struct Exporter {
    waiting: mpsc::Receiver<String>,
    dropped: Arc<AtomicU64>,
    address: String,
}

impl Spans {
    /// For the collector at this address, `http://HOST:4318/v1/traces` by custom.
    #[must_use]
    pub fn to(address: String) -> (Self, Exporter) {
        let (spans, waiting) = mpsc::channel(WAITING);
        let dropped = Arc::<AtomicU64>::default();
        let exporter = Exporter { waiting, dropped: Arc::clone(&dropped), address };
        (Self { spans: Mutex::new(Some(spans)), dropped }, exporter)
    }

    /// Has a span sent, in a while.
    pub(in crate::telemetry) fn add(&self, span: String) {
        let spans = self.spans.lock();
        if spans.as_ref().is_none_or(|spans| spans.try_send(span).is_err()) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Spans that were left out.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// No more come: what waits is sent, and the exporter ends.
    pub fn close(&self) {
        self.spans.lock().take();
    }
}

impl Exporter {
    /// Sends what comes, until no more does.
    pub async fn run(mut self) {
        // Reads the certificates of the system.
        let built = tokio::task::spawn_blocking(|| reqwest::Client::builder().timeout(PATIENCE).build()).await;
        let Some(client) = built.ok().and_then(Result::ok) else {
            tracing::error!("no spans are exported (trace.otlp): there is no TLS on this system");
            return;
        };
        let mut batch = Vec::with_capacity(BATCH);
        while self.waiting.recv_many(&mut batch, BATCH).await > 0 {
            let until = Instant::now() + PAUSE;
            while batch.len() < BATCH {
                let room = BATCH - batch.len();
                match timeout_at(until, self.waiting.recv_many(&mut batch, room)).await {
                    Ok(0) | Err(_) => break,
                    Ok(_) => {}
                }
            }
            if let Err(why) = self.send(&client, span::batch(&batch)).await {
                self.dropped.fetch_add(batch.len() as u64, Ordering::Relaxed);
                tracing::warn!(why, spans = batch.len(), "spans were not taken by the collector (trace.otlp)");
            }
            batch.clear();
        }
    }

    /// Tries again where the specification says so: nobody there, or too busy.
    async fn send(&self, client: &reqwest::Client, body: String) -> Result<(), String> {
        for pause in RETRIES.into_iter().map(Some).chain([None]) {
            let request = client.post(&self.address).header("content-type", "application/json").body(body.clone());
            let (why, again) = match request.send().await {
                Ok(answer) if answer.status().is_success() => return Ok(()),
                Ok(answer) => (format!("it answered {}", answer.status()), is_busy(answer.status())),
                // Its own text may have the address with a secret in it.
                Err(error) => (error.without_url().to_string(), true),
            };
            match pause.filter(|_| again && !self.waiting.is_closed()) {
                Some(pause) => sleep(pause).await,
                None => return Err(why),
            }
        }
        Ok(())
    }
}

fn is_busy(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502..=504)
}
