//! What legacy does by itself from time to time and the bridge can do in its place.

use serde::{Deserialize, Serialize};

use super::set::{Set, Worded};

/// A background task of legacy's, named as its task manager names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Background {
    /// Tells of reminders that are due.
    TriggerCalendarReminder,
    /// Deletes entries of the calendar that are past, where that is wanted.
    DeletePastCalendarEvents,
    /// Copies the user's assets to global.db.
    UpdateOwnedAssets,
    /// Marks tokens that look like spam.
    DetectNewSpamTokens,
    /// Copies the write-ahead logs back into the databases. No task of legacy's, but of `SQLite`'s in it.
    Checkpoints,
}

impl Worded for Background {
    const ALL: &'static [Self] = &[
        Self::TriggerCalendarReminder,
        Self::DeletePastCalendarEvents,
        Self::UpdateOwnedAssets,
        Self::DetectNewSpamTokens,
        Self::Checkpoints,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::TriggerCalendarReminder => "trigger_calendar_reminder",
            Self::DeletePastCalendarEvents => "delete_past_calendar_events",
            Self::UpdateOwnedAssets => "update_owned_assets",
            Self::DetectNewSpamTokens => "detect_new_spam_tokens",
            Self::Checkpoints => "checkpoints",
        }
    }
}

/// Several of them.
pub type Backgrounds = Set<Background>;
