//! What a handler is: a name, a route, what it needs, a function from a request to an answer.

use std::{fmt, future::Future, pin::Pin};

use super::{Context, Stop};
use crate::{
    config::{Access, Cache, Declared},
    schema::needs::{Database, Needs, Tables},
    wire::Answer,
};

/// What a handler gives: an answer, or the reason why legacy should answer.
pub type Outcome = Result<Answer, Stop>;

/// A handler's future.
pub type Answering = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// A native endpoint.
#[derive(Clone, Copy)]
pub struct Handler {
    /// Name, route and access.
    pub declared: Declared,
    /// What it reads of the databases.
    pub needs: Needs,
    /// The tables it changes.
    pub changes: &'static [(Database, &'static str)],
    /// Whether it is a long read: those get no more than their share of the readers.
    pub is_long: bool,
    /// The function.
    pub run: fn(Context) -> Answering,
}

impl Handler {
    /// An endpoint that changes nothing.
    #[must_use]
    pub const fn reads(name: &'static str, route: &'static str, run: fn(Context) -> Answering) -> Self {
        Self::new(name, route, Access::Reads, run)
    }

    /// An endpoint that writes. It says what it changes with [`Handler::changes`].
    #[must_use]
    pub const fn writes(name: &'static str, route: &'static str, run: fn(Context) -> Answering) -> Self {
        Self::new(name, route, Access::Writes, run)
    }

    const fn new(name: &'static str, route: &'static str, access: Access, run: fn(Context) -> Answering) -> Self {
        Self {
            declared: Declared { name, route, access, stale: &[] },
            needs: Needs::NOTHING,
            changes: &[],
            is_long: false,
            run,
        }
    }

    /// It is a long read, as a search or a large list.
    #[must_use]
    pub const fn long(self) -> Self {
        Self { is_long: true, ..self }
    }

    /// It changes these tables. Tables that go along by a foreign key are named too.
    #[must_use]
    pub const fn changes(self, changes: &'static [(Database, &'static str)]) -> Self {
        Self { changes, ..self }
    }

    /// These caches of legacy's are stale after it: it runs only while something tells legacy.
    #[must_use]
    pub const fn leaves_stale(self, stale: &'static [Cache]) -> Self {
        Self { declared: Declared { stale, ..self.declared }, ..self }
    }

    /// It reads these tables of the user's database, each given as `tags(name, description)`.
    #[must_use]
    pub const fn needs_user(self, tables: Tables) -> Self {
        Self { needs: Needs { user: tables, ..self.needs }, ..self }
    }

    /// It reads these tables of the user's transient database.
    #[must_use]
    pub const fn needs_transient(self, tables: Tables) -> Self {
        Self { needs: Needs { transient: tables, ..self.needs }, ..self }
    }

    /// It reads these tables of global.db.
    #[must_use]
    pub const fn needs_global(self, tables: Tables) -> Self {
        Self { needs: Needs { global: tables, ..self.needs }, ..self }
    }
}

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.declared.fmt(f)
    }
}
