//! A write transaction for flows that must await between statements.

use std::{
    collections::VecDeque,
    ops::{Deref, DerefMut},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};

use parking_lot::Mutex;
use rusqlite::{Params, Row};
use tokio::sync::oneshot;

use super::{
    DbError, Transaction,
    patience::Waiting,
    reading::{rollback, settled, text_of},
    seat::Seat,
    task::{Answer, Outcome},
    ticket::{RecallOnDrop, Ticket},
    writing,
};

/// What the guard asks of the connection's thread.
enum Command {
    Run(Part),
    Commit,
}

/// Runs on the thread, tells its caller, and gives whether the connection is spoilt.
type Part = Box<dyn FnOnce(&Seat<'_>, &Transaction<'_>) -> bool + Send>;

/// Commands on their way to the thread; none are taken any more once the transaction is over.
pub(super) struct Inbox(Mutex<Option<VecDeque<Command>>>);

impl Inbox {
    pub(super) fn open() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Some(VecDeque::new()))))
    }

    /// A command that comes too late is dropped, and with it what would have told its result.
    fn put(&self, command: Command) {
        if let Some(commands) = &mut *self.0.lock() {
            commands.push_back(command);
        }
    }

    fn take(&self) -> Option<Command> {
        self.0.lock().as_mut()?.pop_front()
    }
}

/// Closes the inbox at the end of the transaction, however it ends.
struct Closing<'a>(&'a Inbox);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        *self.0.0.lock() = None;
    }
}

/// A write transaction, held by a task.
///
/// Made by [`super::Database::write_ctx`], which waits its turn; it holds the write lock. Dropping it rolls back, and so
/// does holding it for longer than [`super::Options::hold`]: then whatever is asked of it gives [`DbError::Deadline`].
/// Dropping the future of a statement before its end calls the whole transaction off, because nobody would know how much
/// of it was done.
#[must_use = "dropping it rolls back"]
pub struct WriteContext {
    inbox: Arc<Inbox>,
    /// None once it was told.
    ended: Option<Answer<()>>,
    ticket: RecallOnDrop,
    savepoints: usize,
}

impl std::fmt::Debug for WriteContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WriteContext").field("savepoints", &self.savepoints).finish_non_exhaustive()
    }
}

impl WriteContext {
    pub(super) fn new(inbox: Arc<Inbox>, ended: Answer<()>, ticket: RecallOnDrop) -> Self {
        Self { inbox, ended: Some(ended), ticket, savepoints: 0 }
    }

    /// Runs a closure on the connection's thread, inside the transaction. What it did is kept even if it gives an error;
    /// [`Transaction::savepoint`] makes it all or nothing.
    ///
    /// # Errors
    /// The closure's own; or the transaction is over, and this says why.
    pub async fn run<T, F>(&mut self, part: F) -> Result<T, DbError>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, DbError> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let unfinished = Unfinished(Some(Arc::clone(&self.ticket.0)));
        self.send(Command::Run(Box::new(move |seat, transaction| {
            let result = part(transaction).map_err(|error| seat.opener.explained(error));
            let spoilt = result.as_ref().is_err_and(DbError::spoils_the_connection);
            // A caller that is gone has called the transaction off.
            drop(sender.send(result));
            spoilt
        })));
        let result = receiver.await;
        unfinished.finish();
        match result {
            // Its time was up, or it was called off: the end of the transaction says which.
            Ok(Err(error)) if error.is_interrupt() => Err(self.end().await.err().unwrap_or(error)),
            Ok(result) => result,
            // The thread dropped the command: the transaction is over.
            Err(_) => Err(self.end().await.err().unwrap_or(DbError::RolledBack)),
        }
    }

    /// Runs one statement. Gives how many rows it changed.
    ///
    /// # Errors
    /// As [`WriteContext::run`].
    pub async fn execute<P>(&mut self, sql: &str, params: P) -> Result<usize, DbError>
    where
        P: Params + Send + 'static,
    {
        let sql = sql.to_owned();
        self.run(move |transaction| Ok(transaction.prepare_cached(&sql)?.execute(params)?)).await
    }

    /// Runs a query and maps its rows on the connection's thread.
    ///
    /// # Errors
    /// As [`WriteContext::run`].
    pub async fn query<T, P, F>(&mut self, sql: &str, params: P, map: F) -> Result<Vec<T>, DbError>
    where
        T: Send + 'static,
        P: Params + Send + 'static,
        F: FnMut(&Row<'_>) -> rusqlite::Result<T> + Send + 'static,
    {
        let sql = sql.to_owned();
        self.run(move |transaction| {
            let mut select = transaction.prepare_cached(&sql)?;
            let rows = select.query_map(params, map)?.collect::<Result<_, _>>()?;
            Ok(rows)
        })
        .await
    }

    /// Opens a savepoint: [`ContextSavepoint::release`] keeps what was done since, dropping it undoes that.
    ///
    /// # Errors
    /// As [`WriteContext::run`].
    pub async fn savepoint(&mut self) -> Result<ContextSavepoint<'_>, DbError> {
        let name = format!("context_{}", self.savepoints);
        let opening = name.clone();
        self.run(move |transaction| transaction.open_savepoint(&opening)).await?;
        self.savepoints += 1;
        Ok(ContextSavepoint { context: self, name, released: false })
    }

    /// Commits. Once it has begun nothing stops it, not even dropping its future.
    ///
    /// # Errors
    /// Why nothing was committed.
    pub async fn commit(mut self) -> Result<(), DbError> {
        self.send(Command::Commit);
        self.end().await
    }

    fn send(&self, command: Command) {
        self.inbox.put(command);
        self.ticket.0.stir();
    }

    /// How it ended: why it failed is told once.
    async fn end(&mut self) -> Result<(), DbError> {
        match self.ended.take() {
            Some(ended) => ended.await.unwrap_or(Err(DbError::Closed)),
            None => Err(DbError::RolledBack),
        }
    }
}

