//! What a handler is: a name, a route, what it needs, a function from a request to an answer.

use std::{fmt, future::Future, pin::Pin};

use super::{Context, Stop};
use crate::{
    config::{Access, Declared},
    schema::needs::{Needs, Tables},
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
    /// The function.
    pub run: fn(Context) -> Answering,
}

impl Handler {
    /// An endpoint that changes nothing.
    #[must_use]
    pub const fn reads(name: &'static str, route: &'static str, run: fn(Context) -> Answering) -> Self {
        Self { declared: Declared { name, route, access: Access::Reads }, needs: Needs::NOTHING, run }
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
