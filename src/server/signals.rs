//! Signals, as they come.

use std::{io, sync::Arc};

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::{mpsc, watch},
};

use crate::{
    dispatch::Bridge,
    rollout::{Actor, Who},
};

/// SIGHUP reloads and opens the access log anew, SIGUSR1 engages the kill switch, SIGUSR2 releases it, SIGTERM and SIGINT stop. The switch is two
/// signals and no toggle, so that sending one twice in a panic does what once does.
pub(super) fn follow(
    bridge: Arc<Bridge>,
    hangup: mpsc::Sender<()>,
    stop: watch::Sender<bool>,
) -> io::Result<impl Future<Output = ()>> {
    let rollout = Arc::clone(bridge.rollout());
    let mut hangups = signal(SignalKind::hangup())?;
    let mut engage = signal(SignalKind::user_defined1())?;
    let mut release = signal(SignalKind::user_defined2())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        loop {
            tokio::select! {
                Some(()) = hangups.recv() => {
                    // A full channel already holds the request.
                    let _ = hangup.try_send(());
                    if let Some(access) = bridge.telemetry.access.get() {
                        access.reopen();
                    }
                }
                Some(()) = engage.recv() => {
                    // Written down in a while; nobody waits for that.
                    let _ = rollout.kill(true, Who::of(Actor::Signal), "SIGUSR1");
                    tracing::warn!("kill switch engaged by SIGUSR1: every request goes to legacy");
                }
                Some(()) = release.recv() => {
                    let _ = rollout.kill(false, Who::of(Actor::Signal), "SIGUSR2");
                    tracing::warn!("kill switch released by SIGUSR2");
                }
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
            }
        }
        tracing::info!("stopping: no new connections, running requests are finished");
        let _ = stop.send(true);
    })
}
