//! The subscriber: text for terminals, JSON otherwise, always on stderr; and its filter, which can be changed while it runs.

use std::{io::IsTerminal, sync::OnceLock};

use parking_lot::Mutex;
use thiserror::Error;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    EnvFilter, Layer as _, Registry, fmt, layer::SubscriberExt as _, reload, util::SubscriberInitExt as _,
};

use super::flood::Flood;
use crate::config::{
    fault::remedy,
    kinds::Kind,
    settings::{Log, LogFormat},
};

/// Levels, as a filter names them.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// The filter of this process: there is one subscriber in it.
static FILTER: OnceLock<Filter> = OnceLock::new();

#[derive(Debug)]
struct Filter {
    handle: reload::Handle<EnvFilter, Registry>,
    configured: String,
    current: Mutex<String>,
}

/// What is in force, and what the configuration says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// The filter in force.
    pub filter: String,
    /// That of `log.level`.
    pub configured: String,
}

/// Why a filter is not changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unchanged {
    /// It is none.
    #[error("{0}")]
    Wrong(String),
    /// This process writes its log in another way.
    #[error("the log of this process is not the bridge's own to change")]
    NotOurs,
}

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
    let (filter, handle) = reload::Layer::new(filter);
    let installed = tracing_subscriber::registry().with(filter).with(lines.with_filter(flood.clone())).try_init();
    // Fails only if one is installed already.
    if installed.is_ok() {
        flood.tell();
        let current = Mutex::new(log.level.clone());
        let _ = FILTER.set(Filter { handle, configured: log.level.clone(), current });
    }
}

/// What is in force; none if the subscriber is somebody else's.
#[must_use]
pub fn in_force() -> Option<InForce> {
    let Filter { configured, current, .. } = FILTER.get()?;
    Some(InForce { filter: current.lock().clone(), configured: configured.clone() })
}

/// Puts another filter in force, until the bridge stops; without one that of the configuration. Gives the one before.
///
/// # Errors
/// It is no filter.
pub fn change(wanted: Option<&str>) -> Result<String, Unchanged> {
    let Filter { handle, configured, current } = FILTER.get().ok_or(Unchanged::NotOurs)?;
    let filter = wanted.map_or_else(|| Ok(configured.clone()), checked).map_err(Unchanged::Wrong)?;
    let parsed = EnvFilter::builder().parse(&filter).map_err(|error| Unchanged::Wrong(error.to_string()))?;
    let mut current = current.lock();
    handle.reload(parsed).map_err(|_| Unchanged::NotOurs)?;
    Ok(std::mem::replace(&mut current, filter))
}

/// A filter, if each of its parts is a level, or a place in the code and its level. A word that is no level would be taken
/// for a place, and the log would be silent but for that.
fn checked(wanted: &str) -> Result<String, String> {
    let filter = match Kind::LogFilter.read_text(wanted)? {
        figment::value::Value::String(_, filter) => filter,
        _ => wanted.to_owned(),
    };
    for part in filter.split(',').map(str::trim) {
        if part.is_empty() {
            return Err(format!("expected {}, got {wanted:?}", Kind::LogFilter.expects()));
        }
        if !part.contains('=') && part.parse::<LevelFilter>().is_err() {
            let remedy = remedy(&part.to_ascii_lowercase(), &LEVELS);
            return Err(format!("{part:?} is no level{remedy}; a place in the code has one behind it: {part}=debug"));
        }
    }
    Ok(filter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_levels_and_places_with_levels() {
        for filter in ["info", "cutover=debug,warn", "off", "cutover::forward=trace,info,hyper=off", "DEBUG"] {
            assert!(checked(filter).is_ok(), "{filter}: {:?}", checked(filter));
        }
        assert_eq!(checked(" info , cutover=debug").as_deref(), Ok("info,cutover=debug"));
    }

    #[test]
    fn a_word_that_is_no_level_is_refused_with_the_nearest_one() {
        let refused = |filter: &str| checked(filter).unwrap_err();
        assert!(refused("debgu").contains("\"debgu\" is no level; did you mean \"debug\"?"), "{}", refused("debgu"));
        assert!(refused("cutover").contains("cutover=debug"));
        for filter in ["", "info,,debug", "cutover=loud", "=", "a=b=c"] {
            assert!(!refused(filter).is_empty(), "{filter}");
        }
    }
}
