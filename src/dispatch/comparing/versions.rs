//! The data versions of the databases, asked once for all comparisons of the same few milliseconds: each question wakes two
//! threads, and was more than half of what a comparison cost.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use parking_lot::Mutex;

use crate::{
    handlers::Handler,
    schema::needs::Database as Which,
    session::{Session, Who},
};

/// The data versions of the databases that a handler reads; none of one that is not open.
pub(super) type Versions = [Option<i64>; 3];

/// One reading of them, for all who wait for it.
pub(super) type Reading = Shared<BoxFuture<'static, Versions>>;

/// Counts readings that failed.
static UNREAD: AtomicI64 = AtomicI64::new(1);

/// How long one reading serves.
const SHARED_FOR: Duration = Duration::from_millis(10);

/// The latest readings, by which of the databases are asked.
#[derive(Debug, Default)]
pub struct Readings([Arc<Slot>; 8]);

#[derive(Debug, Default)]
struct Slot {
    /// The latest that has begun.
    begun: Mutex<Option<Begun>>,
    /// One that has not begun yet, and will soon.
    coming: Mutex<Option<Reading>>,
}

#[derive(Debug)]
struct Begun {
    at: Instant,
    /// Writes through the bridge that had begun by then: a login among them changes which databases are meant.
    writes: u64,
    reading: Reading,
}

impl Readings {
    /// For a window that opens now: the latest reading if it is recent, or one that begins now. An earlier one misses
    /// nothing: at most a comparison is dirty that was not, if somebody wrote just before it. None for a handler without
    /// databases.
    pub(super) fn before(&self, writes: u64, session: &Arc<Session>, handler: &'static Handler) -> Option<Reading> {
        let mut begun = self.slot(handler)?.begun.lock();
        let recent = |begun: &&Begun| begun.writes == writes && begun.at.elapsed() < SHARED_FOR;
        if let Some(begun) = begun.as_ref().filter(recent) {
            return Some(begun.reading.clone());
        }
        let reading = going_on(versions(Arc::clone(session), handler));
        *begun = Some(Begun { at: Instant::now(), writes, reading: reading.clone() });
        Some(reading)
    }

    /// For a window that closes now: a reading that begins soon, for all that close until then.
    pub(super) async fn after(&self, session: &Arc<Session>, handler: &'static Handler) -> Versions {
        let Some(slot) = self.slot(handler) else { return Versions::default() };
        let reading = {
            let mut coming = slot.coming.lock();
            let begin = || {
                let (slot, session) = (Arc::clone(slot), Arc::clone(session));
                going_on(async move {
                    tokio::time::sleep(SHARED_FOR).await;
                    // Who comes from here on was not seen by this one any more.
                    *slot.coming.lock() = None;
                    versions(session, handler).await
                })
            };
            coming.get_or_insert_with(begin).clone()
        };
        reading.await
    }

    fn slot(&self, handler: &Handler) -> Option<&Arc<Slot>> {
        let asked = Which::ALL.iter().enumerate().filter(|(_, which)| needs(handler, **which));
        match asked.fold(0, |asked, (number, _)| asked | 1 << number) {
            0 => None,
            asked => self.0.get(asked),
        }
    }
}

/// It goes on by itself, and nobody who waits for an answer waits for it.
fn going_on(reading: impl Future<Output = Versions> + Send + 'static) -> Reading {
    let task = tokio::spawn(reading);
    async move { task.await.unwrap_or_default() }.boxed().shared()
}

fn needs(handler: &Handler, which: Which) -> bool {
    !handler.needs.tables(which).is_empty()
}

async fn versions(session: Arc<Session>, handler: &'static Handler) -> Versions {
    let user = match session.view(None).map(|view| view.who) {
        Ok(Who::User(user)) => Some(user),
        _ => None,
    };
    let mut versions = Versions::default();
    for (version, which) in versions.iter_mut().zip(Which::ALL).filter(|(_, which)| needs(handler, *which)) {
        let database = match (which, &user) {
            (Which::User, Some(user)) => session.user_database(user).await,
            (Which::Transient, Some(user)) => session.transient_database(user).await,
            (Which::Global, _) => session.files.global().await,
            _ => continue,
        };
        if let Ok(database) = database {
            // One that can not be read is equal to none: nobody looked.
            *version = Some(database.data_version().await.unwrap_or_else(|_| -UNREAD.fetch_add(1, Ordering::Relaxed)));
        }
    }
    versions
}
