//! The current snapshot, swapped atomically; a bad file keeps the last good one.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::SystemTime,
};

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use tokio::sync::watch;

use super::{
    overrides::Overrides,
    snapshot::{Snapshot, hash_of},
};
use crate::config::{Declared, Fault, Faults, Layers};

/// What became of a look at the file.
#[derive(Debug)]
pub enum Reload {
    /// The text is what it was.
    Unchanged,
    /// A new snapshot is in force; these changed keys wait for a restart.
    Changed(Vec<String>),
    /// The last good snapshot stays in force.
    Refused(Faults),
}

/// Why the last reload was refused.
#[derive(Debug, Clone)]
pub struct Refused {
    /// When.
    pub at: SystemTime,
    /// Every fault.
    pub faults: Vec<String>,
    hash: [u8; 32],
}

/// The configuration in force.
#[derive(Debug)]
pub struct Live {
    current: ArcSwap<Snapshot>,
    layers: Layers,
    catalog: Vec<Declared>,
    refused: Mutex<Option<Refused>>,
    killed: AtomicBool,
    /// Where routes are that were moved. Held while a snapshot is swapped, so that none is lost.
    overrides: Mutex<Overrides>,
    loads: watch::Sender<u64>,
}

impl Live {
    /// Loads the first snapshot.
    ///
    /// # Errors
    /// Every fault; a bridge does not start on a bad configuration.
    pub fn start(layers: Layers, catalog: Vec<Declared>) -> Result<Self, Faults> {
        let first = Snapshot::load(&layers, &catalog, 1)?;
        Ok(Self {
            current: ArcSwap::from_pointee(first),
            layers,
            catalog,
            refused: Mutex::new(None),
            killed: AtomicBool::new(false),
            overrides: Mutex::default(),
            loads: watch::Sender::new(1),
        })
    }

    /// The snapshot in force. One request takes it once and keeps it.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// Where the configuration comes from.
    #[must_use]
    pub fn layers(&self) -> &Layers {
        &self.layers
    }

    /// Why the file on disk is not in force, if it is not.
    #[must_use]
    pub fn refused(&self) -> Option<Refused> {
        self.refused.lock().clone()
    }

    /// Moves routes: what is true of the next request when this returns. Requests under way keep what they began with.
    pub fn move_routes(&self, change: impl FnOnce(&mut Overrides)) {
        let mut overrides = self.overrides.lock();
        change(&mut overrides);
        self.current.store(Arc::new(self.current.load().over(&overrides)));
    }

    /// The generation in force, told anew whenever a configuration is loaded.
    #[must_use]
    pub fn loads(&self) -> watch::Receiver<u64> {
        self.loads.subscribe()
    }

    /// Engages or releases the kill switch that signals and the admin API work.
    pub fn kill(&self, engaged: bool) {
        self.killed.store(engaged, Ordering::SeqCst);
    }

    /// Whether the kill switch is engaged, by signal, admin API or configuration.
    #[must_use]
    pub fn killed(&self, snapshot: &Snapshot) -> bool {
        snapshot.config.flags.kill_switch || self.killed.load(Ordering::SeqCst)
    }

    /// Looks at the file again: validates all of it, then swaps, or keeps what is in force. Blocking file I/O.
    pub fn reload(&self) -> Reload {
        let text = match self.layers.read_file() {
            Ok(text) => text,
            Err(fault) => return self.refuse(Faults(vec![fault]), [0xff; 32]),
        };
        let before = self.snapshot();
        if text.is_none() && before.hash != [0; 32] {
            // A file that vanishes after the start is an accident, not an empty configuration.
            let fault = Fault::plain(self.layers.source(), "is gone; the last good configuration stays in force");
            return self.refuse(Faults(vec![fault]), [0xfe; 32]);
        }
        let hash = hash_of(text.as_deref());
        if hash == before.hash {
            *self.refused.lock() = None;
            return Reload::Unchanged;
        }
        match Snapshot::from_text(&self.layers, text.as_deref(), &self.catalog, before.generation + 1) {
            Ok(snapshot) => {
                let waiting = needing_restart(&before, &snapshot);
                let generation = snapshot.generation;
                {
                    let overrides = self.overrides.lock();
                    self.current.store(Arc::new(snapshot.over(&overrides)));
                }
                *self.refused.lock() = None;
                self.loads.send_replace(generation);
                Reload::Changed(waiting)
            }
            Err(faults) => self.refuse(faults, hash),
        }
    }

    fn refuse(&self, faults: Faults, hash: [u8; 32]) -> Reload {
        let mut refused = self.refused.lock();
        if refused.as_ref().is_some_and(|known| known.hash == hash) {
            return Reload::Unchanged;
        }
        let shown = faults.0.iter().map(ToString::to_string).collect();
        *refused = Some(Refused { at: SystemTime::now(), faults: shown, hash });
        Reload::Refused(faults)
    }
}

/// Keys that are read once at the start and differ now.
fn needing_restart(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    let both = before.fixed.iter().zip(after.fixed.iter());
    both.filter(|(old, new)| old != new).map(|(_, (key, _))| key.clone()).collect()
}
