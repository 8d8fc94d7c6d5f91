//! The whole bridge, from configuration to shutdown.

use std::{
    io::{self, Write},
    net::SocketAddr,
    os::fd::AsFd,
    path::PathBuf,
    sync::Arc,
};

use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
};

use super::{
    descriptors,
    ending::{Ending, LAST_WORDS},
    failure::RunError,
    handover::{Giver, Handed, Own, Program, Taking},
    inherited::Inherited,
    limits::Limits,
    listener, misdirected,
    signals::Signals,
    socket::{self, Socket},
    supervisor::Supervisor,
    telling::Telling,
    workers::Workers,
};
use crate::{
    admin::{self, Token},
    config::{Access, Config, Layers, Mode, NativeWrites, settings::Parity},
    db::Options,
    dispatch::{
        Bridge, asking,
        comparing::{Comparer, judge},
    },
    files,
    forward::{Forwarder, pool::Pool},
    notifier,
    parity::evidence::{self, Evidence},
    rollout::{Places, Rollout, keeping::Keeper, webhook_address},
    routes::{Live, Route, RouteTable, reload},
    session::{Session, files::Files},
};

/// How the bridge was started.
#[derive(Debug)]
pub struct Start {
    /// Listeners that were handed down.
    pub inherited: Inherited,
    /// The socket to the process in whose place it goes on.
    pub taking: Option<Arc<Taking>>,
    /// What it starts to go on in its own.
    pub program: Program,
}

/// Runs until SIGTERM or SIGINT, or until another process has gone on in this one's place; then drains. It listens on what
/// was handed down, and else where the configuration says.
///
/// # Errors
/// An address is taken, the admin token can not be read, or the system refuses signals or sockets.
pub async fn run(live: Live, start: Start) -> Result<(), RunError> {
    let live = Arc::new(live);
    let Start { inherited, taking, program } = start;
    let snapshot = live.snapshot();
    let config = &snapshot.config;
    if let Some(directory) = config.data.directory.as_ref().filter(|directory| !directory.is_dir()) {
        return Err(RunError::Data(directory.display().to_string()));
    }
    inherited.warn();
    let (mut inherited, handed) = handed_over(inherited, taking.as_ref()).await?;
    // Others may reach the socket that was handed down, whatever the configuration says.
    let admin_address = inherited.admin_address()?.unwrap_or(config.admin.address);
    let token = Token::wanted(live.layers(), &config.admin, admin_address)?;
    webhook_address::checked(live.layers(), &config.rollout)?;
    let listener = inherited.public(config.listen.address).await?;
    let admin_listener = inherited.admin(config.admin.address).await?;
    let socket = inherited.compat(config.compat.socket.as_deref())?;
    let workers = Workers::start()?;
    let (stop, stopping) = watch::channel(false);

    let (bridge, keeper) = put_together(&live, config, &stopping).await?;
    let rollout = Arc::clone(bridge.rollout());

    let telling = Telling::begin(&bridge).await?;
    let address = listener.local_addr()?;
    // Whoever reads the addresses may have it stop at once.
    let (hangup, hangups) = mpsc::channel(1);
    let signals = Signals::of_the_process(Arc::clone(&bridge), hangup)?;
    announce(address, admin_listener.local_addr()?);
    let routes = snapshot.table.routes.len();
    tracing::info!(legacy = %config.legacy.url, routes, data = config.data.directory.is_some(), "the bridge is up");

    warn_of_writes(config, &snapshot.table);
    misdirected::warn_of(address, &config.listen.hosts);
    let supervisor = Supervisor::of_the_process();
    let told = Arc::clone(&supervisor);
    let reloading = move |begins| Arc::clone(&told).reloading(begins);
    let asking = tokio::spawn(asking::keep_asking(Arc::clone(&bridge), stopping.clone()));
    if let Some(handed) = handed {
        // Before anything else begins: it may be the process before this one that goes on.
        handed.go_on(&bridge).await?;
    }
    let following = tokio::spawn(reload::follow(Arc::clone(&live), hangups, reloading));
    let signals = tokio::spawn(signals.follow(Arc::clone(&supervisor), stop.clone()));
    let rolling = [
        tokio::spawn(Arc::clone(&rollout).follow()),
        tokio::spawn(Arc::clone(&rollout).tick()),
        tokio::spawn(Arc::clone(&rollout).tell()),
    ];
    let (written, keeping) = keep(keeper, &rollout);
    let comparing = tokio::spawn(judge::run(Arc::clone(&bridge)));
    let notifying = tokio::spawn(notifier::running::run(Arc::clone(&bridge.notifier), stopping.clone()));
    let (last, after_the_last) = watch::channel(false);
    let (through, drained) = watch::channel(false);
    let own = Own {
        public: listener.as_fd().try_clone_to_owned()?,
        address,
        admin: admin_listener.as_fd().try_clone_to_owned()?,
        compat: socket.as_ref().map(Socket::descriptor).transpose()?,
        supervisor: Arc::clone(&supervisor),
        rolling: rolling.iter().map(JoinHandle::abort_handle).collect(),
        ends: [through.clone(), last.clone(), stop],
    };
    if let Some(taking) = taking {
        taking.serving(&bridge)?;
    }
    let left = Arc::default();
    let giver = Giver::new(&bridge, program, own, Arc::clone(&left));
    let giving = tokio::spawn(giver.serve(stopping.clone()));
    let compat = socket.map(|socket| tokio::spawn(socket::serve(socket, Arc::clone(&bridge), after_the_last)));
    let admin = tokio::spawn(admin::serve(admin_listener, Arc::clone(&bridge), token, drained));
    supervisor.ready(&bridge).await;
    let watching = [
        tokio::spawn(Arc::clone(&supervisor).feed(workers.handles())),
        tokio::spawn(Arc::clone(&supervisor).follow(Arc::clone(&bridge))),
    ];
    let others = [following, signals, asking, comparing].into_iter().chain(rolling).chain(watching).collect();
    let ending = Ending {
        bridge: Arc::clone(&bridge),
        left,
        notifying,
        through,
        admin,
        giving,
        last,
        compat,
        others,
        written,
        keeping,
    };
    listener::listen(
        listener,
        &workers,
        Arc::clone(&bridge),
        Limits::of(&config.listen),
        descriptors::connections(config),
        stopping,
    )
    .await;
    ending.end().await;
    drop(workers);
    telling.end(LAST_WORDS).await;
    Ok(())
}

