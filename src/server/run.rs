//! The whole bridge, from configuration to shutdown.

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::{mpsc, oneshot, watch},
    time::timeout,
};

use super::{
    descriptors, failure::RunError, inherited::Inherited, limits::Limits, listener, misdirected, socket,
    telling::Telling, workers::Workers,
};
use crate::{
    admin::{self, Token},
    config::{Access, Config, Layers, Mode, NativeWrites, settings::Parity},
    db::Options,
    dispatch::{
        Bridge, asking, background,
        comparing::{Comparer, judge},
    },
    forward::{Forwarder, pool::Pool},
    notifier,
    parity::evidence::{self, Evidence},
    rollout::{Actor, Places, Rollout, Who, keeping::Keeper},
    routes::{Live, Route, RouteTable, reload},
    session::{Session, files::Files},
    tasks::schedule::SystemClock,
};

/// Longest wait for readers of the admin API once the last request is answered.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Runs until SIGTERM or SIGINT, then drains. It listens on what was handed down, and else where the configuration says.
///
/// # Errors
/// An address is taken, the admin token can not be read, or the system refuses signals or sockets.
pub async fn run(live: Live, mut inherited: Inherited) -> Result<(), RunError> {
    let live = Arc::new(live);
    let snapshot = live.snapshot();
    let config = &snapshot.config;
    if let Some(directory) = config.data.directory.as_ref().filter(|directory| !directory.is_dir()) {
        return Err(RunError::Data(directory.display().to_string()));
    }
    inherited.warn();
    // Others may reach the socket that was handed down, whatever the configuration says.
    let admin_address = inherited.admin_address()?.unwrap_or(config.admin.address);
    let token = Token::wanted(live.layers(), &config.admin, admin_address)?;
    let listener = inherited.public(config.listen.address).await?;
    let admin_listener = inherited.admin(config.admin.address).await?;
    let socket = inherited.compat(config.compat.socket.as_deref())?;
    let workers = Workers::start()?;
    let (stop, stopping) = watch::channel(false);

    let pool = Pool::new(config.legacy.url.clone(), config.legacy.max_connections, config.legacy.idle_timeout);
    let session = Arc::new(Session::new(Files::new(config.data.directory.clone(), options(config))));
    let forwarder = Forwarder::new(pool, config.legacy.max_tunnels);
    let evidence = evidence(&live, &config.parity).await?;
    let (rollout, keeper) = rollout(&live, config, evidence.clone()).await?;
    let comparer = Comparer::new(&config.parity, evidence, Arc::clone(&rollout));
    let bridge = Bridge::new(Arc::clone(&live), forwarder, session, comparer, stopping.clone()).await;

    let telling = Telling::begin(&bridge).await?;
    let address = listener.local_addr()?;
    announce(address, admin_listener.local_addr()?);
    let routes = snapshot.table.routes.len();
    tracing::info!(legacy = %config.legacy.url, routes, data = config.data.directory.is_some(), "the bridge is up");

    warn_of_writes(config, &snapshot.table);
    misdirected::warn_of(address, &config.listen.hosts);
    let (hangup, hangups) = mpsc::channel(1);
    let following = tokio::spawn(reload::follow(Arc::clone(&live), hangups));
    let signals = tokio::spawn(follow_signals(Arc::clone(&bridge), hangup, stop)?);
    let rolling = [
        tokio::spawn(Arc::clone(&rollout).follow()),
        tokio::spawn(Arc::clone(&rollout).tick()),
        tokio::spawn(Arc::clone(&rollout).tell()),
    ];
    let (written, keeping) = oneshot::channel();
    let keeping = {
        let (state, told) = (Arc::clone(&rollout), Arc::clone(&rollout));
        tokio::spawn(keeper.run(move || state.state(), move |fault| told.kept(fault), keeping))
    };
    let asking = tokio::spawn(asking::keep_asking(Arc::clone(&bridge), stopping.clone()));
    let comparing = tokio::spawn(judge::run(Arc::clone(&bridge)));
    let notifying = tokio::spawn(notifier::running::run(Arc::clone(&bridge.notifier), stopping.clone()));
    let background = background::run(Arc::clone(&bridge), SystemClock, stopping.clone());
    let mut background = tokio::spawn(background);
    let (last, after_the_last) = watch::channel(false);
    let compat = socket.map(|socket| tokio::spawn(socket::serve(socket, Arc::clone(&bridge), after_the_last)));
    let mut admin = tokio::spawn(admin::serve(admin_listener, Arc::clone(&bridge), token, stopping.clone()));

    listener::listen(
        listener,
        &workers,
        Arc::clone(&bridge),
        Limits::of(&config.listen),
        descriptors::connections(config),
        stopping,
    )
    .await;
    // Recordings end with the last request; their readers are given what is left.
    let _ = timeout(LAST_WORDS, &mut admin).await;
    // Before the package is let go of: it hears what is legacy's again.
    let _ = timeout(LAST_WORDS, &mut background).await;
    let _ = last.send(true);
    bridge.attachment.part();
    if let Some(mut compat) = compat
        && timeout(LAST_WORDS, &mut compat).await.is_err()
    {
        compat.abort();
        // What it holds (a socket's file) goes with it.
        let _ = compat.await;
    }
    bridge.tasks.clear("", LAST_WORDS).await;
    bridge.session.files.close().await;
    admin.abort();
    for task in [following, signals, asking, comparing, notifying] {
        task.abort();
        let _ = task.await;
    }
    for task in rolling {
        task.abort();
        let _ = task.await;
    }
    rollout.keep_evidence();
    drop(written);
    let _ = keeping.await;
    bridge.comparer.evidence.close().await;
    drop(workers);
    telling.end(LAST_WORDS).await;
    Ok(())
}

