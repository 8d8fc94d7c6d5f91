//! How long legacy is waited for.

use std::time::Duration;

/// Bounds on waiting; `None` waits without one. There is none on a request as a whole: some run for minutes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Timeouts {
    /// For a free connection.
    pub queue: Option<Duration>,
    /// How many may wait for one.
    pub waiting: Option<usize>,
    /// For a connection to be made.
    pub connect: Option<Duration>,
    /// For the head of an answer.
    pub header: Option<Duration>,
    /// Between two pieces of an answer.
    pub frame: Option<Duration>,
    /// Between two pieces of a request.
    pub body: Option<Duration>,
}
