//! The rollout: what was seen of each route, and where it goes by that.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Instant, SystemTime},
};

use parking_lot::{Mutex, RwLock};
use tokio::sync::broadcast;

use super::{
    appender::Appender,
    breaker::Breaker,
    entry::{Action, Cause, Entry, Who},
    evidence::Evidence,
    journal::Journal,
    keeping::{Done, Keeper, Pending},
    state::State,
};
use crate::{
    config::Position,
    files::{self, Claim, Unclaimed},
    parity,
    routes::{Live, Route},
};

/// Changes that a slow reader may be behind.
const BEHIND: usize = 256;

/// Where what was changed is kept.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The state; none: in memory.
    pub state: Option<PathBuf>,
    /// The journal; none: in memory.
    pub journal: Option<PathBuf>,
    /// Bytes of the journal's file, beyond which another one is begun.
    pub max_journal: Option<u64>,
}

/// The rollout.
#[derive(Debug)]
pub struct Rollout {
    pub(super) live: Arc<Live>,
    tracked: RwLock<HashMap<String, Arc<Tracked>>>,
    pub(super) inner: Mutex<Inner>,
    pub(super) pending: Arc<Pending>,
    changes: broadcast::Sender<Arc<Entry>>,
    /// Where evidence is kept over a restart.
    pub(super) store: parity::evidence::Evidence,
    pub(super) places: Places,
    troubles: Mutex<Vec<Trouble>>,
    faults: AtomicU64,
    pub(super) rollbacks: Mutex<BTreeMap<(String, &'static str), u64>>,
}

/// What changes together.
#[derive(Debug, Default)]
pub(super) struct Inner {
    pub(super) state: State,
    pub(super) journal: Journal,
    /// What the configuration said of each route when it was last looked at.
    pub(super) configured: HashMap<String, Configured>,
    /// And of the kill switch.
    pub(super) configured_kill: bool,
}

/// What the configuration says of a route.
#[derive(Debug, Clone, Copy)]
pub(super) struct Configured {
    pub(super) position: Position,
    /// Whether it goes up a ladder by itself.
    pub(super) climbs: bool,
}

/// One route.
#[derive(Debug)]
pub(super) struct Tracked {
    pub(super) evidence: Mutex<Evidence>,
    pub(super) breaker: Mutex<Breaker>,
}

/// Something that a person should know of the rollout itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// `state` or `journal`.
    pub kind: &'static str,
    /// What.
    pub text: String,
    /// What to do.
    pub remedy: &'static str,
    /// Whether it is that something is not written down, which may pass.
    owing: bool,
}

impl Rollout {
    /// Reads what was kept, and puts it in force. Nothing that is wrong with it keeps a bridge from starting. Blocking.
    #[must_use]
    pub fn open(live: Arc<Live>, places: Places, store: parity::evidence::Evidence) -> (Arc<Self>, Keeper) {
        Self::opened(live, places, store, true)
    }

    /// One that keeps nothing, for what has no rollout: a recorder, a replay.
    #[must_use]
    pub fn idle(live: Arc<Live>, store: parity::evidence::Evidence) -> Arc<Self> {
        Self::opened(live, Places::default(), store, false).0
    }

