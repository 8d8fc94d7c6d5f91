//! Background tasks of legacy's that are ours for a while.
//!
//! A lease ends by itself: legacy does its tasks again when it has not heard of us for that long. What we hold begins to
//! run before the line that says so is sent, and ends with the connection it was sent over, so we have let go of it
//! whenever legacy takes it back.

use std::time::{Duration, Instant};

use super::{asking::Untold, attachment::Attachment, line::Line};
use crate::config::{Background, Backgrounds, Worded};

/// How long a lease runs.
pub const TERM: Duration = Duration::from_secs(60);

/// Tasks that are ours until a moment.
#[derive(Debug, Clone, Default)]
pub struct Lease {
    tasks: Backgrounds,
    busy: Backgrounds,
    until: Option<Instant>,
    connection: Option<u64>,
    /// Whether legacy would run background tasks now: it waits for the user to have seen their balances.
    pub scheduling: bool,
    /// When legacy last told of reminders, in seconds since 1970.
    pub last_reminders: Option<i64>,
}

impl Lease {
    /// Those that may be begun now and run for so long.
    #[must_use]
    pub fn startable(&self, attachment: &Attachment, longest: Duration) -> Backgrounds {
        let lives = self.until.is_some_and(|until| Instant::now() + longest < until);
        let connected = self.connection.is_some() && self.connection == attachment.connection();
        if !(lives && connected) {
            return Backgrounds::default();
        }
        // Logs grow whether legacy has its turns or not.
        let always: Backgrounds = [Background::Checkpoints].into_iter().collect();
        let startable = self.tasks.without(self.busy);
        if self.scheduling { startable } else { startable.and(always) }
    }

    /// Those it was given for.
    #[must_use]
    pub fn tasks(&self) -> Backgrounds {
        self.tasks
    }
}

impl Attachment {
    /// The background tasks that the package can leave to us.
    #[must_use]
    pub fn background_tasks(&self) -> Backgrounds {
        self.current.lock().as_ref().map(|attached| attached.parts.tasks).unwrap_or_default()
    }

    /// Which of all connections is there.
    pub(super) fn connection(&self) -> Option<u64> {
        self.current.lock().as_ref().map(|attached| attached.number)
    }

    /// Has these tasks left to us, and any other left to legacy. With none that is the end of all leases.
    ///
    /// # Errors
    /// See [`Untold`]. What legacy has heard of it is not known then: nothing is ours, and it may rest for a lease's term.
    pub async fn lease(&self, tasks: Backgrounds) -> Result<Lease, Untold> {
        let until = Instant::now() + TERM;
        let (connection, told) =
            self.ask(|id| Line::Lease { id, tasks: tasks.iter().collect(), seconds: TERM.as_secs() }).await;
        let said = told?;
        Ok(Lease {
            tasks,
            busy: Backgrounds::named(said.busy.iter().map(String::as_str)),
            until: Some(until),
            connection,
            scheduling: said.scheduling,
            last_reminders: said.last.get(Background::TriggerCalendarReminder.word()).copied(),
        })
    }
}
