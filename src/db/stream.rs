//! Rows of a large result, one small batch at a time.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Instant,
};

use futures_util::Stream;
use tokio::sync::{mpsc, oneshot};

use super::{
    DbError,
    task::Answer,
    ticket::{RecallOnDrop, Ticket},
};

/// Rows handed over at once, so that the thread does not wake the task for each.
const BATCH: usize = 64;
/// Batches on their way. With the one being filled and the one being taken, at most four are in memory.
const BATCHES: usize = 2;

/// Where a job puts its rows.
#[derive(Debug)]
pub struct Sink<T> {
    batch: Vec<T>,
    sender: mpsc::Sender<Vec<T>>,
    ticket: Arc<Ticket>,
    until: Option<Instant>,
    begun: Instant,
}

impl<T> Sink<T> {
    /// Hands a row over; waits while the receiver is behind.
    ///
    /// # Errors
    /// The receiver is gone, or the deadline has come: the job should end with this error.
    pub fn send(&mut self, row: T) -> Result<(), DbError> {
        self.batch.push(row);
        if self.batch.len() < BATCH { Ok(()) } else { self.flush() }
    }

    pub(super) fn flush(&mut self) -> Result<(), DbError> {
        let mut batch = Some(std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH)));
        let sender = &self.sender;
        let sent = self.ticket.wait(self.until, || match sender.try_send(batch.take()?) {
            Ok(()) => Some(true),
            Err(mpsc::error::TrySendError::Full(back)) => {
                batch = Some(back);
                None
            }
            Err(mpsc::error::TrySendError::Closed(_)) => Some(false),
        })?;
        match sent {
            Some(true) => Ok(()),
            Some(false) => Err(DbError::Cancelled),
            None => Err(DbError::Deadline(self.begun.elapsed())),
        }
    }
}

/// The rows of a [`super::Database::stream`]; a [`Stream`].
///
/// The read transaction is open until the last row was taken: whoever stops taking rows holds the log of changes back,
/// which is why the database's deadline ends a stream as it ends any read. Dropping it interrupts the query.
#[must_use = "nothing comes of it unless rows are taken"]
pub struct Rows<T> {
    batch: std::vec::IntoIter<T>,
    receiver: mpsc::Receiver<Vec<T>>,
    ended: Option<Answer<()>>,
    ticket: RecallOnDrop,
}

impl<T> std::fmt::Debug for Rows<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("over", &self.ended.is_none()).finish_non_exhaustive()
    }
}

/// Both ends of a stream: where rows are put, and where they arrive.
pub(super) fn channel<T>(ticket: &Arc<Ticket>, until: Option<Instant>) -> (Sink<T>, mpsc::Receiver<Vec<T>>) {
    let (sender, receiver) = mpsc::channel(BATCHES);
    let (batch, ticket) = (Vec::with_capacity(BATCH), Arc::clone(ticket));
    (Sink { batch, sender, ticket, until, begun: Instant::now() }, receiver)
}

/// Rows are moved out, never pinned.
impl<T> Unpin for Rows<T> {}

impl<T> Rows<T> {
    /// The next row; `None` after the last. After an error there are no more.
    ///
    /// # Errors
    /// The job's own, the deadline, a closed database, a panic in the job. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Result<T, DbError>> {
        futures_util::StreamExt::next(self).await
    }

    pub(super) fn new(receiver: mpsc::Receiver<Vec<T>>, ended: Answer<()>, ticket: Arc<Ticket>) -> Self {
        Self { batch: Vec::new().into_iter(), receiver, ended: Some(ended), ticket: RecallOnDrop(ticket) }
    }

    /// A stream that never began.
    pub(super) fn failed(error: DbError) -> Self {
        let (sender, ended) = oneshot::channel();
        let (_, receiver) = mpsc::channel(1);
        let _ = sender.send(Err(error));
        Self::new(receiver, ended, Arc::default())
    }
}

impl<T> Stream for Rows<T> {
    type Item = Result<T, DbError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(row) = self.batch.next() {
                return Poll::Ready(Some(Ok(row)));
            }
            if self.ended.is_none() {
                return Poll::Ready(None);
            }
            if let Some(batch) = ready!(self.receiver.poll_recv(cx)) {
                self.batch = batch.into_iter();
                self.ticket.0.stir();
                continue;
            }
            // The job's thread has dropped its end: how did it end?
            let Some(ended) = self.ended.as_mut() else { return Poll::Ready(None) };
            let result = ready!(Pin::new(ended).poll(cx)).unwrap_or(Err(DbError::Closed));
            self.ended = None;
            if let Err(error) = result {
                return Poll::Ready(Some(Err(error)));
            }
        }
    }
}