/// What there is to listen on, and what the process before this one hands over.
async fn handed_over(given: Inherited, taking: Option<&Arc<Taking>>) -> Result<(Inherited, Option<Handed>), RunError> {
    let Some(taking) = taking.cloned() else { return Ok((given, None)) };
    let taken = tokio::task::spawn_blocking(move || taking.take()).await.map_err(io::Error::other)?;
    taken.map(|(inherited, handed)| (inherited, Some(handed)))
}

/// The bridge, and what keeps its rollout's files.
async fn put_together(
    live: &Arc<Live>,
    config: &Config,
    stopping: &watch::Receiver<bool>,
) -> Result<(Arc<Bridge>, Keeper), RunError> {
    let pool = Pool::new(config.legacy.url.clone(), config.legacy.max_connections, config.legacy.idle_timeout);
    let session = Arc::new(Session::new(Files::new(config.data.directory.clone(), options(config))));
    let forwarder = Forwarder::new(pool, config.legacy.max_tunnels);
    let evidence = evidence(live, &config.parity).await?;
    let (rollout, keeper) = rollout(live, config, evidence.clone()).await?;
    files::give_up_handed();
    let comparer = Comparer::new(&config.parity, evidence, rollout);
    Ok((Bridge::new(Arc::clone(live), forwarder, session, comparer, stopping.clone()).await, keeper))
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

/// Has the rollout's files written until that is told or dropped.
fn keep(keeper: Keeper, rollout: &Arc<Rollout>) -> (oneshot::Sender<()>, JoinHandle<()>) {
    let (written, keeping) = oneshot::channel();
    let (state, told) = (Arc::clone(rollout), Arc::clone(rollout));
    (written, tokio::spawn(keeper.run(move || state.state(), move |fault| told.kept(fault), keeping)))
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

/// Whoever starts the bridge with port 0 reads the addresses here. Perhaps nobody does any more.
fn announce(listen: SocketAddr, admin: SocketAddr) {
    let text = format!("cutover listening on http://{listen}\ncutover admin on http://{admin}\n");
    let _ = io::stdout().write_all(text.as_bytes());
    let _ = io::stdout().flush();
}