/// Calls the transaction off if the future of a statement is dropped before its end.
struct Unfinished(Option<Arc<Ticket>>);

impl Unfinished {
    fn finish(mut self) {
        self.0 = None;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        drop(self.0.take().map(RecallOnDrop));
    }
}

/// An open savepoint of a [`WriteContext`], to which it dereferences. Dropping it undoes what was done since it began.
#[must_use = "dropping it undoes what was done since it began"]
#[derive(Debug)]
pub struct ContextSavepoint<'a> {
    context: &'a mut WriteContext,
    name: String,
    released: bool,
}

impl ContextSavepoint<'_> {
    /// Keeps what was done since it began, as part of what encloses it.
    ///
    /// # Errors
    /// As [`WriteContext::run`].
    pub async fn release(mut self) -> Result<(), DbError> {
        let name = self.name.clone();
        self.context.run(move |transaction| transaction.release(&name)).await?;
        self.released = true;
        Ok(())
    }
}

impl Deref for ContextSavepoint<'_> {
    type Target = WriteContext;

    fn deref(&self) -> &WriteContext {
        self.context
    }
}

impl DerefMut for ContextSavepoint<'_> {
    fn deref_mut(&mut self) -> &mut WriteContext {
        self.context
    }
}

impl Drop for ContextSavepoint<'_> {
    fn drop(&mut self) {
        self.context.savepoints -= 1;
        if !self.released {
            let name = std::mem::take(&mut self.name);
            // Commands run in their order: this one before whatever is asked next. If it fails, the transaction is gone.
            self.context.send(Command::Run(Box::new(move |_, transaction| {
                transaction.undo(&name);
                false
            })));
        }
    }
}

/// The thread's side: takes the lock, says so, and does what it is told until the end.
pub(super) fn serve(seat: &Seat<'_>, granted: oneshot::Sender<()>, inbox: &Inbox) -> Outcome<()> {
    let _closing = Closing(inbox);
    let _waiting = Waiting::begin(seat.ticket, seat.opener.options.busy, seat.meter);
    if let Err(error) = writing::begin(seat) {
        return Outcome { result: Err(settled(seat, error)), sound: rollback(seat.connection) };
    }
    let hold = seat.opener.options.hold;
    let until = Instant::now() + hold;
    // A caller that is gone has called it off, which the first wait finds.
    let _ = granted.send(());
    let transaction = Transaction::new(seat.connection);
    let mut spoilt = false;
    let result = loop {
        let command = match seat.ticket.wait(Some(until), || inbox.take()) {
            Ok(Some(command)) => command,
            Ok(None) => break Err(DbError::Deadline(hold)),
            Err(why) => break Err(why.into()),
        };
        match command {
            Command::Commit => break writing::commit(seat, &transaction),
            Command::Run(_) if seat.connection.is_autocommit() => break Err(settled(seat, DbError::RolledBack)),
            Command::Run(run) => match catch_unwind(AssertUnwindSafe(|| run(seat, &transaction))) {
                Ok(spoils) => spoilt |= spoils,
                Err(panic) => {
                    let _ = seat.ticket.settle();
                    return Outcome { result: Err(DbError::Panicked(text_of(&*panic))), sound: false };
                }
            },
        }
    };
    let _ = seat.ticket.settle();
    seat.interrupter.reset();
    Outcome { result, sound: rollback(seat.connection) && !spoilt }
}
