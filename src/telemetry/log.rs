//! The subscriber: text for terminals, JSON otherwise, always on stderr.

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, Layer as _, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use super::flood::Flood;
use crate::config::settings::{Log, LogFormat};

/// Installs the subscriber. A second call changes nothing.
pub fn install(log: &Log) {
    let filter = EnvFilter::builder().parse_lossy(&log.level);
    let json = match log.format {
        LogFormat::Auto => !std::io::stderr().is_terminal(),
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let flood = Flood::new(log.max_repeats);
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = if json { lines.json().flatten_event(true).boxed() } else { lines.boxed() };
    let installed = tracing_subscriber::registry().with(filter).with(lines.with_filter(flood.clone())).try_init();
    // Fails only if one is installed already.
    if installed.is_ok() {
        flood.tell();
    }
}
