//! Background tasks, which stop and may begin again.

use std::sync::Arc;

use tokio::{sync::watch, task::JoinHandle};

use crate::{
    dispatch::{Bridge, background},
    tasks::schedule::SystemClock,
};

/// Legacy's background tasks that are done here.
#[derive(Debug)]
pub(in crate::server) struct Chores {
    bridge: Arc<Bridge>,
    running: Option<(watch::Sender<bool>, JoinHandle<()>)>,
}

impl Chores {
    /// They begin.
    pub(in crate::server) fn begin(bridge: &Arc<Bridge>) -> Self {
        let mut chores = Self { bridge: Arc::clone(bridge), running: None };
        chores.go_on();
        chores
    }

    /// They begin again, if they were stopped.
    pub(super) fn go_on(&mut self) {
        if self.running.is_none() {
            let (stop, stopping) = watch::channel(false);
            let running = background::run(Arc::clone(&self.bridge), SystemClock, stopping);
            self.running = Some((stop, tokio::spawn(running)));
        }
    }

    /// They stop: what runs is ended, and legacy told that they are its own again.
    ///
    /// Cancellation: what is left of it is done by nobody.
    pub(in crate::server) async fn stop(&mut self) {
        if let Some((stop, running)) = self.running.take() {
            let _ = stop.send(true);
            let _ = running.await;
        }
    }
}
