//! What a handler may ask for: the request, the session, the databases.

use std::{sync::Arc, time::Duration};

use super::Unanswered;
use crate::{
    db::{DbError, Transaction},
    schema::version,
    session::{Session, Who, state::View, who::User},
    wire::Answer,
};

/// One request, as a handler sees it.
#[derive(Debug, Clone)]
pub struct Context {
    /// The raw query string, without the question mark; empty if there is none.
    pub query: String,
    /// Variables of the path, decoded, in pattern order.
    pub variables: Vec<(String, String)>,
    session: Arc<Session>,
    outage: Option<Duration>,
}

/// Who asks, once it is known that somebody is logged in.
#[derive(Debug)]
pub enum Login {
    /// This user.
    User(User),
    /// Nobody: the answer to give.
    Refused(Answer),
}

impl Context {
    /// The context of one request.
    #[must_use]
    pub fn new(
        query: String,
        variables: Vec<(String, String)>,
        session: Arc<Session>,
        outage: Option<Duration>,
    ) -> Self {
        Self { query, variables, session, outage }
    }

    /// What is known of the session.
    ///
    /// # Errors
    /// Legacy has been unreachable for too long.
    pub fn view(&self) -> Result<View, Unanswered> {
        Ok(self.session.view(self.outage)?)
    }

    /// The session.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The logged-in user, or the refusal that every endpoint behind the login gives.
    ///
    /// # Errors
    /// Who is logged in is not known.
    pub fn login(&self) -> Result<Login, Unanswered> {
        let view = self.view()?;
        if view.in_between {
            return Err(Unanswered::declined("who is logged in may be changing just now"));
        }
        match view.who {
            Who::User(user) => Ok(Login::User(user)),
            Who::Nobody => Ok(Login::Refused(Answer::not_logged_in())),
            Who::Unknown => Err(Unanswered::declined("who is logged in is not known")),
        }
    }

    /// Reads the user's database in one transaction, after checking that its schema is the one the handlers know.
    ///
    /// # Errors
    /// No key, another schema version, files let go of, or the read's own.
    pub async fn read_user<T, F>(&self, user: &User, read: F) -> Result<T, Unanswered>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, DbError> + Send + 'static,
    {
        let database = self.session.user_database(user).await?;
        let outcome = database.read(versioned(version::USER, read)).await;
        if let Err(error) = &outcome {
            self.session.note_failure(&user.name, error);
        }
        outcome?.ok_or_else(|| {
            Unanswered::declined(format!("the user database has another schema version than {}", version::USER))
        })
    }

    /// Reads global.db in one transaction, likewise.
    ///
    /// # Errors
    /// Another schema version, or the read's own.
    pub async fn read_global<T, F>(&self, read: F) -> Result<T, Unanswered>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, DbError> + Send + 'static,
    {
        let database = self.session.files.global().await?;
        database.read(versioned(version::GLOBAL, read)).await?.ok_or_else(|| {
            Unanswered::declined(format!("global.db has another schema version than {}", version::GLOBAL))
        })
    }
}

/// Runs a read only on the schema version it was written for; `None` on another.
fn versioned<T, F>(
    expected: i64,
    read: F,
) -> impl FnOnce(&Transaction<'_>) -> Result<Option<T>, DbError> + Send + 'static
where
    F: FnOnce(&Transaction<'_>) -> Result<T, DbError> + Send + 'static,
{
    move |transaction| {
        if version::of(transaction)? == Some(expected) { read(transaction).map(Some) } else { Ok(None) }
    }
}
