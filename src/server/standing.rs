//! A bridge that forwards everything and is there to be recorded: no handlers, no admin API, no marks on what passes.

use std::{io, net::SocketAddr, sync::Arc};

use thiserror::Error;
use tokio::{
    sync::watch,
    task::{JoinHandle, spawn_blocking},
};

use super::{binding, descriptors, failure::RunError, limits::Limits, listener, run, workers::Workers};
use crate::{
    config::{Faults, Layers},
    dispatch::{
        Bridge,
        comparing::Comparer,
        recording::{Tape, TooMany},
    },
    forward::{Forwarder, pool::Pool},
    handlers,
    parity::evidence::{self, Evidence},
    rollout::Rollout,
    routes::{Live, Selection, selection::UnknownRoute},
    session::{Session, files::Files},
};

/// Why it can not be started.
#[derive(Debug, Error)]
pub enum StandingError {
    /// The configuration is not valid.
    #[error(transparent)]
    Config(#[from] Faults),
    /// A route that is to be recorded is none.
    #[error(transparent)]
    Route(#[from] UnknownRoute),
    /// The address can not be listened on, or the system refused something basic.
    #[error(transparent)]
    Run(#[from] RunError),
    /// It is recorded by somebody else already.
    #[error(transparent)]
    Recorded(#[from] TooMany),
}

/// A running one. It ends when it is dropped, or the runtime is.
#[derive(Debug)]
pub struct Standing {
    /// Where it listens.
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    listening: JoinHandle<()>,
}

impl Standing {
    /// Starts it, and its recording. The layers say where legacy is, where to listen, and within which bounds.
    ///
    /// # Errors
    /// The configuration, a route's name or the address is not as it should be.
    pub async fn start(
        mut layers: Layers,
        selection: Selection,
        redact: &[String],
    ) -> Result<(Self, Tape), StandingError> {
        for (name, text) in [("all", "legacy"), ("override_header", "false"), ("answer_headers", "false")] {
            layers.command_line.push(("flags", name, text.to_owned()));
        }
        // It forwards everything.
        layers.command_line.push(("ws", "mode", "tunnel".to_owned()));
        let live = Arc::new(Live::start(layers, handlers::catalog())?);
        let snapshot = live.snapshot();
        let config = &snapshot.config;
        selection.check(&snapshot.table)?;
        let listener = binding::bind(config.listen.address, "listen.address").await?;
        let address = listener.local_addr().map_err(RunError::System)?;
        let (stop, stopping) = watch::channel(false);

        let pool = Pool::new(config.legacy.url.clone(), config.legacy.max_connections, config.legacy.idle_timeout);
        let session = Arc::new(Session::new(Files::new(None, run::options(config))));
        let forwarder = Forwarder::new(pool, config.legacy.max_tunnels);
        // Nothing is compared here.
        let evidence = spawn_blocking(|| Evidence::open(None, evidence::Limits::default())).await;
        let evidence = evidence.map_err(|error| RunError::System(io::Error::other(error)))?;
        let evidence = evidence.map_err(RunError::Evidence)?;
        let comparer = Comparer::new(&config.parity, evidence.clone(), Rollout::idle(Arc::clone(&live), evidence));
        let bridge = Bridge::new(Arc::clone(&live), forwarder, session, comparer, stopping.clone()).await;
        let tape = bridge.recorder.listen(selection, redact)?;
        let (limits, cap) = (Limits::of(&config.listen), descriptors::connections(config));
        let workers = Workers::start().map_err(RunError::System)?;
        let listening =
            tokio::spawn(async move { listener::listen(listener, &workers, bridge, limits, cap, stopping).await });
        Ok((Self { address, stop, listening }, tape))
    }

    /// Lets nobody else in; what is running goes on, and the tape ends after it.
    pub fn stop(&self) {
        let _ = self.stop.send(true);
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        self.stop();
        self.listening.abort();
    }
}
