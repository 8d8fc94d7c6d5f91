//! Where what is recorded comes from: a running bridge, or one of our own.

use std::{pin::Pin, time::Duration};

use futures_util::{Stream, StreamExt};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use crate::{
    cli::admin_client::{Bridge, lines::lines},
    config::Layers,
    dispatch::recording::Told,
    routes::Selection,
    server::standing::Standing,
};

type Tolds = Pin<Box<dyn Stream<Item = Told> + Send>>;

/// Where what is recorded comes from.
pub(super) enum Source {
    /// A running bridge, by its URL.
    Bridge(String, Tolds),
    /// A bridge of our own.
    Own(Standing, Tolds),
}

impl Source {
    /// Listens to a running bridge.
    pub(super) async fn bridge(bridge: &Bridge, selection: &Selection, redact: &[String]) -> anyhow::Result<Self> {
        let pairs = selection.0.iter().map(|name| ("route", name)).chain(redact.iter().map(|name| ("redact", name)));
        let query: Vec<String> =
            pairs.map(|(key, name)| format!("{key}={}", utf8_percent_encode(name, NON_ALPHANUMERIC))).collect();
        let target = format!("/api/parity/record?{}", query.join("&"));
        let body = bridge.stream(&target, "application/x-ndjson").await?;
        let told = lines(body).map(|line| told(&line));
        Ok(Self::Bridge(bridge.url.clone(), Box::pin(told)))
    }

    /// Starts a bridge that forwards everything.
    pub(super) async fn own(layers: Layers, selection: Selection, redact: &[String]) -> anyhow::Result<Self> {
        let (standing, tape) = Standing::start(layers, selection, redact).await?;
        Ok(Self::Own(standing, Box::pin(tape.told())))
    }

    /// The next thing that is told; none after the end. Cancel-safe.
    pub(super) async fn next(&mut self) -> Option<Told> {
        match self {
            Self::Bridge(_, told) | Self::Own(_, told) => told.next().await,
        }
    }

    /// What it is called.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Bridge(url, _) => format!("what passes through the bridge at {url}"),
            Self::Own(..) => "what is forwarded".to_owned(),
        }
    }

    /// Nothing new is wanted. Gives how long to wait for what still comes: for what a bridge has sent, or for what is
    /// running in one of our own.
    pub(super) fn stop(&self, sent: Duration, running: Duration) -> Duration {
        match self {
            Self::Bridge(..) => sent,
            Self::Own(standing, _) => {
                standing.stop();
                running
            }
        }
    }
}

#[derive(Deserialize)]
struct Dropped {
    dropped: u64,
}

/// What a line of a bridge's says.
fn told(line: &str) -> Told {
    match serde_json::from_str::<Dropped>(line) {
        Ok(Dropped { dropped }) => Told::Dropped(dropped),
        Err(_) => Told::Entry(line.to_owned()),
    }
}