    fn opened(
        live: Arc<Live>,
        places: Places,
        store: parity::evidence::Evidence,
        is_kept: bool,
    ) -> (Arc<Self>, Keeper) {
        let mut troubles = Vec::new();
        let pending = Arc::new(Pending::new(is_kept));
        let mut keeper = Keeper { pending: Arc::clone(&pending), state: None, journal: None };
        let state = places.state.as_deref().map_or_else(State::default, |path| {
            let claim = claim(path, &mut troubles);
            let state = read_state(path, claim.is_some(), &mut troubles);
            keeper.state = claim.map(|claim| (path.to_owned(), claim));
            state
        });
        let mine = places.state.is_none() || keeper.state.is_some();
        let journal = places.journal.as_deref().map_or_else(Journal::default, |path| {
            // One bridge writes both, or neither.
            let claim = mine.then(|| claim(path, &mut troubles)).flatten();
            keeper.journal = claim.map(|claim| Appender::new(path.to_owned(), claim, places.max_journal));
            let read = Journal::read(path).inspect_err(|error| {
                let text = format!("the journal {} can not be read: {error}", path.display());
                trouble(&mut troubles, "journal", text, "make the file readable, or move it away to begin a new one");
            });
            read.unwrap_or_default()
        });
        if journal.unreadable > 0 {
            tracing::warn!(
                lines = journal.unreadable,
                "lines of the journal are no entries; they are left as they are"
            );
        }
        if state.killed.is_some() {
            live.kill(true);
            tracing::warn!(
                "the kill switch is engaged, as it was when the last bridge stopped: every request goes to legacy"
            );
        }
        let overrides = state.overrides();
        live.move_routes(|moved| *moved = overrides);
        let inner = Inner { state, journal, ..Inner::default() };
        let rollout = Arc::new(Self {
            live,
            tracked: RwLock::default(),
            inner: Mutex::new(inner),
            pending,
            changes: broadcast::Sender::new(BEHIND),
            store,
            places,
            troubles: Mutex::new(troubles),
            faults: AtomicU64::new(0),
            rollbacks: Mutex::default(),
        });
        rollout.began();
        (rollout, keeper)
    }

    /// What was changed while running.
    #[must_use]
    pub fn state(&self) -> State {
        self.inner.lock().state.clone()
    }

    /// Changes as they happen.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<Arc<Entry>> {
        self.changes.subscribe()
    }

    /// Rollbacks since the start, by route and guardrail.
    #[must_use]
    pub fn rollbacks(&self) -> BTreeMap<(String, &'static str), u64> {
        self.rollbacks.lock().clone()
    }

    /// Times that what was changed could not be written down.
    #[must_use]
    pub fn faults(&self) -> u64 {
        self.faults.load(Ordering::Relaxed)
    }

    /// What a person should know.
    #[must_use]
    pub fn troubles(&self) -> Vec<Trouble> {
        self.troubles.lock().clone()
    }

    /// A route, tracked from now on if it was not.
    pub(super) fn tracked(&self, route: &Route) -> Arc<Tracked> {
        if let Some(tracked) = self.tracked.read().get(&route.name) {
            return Arc::clone(tracked);
        }
        // Not the request's own, which may be of yesterday.
        let snapshot = self.live.snapshot();
        let position = snapshot.table.find(&route.name).map_or(route.position(), |route| route.position());
        let fresh = || {
            let now = Instant::now();
            let kept = self.store.kept_rollout(&route.name);
            let resumed = kept.and_then(|kept| Evidence::resumed(&kept, position, &route.guardrails, now));
            let evidence = resumed.unwrap_or_else(|| Evidence::new(position, &route.guardrails, now));
            Arc::new(Tracked { evidence: Mutex::new(evidence), breaker: Mutex::default() })
        };
        Arc::clone(self.tracked.write().entry(route.name.clone()).or_insert_with(fresh))
    }

    /// A route, if it is tracked.
    pub(super) fn known(&self, name: &str) -> Option<Arc<Tracked>> {
        self.tracked.read().get(name).cloned()
    }

    /// Those that are tracked, with their names.
    pub(super) fn all_tracked(&self) -> Vec<(String, Arc<Tracked>)> {
        self.tracked.read().iter().map(|(name, tracked)| (name.clone(), Arc::clone(tracked))).collect()
    }

    /// Notes a change: in memory, for whoever listens, and to be written down. It is in force already.
    pub(super) fn note(&self, inner: &mut Inner, draft: Draft, done: Option<Done>) -> Arc<Entry> {
        let Draft { by, action, route, old, new, reason, why, evidence } = draft;
        let (id, at) = (inner.journal.next(), SystemTime::now());
        let entry = Arc::new(Entry { id, at, by, action, route, old, new, reason, why, evidence });
        inner.journal.note(Arc::clone(&entry));
        let shown = |position: Option<Position>| position.map(|position| position.to_string());
        if entry.action == Action::Configure {
            // routes.toml says so already.
            tracing::debug!(id, route = entry.route, why = entry.why, "configured");
        } else {
            tracing::info!(
                id, by = ?entry.by.kind, action = ?entry.action, route = entry.route, old = shown(entry.old),
                new = shown(entry.new), reason = entry.reason.as_str(), why = entry.why, "changed"
            );
        }
        // Perhaps nobody listens.
        let _ = self.changes.send(Arc::clone(&entry));
        self.pending.add(Arc::clone(&entry), done);
        entry
    }

    /// Whether what was changed is not written down.
    pub(super) fn is_owing(&self) -> bool {
        self.troubles.lock().iter().any(|trouble| trouble.owing)
    }

    /// What came of writing: what went wrong, if something did.
    pub fn kept(&self, fault: Option<String>) {
        let mut troubles = self.troubles.lock();
        let was = troubles.iter().any(|trouble| trouble.owing);
        troubles.retain(|trouble| !trouble.owing);
        if let Some(text) = fault {
            self.faults.fetch_add(1, Ordering::Relaxed);
            if !was {
                tracing::error!(text, "what was changed is not written down");
            }
            let remedy = "make room on the disk, or mend the permissions; it is tried again every few seconds";
            troubles.push(Trouble { kind: "state", text, remedy, owing: true });
        }
    }
}

