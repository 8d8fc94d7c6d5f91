//! What each request is told to besides the log: the access log, and whoever collects spans.

use std::{io, sync::Arc, time::Duration};

use tokio::{task::JoinHandle, time::timeout};

use super::failure::RunError;
use crate::{
    dispatch::Bridge,
    telemetry::access::{AccessLog, Place},
};

/// Both, as far as they are wanted.
#[derive(Debug)]
pub(super) struct Telling {
    bridge: Arc<Bridge>,
    exporting: Option<JoinHandle<()>>,
}

impl Telling {
    /// Opens what is wanted.
    ///
    /// # Errors
    /// The access log can not be opened, or this bridge can not send spans.
    pub(super) async fn begin(bridge: &Arc<Bridge>) -> Result<Self, RunError> {
        access(bridge).await?;
        Ok(Self { bridge: Arc::clone(bridge), exporting: spans(bridge)? })
    }

    /// Once the last request is told: what waits is written, and sent if that takes no longer than so.
    pub(super) async fn end(self, patience: Duration) {
        #[cfg(feature = "otlp")]
        if let Some(spans) = self.bridge.telemetry.spans.get() {
            spans.close();
        }
        if let Some(exporting) = self.exporting {
            let _ = timeout(patience, exporting).await;
        }
        let bridge = self.bridge;
        let _ = tokio::task::spawn_blocking(move || bridge.telemetry.access.get().map(AccessLog::close)).await;
    }
}

/// A line for each request.
async fn access(bridge: &Bridge) -> Result<(), RunError> {
    let snapshot = bridge.live.snapshot();
    let Some(path) = &snapshot.config.log.access else { return Ok(()) };
    let standard = path.as_os_str() == "-";
    let place = if standard { Place::Stdout } else { Place::File(bridge.live.layers().beside(path)) };
    let format = snapshot.config.log.access_format;
    let opened = tokio::task::spawn_blocking(move || AccessLog::open(place, format)).await.map_err(io::Error::other)?;
    let log = opened.map_err(|error| RunError::Access { path: path.display().to_string(), error })?;
    // It is the first one.
    let _ = bridge.telemetry.access.set(log);
    Ok(())
}

/// A span for each request.
#[cfg(feature = "otlp")]
#[allow(clippy::unnecessary_wraps, reason = "a bridge without the feature refuses")]
fn spans(bridge: &Bridge) -> Result<Option<JoinHandle<()>>, RunError> {
    let address = bridge.live.snapshot().config.trace.otlp.clone();
    if address.is_empty() {
        return Ok(None);
    }
    let (spans, exporter) = crate::telemetry::Spans::to(address);
    // They are the first.
    let _ = bridge.telemetry.spans.set(spans);
    Ok(Some(tokio::spawn(exporter.run())))
}

/// Nobody can be told of spans.
#[cfg(not(feature = "otlp"))]
fn spans(bridge: &Bridge) -> Result<Option<JoinHandle<()>>, RunError> {
    let unwanted = bridge.live.snapshot().config.trace.otlp.is_empty();
    if unwanted { Ok(None) } else { Err(RunError::NoOtlp) }
}
