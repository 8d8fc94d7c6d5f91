//! A write on its thread: `BEGIN IMMEDIATE`, the job, `COMMIT`.
//!
//! The lock is taken at the beginning, so a write never finds in its middle that its snapshot is stale. Should a job
//! meet BUSY all the same (an attached database, a database that is not in WAL mode), the whole transaction is run
//! again.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::Ordering,
    time::Instant,
};

use super::{
    DbError, Transaction,
    patience::{Waiting, wait_once},
    reading::{rollback, settled, text_of},
    seat::Seat,
    task::Outcome,
    wal,
};

/// Runs a write.
pub(super) fn write<T: Send + 'static>(
    seat: &Seat<'_>,
    mut job: impl FnMut(&Transaction<'_>) -> Result<T, DbError>,
) -> Outcome<T> {
    let _waiting = Waiting::begin(seat.ticket, seat.opener.options.busy, seat.meter);
    loop {
        if let Err(error) = begin(seat) {
            return Outcome { result: Err(settled(seat, error)), sound: rollback(seat.connection) };
        }
        let transaction = Transaction::new(seat.connection);
        match catch_unwind(AssertUnwindSafe(|| job(&transaction))) {
            Ok(Ok(value)) if !transaction.is_rollback_only() => {
                let result = commit(seat, &transaction).map(|()| value);
                return Outcome { result, sound: rollback(seat.connection) };
            }
            Ok(Err(error)) if error.is_busy() && rollback(seat.connection) && wait_once() => seat.meter.retried(),
            Ok(result) => {
                let result = result.map_err(|error| late(seat, settled(seat, error)));
                let _ = seat.ticket.settle();
                seat.interrupter.reset();
                return Outcome { result, sound: rollback(seat.connection) };
            }
            Err(panic) => {
                let _ = seat.ticket.settle();
                return Outcome { result: Err(DbError::Panicked(text_of(&*panic))), sound: false };
            }
        }
    }
}

/// Takes the write lock. From here on statements may run as long as the lock may be held.
pub(super) fn begin(seat: &Seat<'_>) -> Result<(), DbError> {
    let begin = || {
        let begun = seat.connection.prepare_cached("BEGIN IMMEDIATE").and_then(|mut begin| begin.execute([]));
        begun.map(|_| ()).map_err(|source| DbError::sqlite("beginning a write", &seat.opener.path, source))
    };
    seat.opener.check_file()?;
    begin()?;
    seat.interrupter.end_statements_at(Some(Instant::now() + seat.opener.options.hold));
    // Between the look and the lock the file may have gone.
    seat.opener.check_file()
}

/// Commits, unless the job was called back or its file has gone. From here on nothing stops it, so that whoever is told
/// that it failed can rely on it.
pub(super) fn commit(seat: &Seat<'_>, transaction: &Transaction<'_>) -> Result<(), DbError> {
    if seat.connection.is_autocommit() || transaction.is_doomed() {
        return Err(settled(seat, DbError::RolledBack));
    }
    seat.opener.check_file().map_err(|error| settled(seat, error))?;
    seat.ticket.settle()?;
    seat.interrupter.reset();
    Waiting::granted();
    seat.gate.store(true, Ordering::Relaxed);
    let committed = seat.connection.prepare_cached("COMMIT").and_then(|mut commit| commit.execute([]));
    seat.gate.store(false, Ordering::Relaxed);
    committed.map_err(|source| {
        let error = DbError::Sqlite { doing: "committing", source };
        seat.opener.explained(error)
    })?;
    if wal::tend(seat.connection, &seat.opener.path, seat.opener.options.checkpoints) {
        seat.meter.checkpointed();
    }
    Ok(())
}

/// Copies what it can of the log, without a transaction and without a wait.
pub(super) fn checkpoint(seat: &Seat<'_>) -> Outcome<()> {
    let checkpointed = seat.opener.check_file().and_then(|()| {
        let copied = seat.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        copied.map_err(|source| DbError::sqlite("a checkpoint", &seat.opener.path, source))
    });
    if checkpointed.is_ok() {
        seat.meter.checkpointed();
    }
    let result = checkpointed.map_err(|error| settled(seat, error));
    let _ = seat.ticket.settle();
    seat.interrupter.reset();
    Outcome { result, sound: true }
}

/// An interrupt that nobody called for is the end of the time for which the lock may be held.
pub(super) fn late(seat: &Seat<'_>, error: DbError) -> DbError {
    if error.is_interrupt() { DbError::Deadline(seat.opener.options.hold) } else { error }
}