/// A change, before it has a number.
pub(super) struct Draft {
    pub(super) by: Who,
    pub(super) action: Action,
    pub(super) route: Option<String>,
    pub(super) old: Option<Position>,
    pub(super) new: Option<Position>,
    pub(super) reason: Cause,
    pub(super) why: String,
    pub(super) evidence: Option<serde_json::Value>,
}

fn trouble(troubles: &mut Vec<Trouble>, kind: &'static str, text: String, remedy: &'static str) {
    tracing::warn!("{text}; {remedy}");
    troubles.push(Trouble { kind, text, remedy, owing: false });
}

fn claim(path: &std::path::Path, troubles: &mut Vec<Trouble>) -> Option<Claim> {
    let shown = path.display();
    // One file has one lock, whatever it is called.
    match Claim::take(&path.canonicalize().unwrap_or_else(|_| path.to_owned())) {
        Ok(claim) => return Some(claim),
        Err(Unclaimed::Taken) => {
            let text = format!("another bridge writes {shown}; what is changed here is in memory, and lost at the end");
            trouble(
                troubles,
                "state",
                text,
                "stop the other bridge, or give this one a rollout.state and a rollout.journal of its own",
            );
        }
        Err(Unclaimed::Failed(error)) => {
            let text =
                format!("{shown} can not be written ({error}); what is changed is in memory, and lost at the end");
            trouble(
                troubles,
                "state",
                text,
                "make its directory writable, or name another file by rollout.state or rollout.journal",
            );
        }
    }
    None
}

fn read_state(path: &std::path::Path, mine: bool, troubles: &mut Vec<Trouble>) -> State {
    let why = match State::read(path) {
        Ok(state) => return state,
        Err(why) => why,
    };
    let what = match mine.then(|| files::set_aside(path)) {
        Some(Ok(aside)) => format!("it was set aside as {}", aside.display()),
        Some(Err(error)) => format!("it can not be set aside ({error})"),
        None => "it is left as it is".to_owned(),
    };
    let text = format!("{} can not be used ({why}); {what}, and routes are where routes.toml has them", path.display());
    trouble(troubles, "state", text, "look at the routes, and move those again that were further");
    State::default()
}
