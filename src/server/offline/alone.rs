//! A bridge without a legacy, on a copy of its data.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::{
    net::TcpListener,
    sync::watch,
    task::{JoinHandle, spawn_blocking},
};

use super::{DataCopy, NativeAnswer, OfflineError};
use crate::{
    config::{Config, Layers},
    db::{DbError, Passphrase},
    dispatch::{Bridge, Lessons, comparing::Comparer},
    handlers,
    parity::{
        Request, Response,
        client::Client,
        evidence::{self, Evidence},
    },
    rollout::Rollout,
    routes::Live,
    schema::{needs::Database, version},
    server::{limits::Limits, listener, run, workers::Workers},
    session::{Session, Unavailable, files::Files, who::User},
};

/// Longest wait for one answer. Handlers have bounds of their own; this one is for a fault in them.
const DEADLINE: Duration = Duration::from_secs(120);

/// The handlers alone, as the bridge runs them: behind its own guard, HTTP and headers, on an ephemeral port of the
/// loopback interface.
#[derive(Debug)]
pub struct Offline {
    data: DataCopy,
    bridge: Arc<Bridge>,
    client: Client,
    lessons: Mutex<Lessons>,
    stop: watch::Sender<bool>,
    listening: JoinHandle<()>,
}

impl Offline {
    /// Starts a bridge in which the user of the data is logged in and every route is native. The layers say which routes
    /// there are, and within which bounds; what they say of flags and of legacy has no effect.
    ///
    /// # Errors
    /// The passphrase, a database or the configuration is not as it should be, which is found out before the first
    /// request.
    pub async fn start(mut layers: Layers, data: DataCopy, passphrase: Passphrase) -> Result<Self, OfflineError> {
        for (name, text) in [
            ("all", "native"),
            ("kill_switch", "false"),
            ("native_writes", "always"),
            ("override_header", "false"),
            ("answer_headers", "true"),
        ] {
            layers.command_line.push(("flags", name, text.to_owned()));
        }
        let live = Arc::new(Live::start(layers, handlers::catalog())?);
        let snapshot = live.snapshot();
        let session = Arc::new(session_on(&data, passphrase, &snapshot.config).await?);

        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let client =
            Client::new(&format!("http://{}", listener.local_addr()?))?.deadline(DEADLINE).max_body(usize::MAX);
        let (stop, stopping) = watch::channel(false);
        // Nothing is compared here; whoever replays does that.
        let evidence =
            spawn_blocking(|| Evidence::open(None, evidence::Limits::default())).await.map_err(io::Error::other)?;
        let evidence = evidence.map_err(io::Error::other)?;
        let rollout = Rollout::idle(Arc::clone(&live), evidence.clone());
        let comparer = Comparer::new(&snapshot.config.parity, evidence, rollout);
        let bridge = Bridge::alone(live, session, comparer, stopping.clone()).await;
        let workers = Workers::start()?;
        let (limits, cap) = (Limits::of(&snapshot.config.listen), snapshot.config.listen.max_connections);
        let served = Arc::clone(&bridge);
        let listening = async move { listener::listen(listener, &workers, served, limits, cap, stopping).await };
        let lessons = Mutex::new(Lessons::of(data.user()));
        Ok(Self { data, bridge, client, lessons, stop, listening: tokio::spawn(listening) })
    }

    /// Learns what only legacy's memory held from a recorded exchange: whoever replays a recording has all of it learned
    /// first, in its order. What was learned once stays.
    pub fn learn(&self, request: &Request, response: &Response) {
        self.lessons.lock().learn(&self.bridge.session, request, response);
    }

    /// What is learned from here on was recorded by itself, on the data as they were: another sequence.
    pub fn begin_anew(&self) {
        self.lessons.lock().begin_anew();
    }

    /// Asks the handlers, and gives what they say and how long that took. Where the bridge gives no answer at all, or the
    /// request can not be sent, that is a failure with its reason. Cancel-safe: a read is given up, a write goes on.
    pub async fn ask(&self, request: &Request) -> (NativeAnswer, Duration) {
        let began = Instant::now();
        match self.client.send(request).await {
            Ok((response, took)) => (NativeAnswer::of(response), took),
            Err(error) => (NativeAnswer::Failed(error.to_string()), began.elapsed()),
        }
    }

    /// The copy it works on.
    #[must_use]
    pub fn data(&self) -> &DataCopy {
        &self.data
    }

    /// Ends it: when this returns, no file is open any more, and the copy is gone. One that is dropped instead ends soon.
    pub async fn close(self) {
        let Self { data, bridge, client, stop, listening, .. } = self;
        drop(client);
        let _ = stop.send(true);
        let _ = listening.await;
        bridge.session.files.close().await;
        // Removing a directory is blocking.
        let _ = spawn_blocking(move || drop(data)).await;
    }
}

/// The session of a user whose databases are seen to open and to be of the versions that handlers know.
async fn session_on(data: &DataCopy, passphrase: Passphrase, config: &Config) -> Result<Session, OfflineError> {
    let files = Files::new(Some(data.path().to_owned()), run::options(config));
    let session = Session::alone(files, data.user().to_owned(), passphrase.clone());
    let checked = check(data, &session, User::new(data.user().to_owned(), vec![passphrase])).await;
    if checked.is_err() {
        session.files.close().await;
    }
    checked.map(|()| session)
}

async fn check(data: &DataCopy, session: &Session, user: User) -> Result<(), OfflineError> {
    let failed = |why: Unavailable| match why {
        Unavailable::Database(DbError::WrongKey(_) | DbError::Derivation(_)) => {
            OfflineError::WrongPassword(data.user().to_owned())
        }
        why => OfflineError::Database(data.told_of_source(&why.to_string())),
    };
    let mut opened = vec![
        (Database::User, session.user_database(&user).await.map_err(failed)?),
        (Database::Global, session.files.global().await.map_err(failed)?),
    ];
    // Without this one its own routes decline, and say why; there are few of them.
    if let Ok(transient) = session.transient_database(&user).await {
        opened.push((Database::Transient, transient));
    }
    for (which, database) in opened {
        let found = database.read(|transaction| version::of(transaction)).await;
        let found = found.map_err(|error| failed(Unavailable::Database(error)))?;
        if found != Some(which.version()) {
            return Err(OfflineError::Version(which.mismatch(found)));
        }
    }
    Ok(())
}
