//! Events of an exchange, as they are asked for.

use serde::{Deserialize, Serialize};

use super::{Text, fields::present};

/// `history_events_status`: how far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
pub struct HistoryEventsStatus<'a> {
    /// Begun, going on, ended.
    pub status: HistoryEventsStep,
    /// The kind of exchange.
    pub location: Text<'a>,
    /// What is asked for.
    pub event_type: EventType,
    /// What the user called the exchange.
    pub name: Text<'a>,
    /// The first and the last second that is asked for, since 1970; with an update alone.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub period: Option<[i64; 2]>,
}

/// Where in a query of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryEventsStep {
    /// Before the first request.
    QueryingEventsStarted,
    /// Before the request for a period.
    QueryingEventsStatusUpdate,
    /// After the last one.
    QueryingEventsFinished,
}

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventType {
    /// All of it.
    HistoryQuery,
}
