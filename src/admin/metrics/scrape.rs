//! The answer.

use std::{fmt, sync::Arc};

use axum::{
    extract::State,
    http::{HeaderName, StatusCode, header::CONTENT_TYPE},
};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, text},
    registry::Registry,
};

use super::{bridge, databases, families::Families, notifier, outbound, process, requests, rollout, tasks};
use crate::dispatch::Bridge;

/// As `OpenMetrics` 1.0 names itself.
const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Reads all that is counted when it is asked for.
#[derive(Debug)]
struct Everything(Arc<Bridge>);

impl Collector for Everything {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut families = Families::new(encoder);
        for encode in [
            bridge::encode,
            requests::encode,
            rollout::encode,
            notifier::encode,
            databases::encode,
            tasks::encode,
            outbound::encode,
            process::encode,
        ] {
            encode(&self.0, &mut families)?;
        }
        Ok(())
    }
}

/// Every metric.
pub(in crate::admin) async fn answer(
    State(bridge): State<Arc<Bridge>>,
) -> Result<([(HeaderName, &'static str); 1], String), StatusCode> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Everything(bridge)));
    let mut written = String::new();
    // It is written to memory, and has no other way to fail.
    text::encode(&mut written, &registry).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(([(CONTENT_TYPE, TEXT)], written))
}
