//! What a job finds on its thread: a connection, and what goes with it.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use rusqlite::Connection;

use super::{
    Access, DbError, Options, RawKey,
    memory::Memory,
    metrics::{Meter, Role},
    open, patience,
    registry::{self, Identity},
    ticket::{Interrupter, Ticket},
    wal,
};

/// How a database's connections are opened, and what holds for their jobs.
pub(super) struct Opener {
    pub(super) path: PathBuf,
    pub(super) key: Option<RawKey>,
    pub(super) identity: Option<Identity>,
    pub(super) options: Options,
}

impl Opener {
    pub(super) fn open(&self, role: Role) -> Result<Connection, DbError> {
        match role {
            Role::Read => open::read_only(&self.path, self.key.as_ref()),
            Role::Write => {
                let connection = open::read_write(&self.path, self.key.as_ref())?;
                wal::set_up(&connection, self.options.checkpoints)
                    .map_err(|source| DbError::sqlite("limiting the log", &self.path, source))?;
                Ok(connection)
            }
        }
    }

    /// Names an error of a job: a BUSY says how long was waited and who may hold the lock, and a file that cannot be
    /// deciphered any more was rekeyed.
    pub(super) fn explained(&self, error: DbError) -> DbError {
        match patience::explained(error, &self.path) {
            DbError::NotADatabase(path) if self.key.is_some() => DbError::WrongKey(path),
            error => error,
        }
    }

    /// Has a journal that a crash left rolled back before a read, which could not do it. Databases in WAL mode have
    /// none; of others, one look says whether there is one.
    pub(super) fn recover(&self) -> Result<(), DbError> {
        if self.options.access == Access::ReadOnly || !wal::journal_of(&self.path).exists() {
            return Ok(());
        }
        // Opening reads, and that rolls back. A journal of a write that goes on is left alone.
        self.open(Role::Write).map(drop)
    }

    /// Whether the path still leads to the file that is open.
    pub(super) fn check_file(&self) -> Result<(), DbError> {
        if registry::identity(&self.path).ok() == Some(self.identity) {
            Ok(())
        } else {
            Err(DbError::Replaced(self.path.clone()))
        }
    }
}

/// What a job finds on its thread.
pub(super) struct Seat<'a> {
    pub(super) connection: &'a Connection,
    pub(super) memory: &'a Memory,
    pub(super) interrupter: &'a Interrupter,
    /// Opens for a commit of the driver's, and for no other.
    pub(super) gate: &'a AtomicBool,
    pub(super) ticket: &'a Arc<Ticket>,
    pub(super) opener: &'a Opener,
    pub(super) meter: &'a Arc<Meter>,
}

/// A thread's open connection.
pub(super) struct Open {
    pub(super) connection: Connection,
    memory: Memory,
    pub(super) interrupter: Arc<Interrupter>,
    gate: Arc<AtomicBool>,
}

impl Open {
    pub(super) fn new(connection: Connection) -> Result<Self, DbError> {
        let failed = |source| DbError::Sqlite { doing: "setting hooks", source };
        let interrupter = Interrupter::of(&connection).map_err(failed)?;
        let gate = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&gate);
        // A job that goes on after SQLite has rolled its transaction back would commit each statement by itself, and a
        // COMMIT inside a job would commit half of it: neither gets through.
        connection.commit_hook(Some(move || !asked.load(Ordering::Relaxed))).map_err(failed)?;
        Ok(Self { connection, memory: Memory::default(), interrupter, gate })
    }

    /// What a job finds here.
    pub(super) fn seat<'a>(&'a self, ticket: &'a Arc<Ticket>, opener: &'a Opener, meter: &'a Arc<Meter>) -> Seat<'a> {
        let Self { connection, memory, interrupter, gate } = self;
        Seat { connection, memory, interrupter, gate, ticket, opener, meter }
    }
}
