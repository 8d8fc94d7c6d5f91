//! What a handler is: a name, a route, what it needs, a function from a request to an answer.

use std::{collections::BTreeSet, fmt, future::Future, pin::Pin};

use super::{Context, Stop};
use crate::{
    config::{Access, Cache, Declared},
    schema::needs::{Database, Needs, Tables},
    wire::{Answer, Gives, Location, validate::Schema},
};

/// What a handler gives: an answer, or the reason why legacy should answer.
pub type Outcome = Result<Answer, Stop>;

/// A handler's future.
pub type Answering = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// The arguments of a handler.
#[derive(Debug, Clone, Copy)]
pub struct Takes {
    /// What they have to be.
    pub schema: &'static Schema,
    /// Where they are.
    pub location: Location,
}

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
    /// The arguments that it takes, if it looks at any.
    pub takes: Option<Takes>,
    /// The statuses that it refuses with, beside those that all do.
    pub refuses: &'static [u16],
    /// What the result of a success is; none of a handler that never succeeds.
    pub gives: Option<Gives>,
    /// The function.
    run: fn(Context) -> Answering,
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
            takes: None,
            refuses: &[],
            gives: None,
            run,
        }
    }

    /// It is a long read, as a search or a large list.
    #[must_use]
    pub const fn long(self) -> Self {
        Self { is_long: true, ..self }
    }

    /// It takes these arguments, and has no others: [`Context::arguments`] reads what is said here.
    #[must_use]
    pub const fn takes(self, schema: &'static Schema, location: Location) -> Self {
        Self { takes: Some(Takes { schema, location }), ..self }
    }

    /// It refuses with these statuses, beside those of [`Handler::statuses`].
    #[must_use]
    pub const fn refuses(self, refuses: &'static [u16]) -> Self {
        Self { refuses, ..self }
    }

    /// What the result of a success is.
    #[must_use]
    pub const fn gives(self, gives: Gives) -> Self {
        Self { gives: Some(gives), ..self }
    }

    /// Every status that it answers with: success, unless it gives nothing; legacy's 500 for whatever it does not catch;
    /// 400 for wrong arguments; and what it says itself that it refuses with.
    #[must_use]
    pub fn statuses(&self) -> BTreeSet<u16> {
        let success = self.gives.map(|_| 200);
        let wrong = self.takes.map(|_| 400);
        [500].into_iter().chain(success).chain(wrong).chain(self.refuses.iter().copied()).collect()
    }

    /// Answers a request.
    #[must_use]
    pub fn answer(&self, context: Context) -> Answering {
        let running = (self.run)(context.of(*self));
        #[cfg(debug_assertions)]
        let running = super::declared::held(*self, running);
        running
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
