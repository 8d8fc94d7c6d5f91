//! What kinds of handlers there are for the places they take: so that many of one kind leave the others theirs.

use super::Handler;
use crate::{config::Access, schema::needs::Needs};

/// A class of handlers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Asks no database; it takes no place.
    Light,
    /// A quick read.
    Read,
    /// A long read, as of a search or a large list.
    Search,
    /// A write.
    Write,
}

impl Class {
    /// Those that take places, with their words.
    pub const LIMITED: [(Self, &'static str); 3] =
        [(Self::Read, "reads"), (Self::Search, "searches"), (Self::Write, "writes")];

    /// Of a handler.
    #[must_use]
    pub fn of(handler: &Handler) -> Self {
        match (handler.declared.access, handler.is_long) {
            (Access::Writes, _) => Self::Write,
            (Access::Reads, true) => Self::Search,
            (Access::Reads, false) if handler.needs == Needs::NOTHING => Self::Light,
            (Access::Reads, false) => Self::Read,
        }
    }
}
