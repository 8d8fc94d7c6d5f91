//! Why a handler ends before its end.

use std::fmt;

use super::{Unanswered, handler::Answering};
use crate::wire::Answer;

/// A handler that ends early: with `?`, wherever it stands.
#[derive(Debug)]
pub enum Stop {
    /// With legacy's refusal: nobody is logged in, wrong arguments, a column that there is not.
    Refused(Answer),
    /// Without an answer: legacy's turn.
    Unanswered(Unanswered),
    /// With work to be done as a task, whose id is the answer: the client has asked for that (`async_query`).
    Later(Later),
}

/// Work that gives an answer when it is done. Nothing is changed before it is begun.
pub struct Later(pub Answering);

impl fmt::Debug for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Later")
    }
}

impl Stop {
    /// It went wrong after something was, or may have been, committed: too late for legacy's turn. The client hears that, and what was
    /// committed stays. Why, which may name files, is for the log.
    pub fn too_late(why: &impl std::fmt::Display) -> Self {
        tracing::error!(%why, "a native write broke off, and part of it may be committed");
        let answer = Answer::failure(500, "cutover: the write broke off, and part of it may be done; the log says why");
        Self::Refused(Answer { broken: true, ..answer })
    }

    /// Declines: legacy's turn.
    pub fn declined(why: impl Into<String>) -> Self {
        Self::Unanswered(Unanswered::declined(why))
    }
}

/// Whatever keeps a handler from answering.
impl<E> From<E> for Stop
where
    Unanswered: From<E>,
{
    fn from(why: E) -> Self {
        Self::Unanswered(why.into())
    }
}
