//! What the process is told by signals.

use std::{
    io,
    sync::{Arc, atomic::Ordering},
};

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::{mpsc, watch},
    time::timeout,
};

use super::supervisor::Supervisor;
use crate::{
    dispatch::Bridge,
    rollout::{Actor, Who},
};

/// The signals. SIGHUP reloads and opens the access log anew, SIGUSR1 engages the kill switch, SIGUSR2 releases it, SIGTERM
/// and SIGINT stop. The switch is two signals and no toggle, so that sending one twice in a panic does what once does.
#[derive(Debug)]
pub(super) struct Signals {
    bridge: Arc<Bridge>,
    /// Where a reload is asked for.
    hangup: mpsc::Sender<()>,
    hangups: Signal,
    engage: Signal,
    release: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// None of them ends the process any more.
    ///
    /// # Errors
    /// The system refuses.
    pub(super) fn of_the_process(bridge: Arc<Bridge>, hangup: mpsc::Sender<()>) -> io::Result<Self> {
        Ok(Self {
            bridge,
            hangup,
            hangups: signal(SignalKind::hangup())?,
            engage: signal(SignalKind::user_defined1())?,
            release: signal(SignalKind::user_defined2())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Does what is asked for, until the bridge has stopped: it says first that it will, goes on for `listen.stop_delay` so
    /// that whoever sends it clients sees that, and lets nobody in after that, or when it is told a second time.
    pub(super) async fn follow(mut self, supervisor: Arc<Supervisor>, stop: watch::Sender<bool>) {
        self.until_stop().await;
        self.bridge.leaving.store(true, Ordering::SeqCst);
        supervisor.stopping(&self.bridge).await;
        let delay = self.bridge.live.snapshot().config.listen.stop_delay;
        if !delay.is_zero() {
            tracing::info!(?delay, "told to stop: not ready any more, clients are let in for listen.stop_delay");
            if timeout(delay, self.until_stop()).await.is_ok() {
                tracing::info!("told to stop a second time: listen.stop_delay is not waited for");
            }
        }
        tracing::info!("stopping: no new connections, running requests are finished");
        let _ = stop.send(true);
    }

    async fn until_stop(&mut self) {
        let rollout = self.bridge.rollout();
        loop {
            tokio::select! {
                Some(()) = self.hangups.recv() => {
                    // A full channel already holds the request.
                    let _ = self.hangup.try_send(());
                    if let Some(access) = self.bridge.telemetry.access.get() {
                        access.reopen();
                    }
                }
                Some(()) = self.engage.recv() => {
                    // Written down in a while; nobody waits for that.
                    let _ = rollout.kill(true, Who::of(Actor::Signal), "SIGUSR1");
                    tracing::warn!("kill switch engaged by SIGUSR1: every request goes to legacy");
                }
                Some(()) = self.release.recv() => {
                    let _ = rollout.kill(false, Who::of(Actor::Signal), "SIGUSR2");
                    tracing::warn!("kill switch released by SIGUSR2");
                }
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
            }
        }
    }
}
