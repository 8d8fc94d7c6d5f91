//! What the two processes say, as JSON. They may be of different versions: what one does not know of is left out.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The version of all this. A new process with another one is not handed anything.
pub(super) const PROTOCOL: u32 = 1;

/// The new process.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FromNew {
    /// It is there, and its configuration is valid.
    Hello(Hello),
    /// It serves.
    Serving,
    /// It can not, and why.
    Fault(String),
}

/// Who it is.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Hello {
    pub(super) protocol: u32,
    pub(super) version: String,
}

/// What the old process hands over, besides the user, who comes in a frame of its own.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Everything {
    /// What each descriptor of the frame is.
    pub(super) descriptors: Vec<What>,
    /// Outcomes of tasks that nobody has asked for, by id.
    pub(super) outcomes: Vec<(u64, String)>,
    /// The first id of a task that was not given.
    pub(super) next_task: u64,
    /// Messages that nobody got.
    pub(super) messages: Vec<Kept>,
}

/// A descriptor.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum What {
    /// The listener of clients.
    Public,
    /// The admin listener.
    Admin,
    /// The Unix socket of the legacy process.
    Compat {
        /// Its file, where that is the bridge's to remove at the end.
        file: Option<PathBuf>,
    },
    /// The lock of a file, by its path.
    Lock(PathBuf),
}

/// A message that nobody got.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kept {
    /// One of `warnings`.
    Warning(String),
    /// One of `errors`.
    Error(String),
}
