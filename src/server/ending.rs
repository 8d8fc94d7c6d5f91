//! The end of the bridge, once the last connection is drained: each part is given what is left for it, in an order in which
//! nobody is told anything after it has gone.

use std::{sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
    time::timeout,
};

use super::handover::{Chores, Left};
use crate::dispatch::Bridge;

/// Longest wait for each of those who are given what is left.
pub(super) const LAST_WORDS: Duration = Duration::from_secs(2);
/// Longest wait for what this process's websocket clients did not get, when another one goes on.
const LEFT: Duration = Duration::from_secs(6);

/// What ends.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) bridge: Arc<Bridge>,
    /// The way to the process that goes on.
    pub(super) left: Arc<Mutex<Option<Left>>>,
    pub(super) notifying: JoinHandle<()>,
    /// Has the admin listener end.
    pub(super) through: watch::Sender<bool>,
    pub(super) admin: JoinHandle<()>,
    pub(super) giving: JoinHandle<Chores>,
    /// Has the Unix socket end.
    pub(super) last: watch::Sender<bool>,
    pub(super) compat: Option<JoinHandle<()>>,
    /// What just ends.
    pub(super) others: Vec<JoinHandle<()>>,
    /// Has the rollout's files be written a last time.
    pub(super) written: oneshot::Sender<()>,
    pub(super) keeping: JoinHandle<()>,
}

impl Ending {
    /// Ends all of it.
    pub(super) async fn end(mut self) {
        let bridge = self.bridge;
        let left = self.left.lock().take();
        if let Some(left) = left {
            let _ = timeout(LEFT, &mut self.notifying).await;
            let entries = bridge.notifier.take_kept().entries.into_iter().map(|kept| kept.entry).collect();
            let _ = tokio::task::spawn_blocking(move || left.keep(entries)).await;
        }
        bridge.notifier.warn_of_what_is_lost();
        let _ = self.through.send(true);
        // Recordings end with the last request; their readers are given what is left.
        let _ = timeout(LAST_WORDS, &mut self.admin).await;
        // Before the package is let go of: it hears what is legacy's again.
        match timeout(LAST_WORDS, &mut self.giving).await {
            Ok(Ok(mut chores)) => drop(timeout(LAST_WORDS, chores.stop()).await),
            // A process that it has started ends with it.
            _ => self.giving.abort(),
        }
        let _ = self.last.send(true);
        bridge.attachment.part();
        if let Some(mut compat) = self.compat
            && timeout(LAST_WORDS, &mut compat).await.is_err()
        {
            compat.abort();
            // What it holds (a socket's file) goes with it.
            let _ = compat.await;
        }
        bridge.tasks.clear("", LAST_WORDS).await;
        bridge.session.files.close().await;
        self.admin.abort();
        self.notifying.abort();
        for task in self.others {
            task.abort();
            let _ = task.await;
        }
        bridge.rollout().keep_evidence();
        drop(self.written);
        let _ = self.keeping.await;
        bridge.comparer.evidence.close().await;
    }
}
