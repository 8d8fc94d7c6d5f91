//! What makes the configuration change: file events, a content poll as backstop, SIGHUP.
//!
//! The parent directory is watched, because editors rename, Kubernetes swaps symlinks and a watch on the file itself
//! would stay with the old inode. Events are debounced on the trailing edge: a reload at the first event would read
//! a half-written file and then miss the real one.

use std::{path::Path, sync::Arc, time::Duration};

use notify::{RecursiveMode, Watcher};
use tokio::{sync::mpsc, time::MissedTickBehavior};

use super::live::{Live, Reload};

/// Quiet time after the last event before the file is read.
const DEBOUNCE: Duration = Duration::from_millis(100);
/// How often the content is compared even without events: bind mounts and network file systems send none.
const POLL: Duration = Duration::from_secs(2);

/// Follows the file until the task is dropped. `hangups` yields one item per SIGHUP; `asked` hears when a look that was
/// asked for so begins (true), and when it is over.
pub async fn follow<F: Future<Output = ()>>(
    live: Arc<Live>,
    mut hangups: mpsc::Receiver<()>,
    asked: impl Fn(bool) -> F,
) {
    let (sender, mut events) = mpsc::channel::<()>(16);
    let _watcher = watch(&live, sender);
    let mut poll = tokio::time::interval(POLL);
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let is_asked = tokio::select! {
            Some(()) = events.recv() => {
                settle(&mut events).await;
                false
            }
            Some(()) = hangups.recv() => true,
            _ = poll.tick() => false,
        };
        if is_asked {
            asked(true).await;
        }
        look(&live, is_asked).await;
        if is_asked {
            asked(false).await;
        }
    }
}

/// Waits until no event has come for [`DEBOUNCE`].
async fn settle(events: &mut mpsc::Receiver<()>) {
    while let Ok(Some(())) = tokio::time::timeout(DEBOUNCE, events.recv()).await {}
}

async fn look(live: &Arc<Live>, asked: bool) {
    let looking = Arc::clone(live);
    let Ok(outcome) = tokio::task::spawn_blocking(move || looking.reload()).await else { return };
    let file = live.layers().source();
    match outcome {
        Reload::Unchanged if asked => tracing::info!(file, "configuration unchanged"),
        Reload::Unchanged => {}
        Reload::Changed(waiting) => {
            let generation = live.snapshot().generation;
            tracing::info!(file, generation, "configuration reloaded");
            if !waiting.is_empty() {
                tracing::warn!(keys = waiting.join(", "), "these changed keys take effect after a restart");
            }
        }
        Reload::Refused(faults) => {
            for fault in &faults.0 {
                tracing::error!(%fault, "configuration refused; the last good one stays in force");
            }
        }
    }
}

fn watch(live: &Live, sender: mpsc::Sender<()>) -> Option<notify::RecommendedWatcher> {
    let file = live.layers().file.clone()?;
    let directory = match file.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => Path::new(".").to_owned(),
    };
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let relevant = event.as_ref().is_ok_and(|event| !event.kind.is_access());
        if relevant {
            // A full channel already holds a wake-up.
            let _ = sender.try_send(());
        }
    })
    .map_err(|error| tracing::warn!(%error, "no file events; changes are found by polling"))
    .ok()?;
    watcher
        .watch(&directory, RecursiveMode::NonRecursive)
        .map_err(|error| tracing::warn!(%error, "no file events; changes are found by polling"))
        .ok()?;
    Some(watcher)
}
