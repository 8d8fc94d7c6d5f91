//! What a publisher wants, and what became of it.

/// What a publisher wants done with a message that nobody takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undelivered {
    /// It is kept for the next `GET /api/1/messages`.
    Keep,
    /// Nothing: the publisher sees to it. A message that somebody took is the notifier's from then on, and is kept if
    /// it turns out that nobody gets it.
    Return,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Clients that took it: it is written to their sockets, in order, or waits for them.
    pub delivered: usize,
}
