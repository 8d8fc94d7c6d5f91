//! Whether something was written while the two sides were asked. Both would be right then, each at its moment.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::task::JoinHandle;

use crate::{
    handlers::Handler,
    schema::needs::Database as Which,
    session::{Session, Who},
};

/// Requests that may write, as they pass through the bridge.
#[derive(Debug, Default)]
pub struct Writes {
    begun: AtomicU64,
    running: AtomicU64,
}

/// One of them, until it is answered.
#[derive(Debug)]
pub struct Writing(Arc<Writes>);

impl Writes {
    /// One begins.
    #[must_use]
    pub fn begin(self: &Arc<Self>) -> Writing {
        // Running first: whoever sees the count changed sees it run, or knows that it did.
        self.running.fetch_add(1, Ordering::SeqCst);
        self.begun.fetch_add(1, Ordering::SeqCst);
        Writing(Arc::clone(self))
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The time from before the first side is asked until after the last one has answered.
#[derive(Debug)]
pub struct Window {
    writes: Arc<Writes>,
    begun: u64,
    running: bool,
    versions: JoinHandle<Versions>,
    session: Arc<Session>,
    handler: &'static Handler,
}

/// The data versions of the databases that a handler reads; none of one that is not open.
type Versions = [Option<i64>; 3];

impl Window {
    /// Opens a window. The databases are asked beside what follows, which does not wait for them.
    #[must_use]
    pub fn open(writes: &Arc<Writes>, session: &Arc<Session>, handler: &'static Handler) -> Self {
        let begun = writes.begun.load(Ordering::SeqCst);
        let running = writes.running.load(Ordering::SeqCst) > 0;
        let versions = tokio::spawn(versions(Arc::clone(session), handler));
        Self { writes: Arc::clone(writes), begun, running, versions, session: Arc::clone(session), handler }
    }

    /// Closes it: whether anything was written meanwhile, through the bridge or by whomever.
    pub async fn dirty(self) -> bool {
        let after = versions(self.session, self.handler).await;
        let before = self.versions.await.unwrap_or_default();
        self.running || self.writes.begun.load(Ordering::SeqCst) != self.begun || before != after
    }
}

async fn versions(session: Arc<Session>, handler: &'static Handler) -> Versions {
    let needs = |which| !handler.needs.tables(which).is_empty();
    let user = match session.view(None).map(|view| view.who) {
        Ok(Who::User(user)) => Some(user),
        _ => None,
    };
    let mut versions = Versions::default();
    for (version, which) in versions.iter_mut().zip(Which::ALL).filter(|(_, which)| needs(*which)) {
        let database = match (which, &user) {
            (Which::User, Some(user)) => session.user_database(user).await,
            (Which::Transient, Some(user)) => session.transient_database(user).await,
            (Which::Global, _) => session.files.global().await,
            _ => continue,
        };
        if let Ok(database) = database {
            *version = database.data_version().await.ok();
        }
    }
    versions
}
