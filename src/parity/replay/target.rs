//! Who is asked.

use std::{future::Future, time::Duration};

use crate::parity::{Request, Response};

/// What came of asking.
#[derive(Debug)]
pub enum Asked {
    /// An answer, and how long it took.
    Answered(Response, Duration),
    /// The handler leaves this request to legacy: why.
    Declined(String),
    /// There should have been an answer: why there is none.
    Failed(String),
    /// No handler answers this route, or none of its writes.
    NotNative,
}

/// Who is asked.
pub trait Target: Send + Sync + 'static {
    /// Asks. Dropping the future gives the request up.
    fn ask(&self, request: &Request) -> impl Future<Output = Asked> + Send;
}

/// Where targets come from.
pub trait Stage: Send + Sync + 'static {
    /// What stands on it.
    type Target: Target;

    /// The target for all requests that change nothing.
    ///
    /// # Errors
    /// It cannot be started.
    fn shared(&self) -> impl Future<Output = Result<Self::Target, String>> + Send;

    /// A target whose state is that of the recording's beginning, for one sequence.
    ///
    /// # Errors
    /// There is no way to such a state, or it cannot be started.
    fn fresh(&self, sequence: u64) -> impl Future<Output = Result<Self::Target, String>> + Send;
}
