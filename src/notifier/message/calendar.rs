//! A reminder of an event in the user's calendar.

use serde::{Deserialize, Serialize};

use super::{
    Text,
    fields::{nullable, present},
};

/// `calendar_reminder`: the event, and which of its reminders is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
pub struct CalendarReminder<'a> {
    /// The event's.
    pub identifier: i64,
    /// What it is called.
    pub name: Text<'a>,
    /// More about it.
    #[serde(deserialize_with = "nullable")]
    pub description: Option<Text<'a>>,
    /// When it is, in seconds since 1970.
    pub timestamp: i64,
    /// Whether it goes once it is past.
    pub auto_delete: bool,
    /// Six hexadecimal digits.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub color: Option<Text<'a>>,
    /// The protocol it is about.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub counterparty: Option<Text<'a>>,
    /// The account it is about.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub address: Option<Text<'a>>,
    /// The account's chain, in lower case.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub blockchain: Option<Text<'a>>,
    /// The reminder.
    pub reminder: Reminder,
}

/// Which reminder of the event it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reminder {
    /// Its own.
    pub identifier: i64,
    /// How long before the event it is due, in seconds.
    pub secs_before: i64,
}
