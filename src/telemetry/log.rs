//! The subscriber: text for terminals, JSON otherwise, always on stderr.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::settings::{Log, LogFormat};

/// Installs the subscriber. A second call changes nothing.
pub fn install(log: &Log) {
    let filter = EnvFilter::builder().parse_lossy(&log.level);
    let json = match log.format {
        LogFormat::Auto => !std::io::stderr().is_terminal(),
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Fails only if one is installed already.
    let _ = if json { builder.json().flatten_event(true).try_init() } else { builder.try_init() };
}
