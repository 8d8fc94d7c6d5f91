//! A job with its caller, as the queue holds it.

use std::{sync::Arc, time::Instant};

use tokio::sync::oneshot;

use super::{DbError, metrics::Ended, seat::Seat, ticket::Ticket};

/// A queued job.
pub(super) struct Job {
    pub(super) ticket: Arc<Ticket>,
    pub(super) queued: Instant,
    pub(super) work: Box<dyn Work>,
}

/// What a thread runs.
///
/// The caller is told after the transaction has ended and nothing can be called back any more: a caller that has its
/// answer drops its recall, which must find nothing to interrupt, least of all a rollback.
pub(super) trait Work: Send {
    /// Runs the job. Gives how it ended, and whether the connection can be used again.
    fn run(&mut self, seat: Result<Seat<'_>, DbError>) -> (Ended, bool);

    /// Tells the caller. One that is gone does not want to know.
    fn tell(self: Box<Self>);
}

/// A job and its caller.
pub(super) struct Task<T, F> {
    job: Option<F>,
    result: Option<Result<T, DbError>>,
    caller: oneshot::Sender<Result<T, DbError>>,
}

impl<T, F> Task<T, F>
where
    T: Send + 'static,
    F: FnOnce(&Seat<'_>) -> Outcome<T> + Send + 'static,
{
    /// The task, and where its answer arrives.
    pub(super) fn answered(job: F) -> (Box<dyn Work>, Answer<T>) {
        let (caller, answer) = oneshot::channel();
        (Box::new(Self { job: Some(job), result: None, caller }), answer)
    }
}

/// Where the answer of a job arrives; nothing does if the job is dropped unrun.
pub(super) type Answer<T> = oneshot::Receiver<Result<T, DbError>>;

impl<T, F> Work for Task<T, F>
where
    T: Send,
    F: FnOnce(&Seat<'_>) -> Outcome<T> + Send,
{
    fn run(&mut self, seat: Result<Seat<'_>, DbError>) -> (Ended, bool) {
        let outcome = match (seat, self.job.take()) {
            (Ok(seat), Some(job)) => job(&seat),
            (Err(error), _) => Outcome::failed(error),
            (Ok(_), None) => return (Ended::Badly, true),
        };
        let ended = match &outcome.result {
            Ok(_) => Ended::Well,
            Err(DbError::Cancelled | DbError::Deadline(_) | DbError::Closed) => Ended::Interrupted,
            Err(_) => Ended::Badly,
        };
        let spoilt = outcome.result.as_ref().is_err_and(DbError::spoils_the_connection);
        self.result = Some(outcome.result);
        (ended, outcome.sound && !spoilt)
    }

    fn tell(self: Box<Self>) {
        if let Some(result) = self.result {
            drop(self.caller.send(result));
        }
    }
}

/// How a job ended.
pub(super) struct Outcome<T> {
    pub(super) result: Result<T, DbError>,
    /// Whether the connection can be used again.
    pub(super) sound: bool,
}

impl<T> Outcome<T> {
    pub(super) fn failed(error: DbError) -> Self {
        Self { result: Err(error), sound: true }
    }
}