/// What was changed by an earlier bridge is in force before the first request.
async fn rollout(live: &Arc<Live>, config: &Config, evidence: Evidence) -> Result<(Arc<Rollout>, Keeper), RunError> {
    let beside = |path: &Option<PathBuf>| path.as_ref().map(|path| live.layers().beside(path));
    let places = Places {
        state: beside(&config.rollout.state),
        journal: beside(&config.rollout.journal),
        max_journal: config.rollout.max_journal,
    };
    let live = Arc::clone(live);
    let opened = tokio::task::spawn_blocking(move || Rollout::open(live, places, evidence)).await;
    opened.map_err(|error| RunError::System(io::Error::other(error)))
}

/// Whoever lets handlers write without the package inside legacy hears what can go wrong.
fn warn_of_writes(config: &Config, table: &RouteTable) {
    let moved = |route: &&Arc<Route>| route.access == Access::Writes && route.mode != Mode::Legacy;
    let routes = table.routes.iter().filter(moved).count();
    if config.flags.native_writes == NativeWrites::Always && routes > 0 {
        tracing::warn!(
            routes,
            "flags.native_writes is \"always\": what legacy's own tasks write while a native write commits can fail there \
             with \"database is locked\"; \"guarded\" waits for the package inside legacy, which mends that"
        );
    }
}

/// How databases are opened.
pub(super) fn options(config: &Config) -> Options {
    let defaults = Options::default();
    Options {
        readers: config.data.readers.unwrap_or(defaults.readers),
        queue: config.data.queue,
        deadline: config.data.read_deadline,
        ..defaults
    }
}

/// Where the evidence file is: beside routes.toml unless its path is absolute. None if there is to be no file.
#[must_use]
pub fn evidence_file(layers: &Layers, config: &Parity) -> Option<PathBuf> {
    config.evidence.as_deref().map(|path| layers.beside(path))
}

async fn evidence(live: &Live, config: &Parity) -> Result<Evidence, RunError> {
    let path = evidence_file(live.layers(), config);
    let limits = evidence::Limits {
        samples_per_place: config.samples,
        bytes: config.max_evidence.unwrap_or(1 << 40),
        ..evidence::Limits::default()
    };
    tokio::task::spawn_blocking(move || Evidence::open(path.as_deref(), limits))
        .await
        .map_err(io::Error::other)?
        .map_err(RunError::Evidence)
}

/// Whoever starts the bridge with port 0 reads the addresses here.
#[allow(clippy::print_stdout, reason = "two lines for whoever started the process")]
fn announce(listen: SocketAddr, admin: SocketAddr) {
    println!("cutover listening on http://{listen}");
    println!("cutover admin on http://{admin}");
}

pub(super) async fn bind(address: SocketAddr, what: &'static str) -> Result<TcpListener, RunError> {
    TcpListener::bind(address).await.map_err(|error| {
        let remedy = match error.kind() {
            io::ErrorKind::AddrInUse => {
                "another process has it; stop that one, or choose another port (0 picks a free one)".to_owned()
            }
            io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
            io::ErrorKind::PermissionDenied => {
                "not permitted; ports below 1024 need rights that this process lacks".to_owned()
            }
            _ => error.to_string(),
        };
        RunError::Listen { address, what, remedy }
    })
}

/// SIGHUP reloads and opens the access log anew, SIGUSR1 engages the kill switch, SIGUSR2 releases it, SIGTERM and SIGINT stop. The switch is two
/// signals and no toggle, so that sending one twice in a panic does what once does.
fn follow_signals(
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
