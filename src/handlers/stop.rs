//! Why a handler ends before its end.

use super::Unanswered;
use crate::wire::Answer;

/// A handler that ends early: with `?`, wherever it stands.
#[derive(Debug)]
pub enum Stop {
    /// With legacy's refusal: nobody is logged in, wrong arguments, a column that there is not.
    Refused(Answer),
    /// Without an answer: legacy's turn.
    Unanswered(Unanswered),
}

impl Stop {
    /// It went wrong after something had been committed: too late for legacy's turn. The client hears that, and what was
    /// committed stays.
    pub fn too_late(why: &impl std::fmt::Display) -> Self {
        Self::Refused(Answer::failure(500, &format!("cutover: half of it was done, and then: {why}")))
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
