//! One connection of the package. Whoever waits for an answer over it hears of its end.

use std::{collections::HashMap, time::SystemTime};

use serde::Deserialize;
use tokio::sync::{mpsc, oneshot};

use super::{line::Line, parts::Parts, peer::Peer};
use crate::session::Hold;

/// An answer to a line: done, and what else it says, or why not.
pub(super) type Answer = Result<Scheduler, String>;

/// What legacy says of its background tasks.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub(super) struct Scheduler {
    /// Whether it would run any now.
    #[serde(default)]
    pub(super) scheduling: bool,
    /// Those that it is in the middle of.
    #[serde(default)]
    pub(super) busy: Vec<String>,
    /// When it ran last what it keeps no note of in a database, in seconds since 1970.
    #[serde(default)]
    pub(super) last: HashMap<String, i64>,
}

/// Files that legacy works on.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) hold: Hold,
    /// Whether it has said what came of that.
    pub(super) told: bool,
}

/// The package, while it is connected.
#[derive(Debug)]
pub(super) struct Attached {
    /// Which of all connections it is.
    pub(super) number: u64,
    /// The process id as the package itself says: the same one may connect anew before the end of its last connection is
    /// seen.
    pub(super) pid: u32,
    pub(super) peer: Peer,
    pub(super) backend: String,
    pub(super) parts: Parts,
    pub(super) since: SystemTime,
    pub(super) lines: mpsc::Sender<Line>,
    pub(super) waiting: HashMap<u64, oneshot::Sender<Answer>>,
    /// The user's files, which it wants closed.
    pub(super) hold: Option<Held>,
}

impl Attached {
    /// Whether another process may take its place.
    pub(super) fn gives_way(&self, pid: u32, peer: Peer) -> bool {
        (self.pid == pid && !self.peer.differs(peer)) || self.peer.ended()
    }
}
