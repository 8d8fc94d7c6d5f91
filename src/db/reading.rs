//! A read on its thread: inside one deferred transaction, so that everything sees one snapshot. The thread ends it; none
//! is left open. A snapshot that lingers freezes legacy's next login for minutes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;

use super::{DbError, Transaction, patience::Waiting, seat::Seat, task::Outcome};

/// Runs a read, in the transaction that is open or in a new one.
pub(super) fn read<T: Send + 'static>(
    seat: &Seat<'_>,
    job: impl FnOnce(&Transaction<'_>) -> Result<T, DbError>,
) -> Outcome<T> {
    let _waiting = Waiting::begin(seat.ticket, seat.opener.options.busy, seat.meter);
    let begun = || {
        seat.opener.check_file()?;
        seat.opener.recover()?;
        begin(seat)
    };
    if seat.connection.is_autocommit()
        && let Err(error) = begun()
    {
        return Outcome::failed(settled(seat, error));
    }
    let transaction = Transaction::reading(seat.connection, seat.memory);
    let outcome = catch_unwind(AssertUnwindSafe(|| job(&transaction)));
    let result = match outcome {
        Ok(result) => result.map_err(|error| settled(seat, error)),
        Err(panic) => Err(DbError::Panicked(text_of(&*panic))),
    };
    let panicked = matches!(result, Err(DbError::Panicked(_)));
    // From here on nobody interrupts.
    let _ = seat.ticket.settle();
    seat.interrupter.reset();
    Outcome { result, sound: !panicked }
}

fn begin(seat: &Seat<'_>) -> Result<(), DbError> {
    let begun = seat.connection.prepare_cached("BEGIN DEFERRED").and_then(|mut begin| begin.execute([]));
    begun.map(|_| ()).map_err(|source| DbError::sqlite("beginning a read", &seat.opener.path, source))
}

/// Ends a transaction without keeping anything, if one is open. Gives whether the connection can be used again.
pub(super) fn rollback(connection: &Connection) -> bool {
    if connection.is_autocommit() {
        return true;
    }
    let ended = connection.prepare_cached("ROLLBACK").and_then(|mut rollback| rollback.execute([]));
    if let Err(error) = &ended {
        tracing::warn!(%error, "a transaction did not end; its connection is replaced");
    }
    ended.is_ok() && connection.is_autocommit()
}

/// Settles the ticket, and says why a job failed: it was called back, or a lock was not to be had, or its own error.
pub(super) fn settled(seat: &Seat<'_>, error: DbError) -> DbError {
    match seat.ticket.settle() {
        Err(why) if error.is_interrupt() || error.is_busy() => why.into(),
        _ => seat.opener.explained(error),
    }
}

/// What a panic said.
pub(super) fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}
