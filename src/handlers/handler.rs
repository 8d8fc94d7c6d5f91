//! What a handler is: a name, a route, a function from a request to an answer.

use std::{fmt, future::Future, pin::Pin};

use super::{Context, Unanswered};
use crate::{
    config::{Access, Declared},
    wire::Answer,
};

/// What a handler gives: an answer, or the reason why legacy should answer.
pub type Outcome = Result<Answer, Unanswered>;

/// A handler's future.
pub type Answering = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// A native endpoint.
#[derive(Clone, Copy)]
pub struct Handler {
    /// Name, route and access.
    pub declared: Declared,
    /// The function.
    pub run: fn(Context) -> Answering,
}

impl Handler {
    /// An endpoint that changes nothing.
    #[must_use]
    pub const fn reads(name: &'static str, route: &'static str, run: fn(Context) -> Answering) -> Self {
        Self { declared: Declared { name, route, access: Access::Reads }, run }
    }
}

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.declared.fmt(f)
    }
}
