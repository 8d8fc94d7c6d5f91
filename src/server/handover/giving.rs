//! The old process: it hands everything over, or goes on.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    os::fd::{AsFd, OwnedFd},
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::{
    sync::{mpsc, watch},
    task::AbortHandle,
    time::timeout,
};

use super::{
    chores::Chores,
    link::Link,
    new::{New, START, Why},
    program::Program,
    said::{Everything, FromNew, Hello, Kept, PROTOCOL, What},
};
use crate::{
    config::settings::LegacyUrl,
    dispatch::{
        Bridge,
        handover::{Asked, Handed},
    },
    files,
    forward::{Forwarder, pool::Pool},
    notifier::{kept::Taken, message::Entry},
    server::{socket::Whose as SocketFile, supervisor::Supervisor},
    session::going_on,
};

/// How long requests may have to wait for those that are in.
const SHUT: Duration = Duration::from_secs(5);
/// Between two looks at a login that is under way.
const LOOK: Duration = Duration::from_millis(100);
/// How long files may take to rest.
const REST: Duration = Duration::from_secs(5);
/// Connections to the new process, for what comes by connections of this one.
const PASSED_ON: usize = 1024;

/// What of this process goes over, and what ends with that.
#[derive(Debug)]
pub(in crate::server) struct Own {
    /// The listener of clients.
    pub(in crate::server) public: OwnedFd,
    /// Where it listens.
    pub(in crate::server) address: SocketAddr,
    /// The admin listener.
    pub(in crate::server) admin: OwnedFd,
    /// The Unix socket of the legacy process, and whose its file is.
    pub(in crate::server) compat: Option<(OwnedFd, SocketFile)>,
    /// What moves routes by itself.
    pub(in crate::server) rolling: Vec<AbortHandle>,
    /// Who watches over the process, and from then on over the other.
    pub(in crate::server) supervisor: Arc<Supervisor>,
    /// Have the admin listener and the Unix socket take no more connections, and then this process end.
    pub(in crate::server) ends: [watch::Sender<bool>; 3],
}

/// Hands over whenever it is asked to.
#[derive(Debug)]
pub(in crate::server) struct Giver {
    bridge: Arc<Bridge>,
    program: Program,
    own: Own,
    chores: Chores,
    /// The way to the process that has gone on.
    link: Arc<Mutex<Option<Left>>>,
    /// Messages that nobody got, until it is known who goes on.
    messages: Option<Taken>,
}

/// The way to the process that has gone on, for what is left.
#[derive(Debug)]
pub(in crate::server) struct Left(Link);

impl Left {
    /// Has the other process keep these messages. Blocking, and bounded.
    pub(in crate::server) fn keep(&self, messages: Vec<Entry>) {
        let count = messages.len();
        let messages: Vec<Kept> = messages.into_iter().map(kept).collect();
        let sent = serde_json::to_vec(&messages).map_err(Into::into).and_then(|bytes| self.0.send(&bytes, &[]));
        if let Err(error) = sent {
            tracing::warn!(count, %error, "messages that nobody got are lost: the process that goes on does not take them");
        }
    }
}

impl Giver {
    /// One for this bridge, whose background tasks begin.
    pub(in crate::server) fn new(
        bridge: &Arc<Bridge>,
        program: Program,
        own: Own,
        link: Arc<Mutex<Option<Left>>>,
    ) -> Self {
        Self { bridge: Arc::clone(bridge), program, own, chores: Chores::begin(bridge), link, messages: None }
    }

    /// Serves whoever asks, until another process has gone on or the bridge stops. Gives back what it was given.
    pub(in crate::server) async fn serve(mut self, mut stopping: watch::Receiver<bool>) -> Chores {
        let (ask, mut asked) = mpsc::channel(1);
        self.bridge.handover.heard_by(ask);
        loop {
            let Asked { patience, told } = tokio::select! {
                biased;
                _ = stopping.wait_for(|stopping| *stopping) => return self.chores,
                asked = asked.recv() => match asked {
                    Some(asked) => asked,
                    None => return self.chores,
                },
            };
            tracing::info!("another process is started, to go on in this one's place");
            let came = self.give(patience).await;
            match &came {
                Ok(Handed { pid, version, waited }) => {
                    tracing::info!(pid, version, waited, "another process goes on; this one ends with its connections");
                }
                Err(why) => tracing::warn!(why, "no other process goes on; this one does"),
            }
            // Whoever asked may have left.
            let _ = told.send(came);
        }
    }

    async fn give(&mut self, patience: Duration) -> Result<Handed, String> {
        let (link, theirs) = Link::pair().map_err(|error| error.to_string())?;
        let child = self.program.start(theirs)?;
        let mut new = New { link, child };
        let version = match new.hears(START).await {
            Ok(FromNew::Hello(Hello { protocol: PROTOCOL, version })) => version,
            Ok(FromNew::Hello(Hello { protocol, version })) => {
                return Err(format!(
                    "the new process ({version}) hands over in another way ({protocol}, and this one {PROTOCOL}): stop \
                     this bridge and start the other"
                ));
            }
            Ok(other) => return Err(other.unexpected()),
            Err(why) => return Err(new.why(why).await),
        };
        self.chores.stop().await;
        let given = self.give_all(&mut new, patience, version).await;
        match given {
            Ok(handed) => {
                *self.link.lock() = new.link.another().ok().map(Left);
                new.child.let_go();
                Ok(handed)
            }
            Err(why) => {
                let why = new.why(why).await;
                self.go_on().await;
                Err(why)
            }
        }
    }

    async fn give_all(&mut self, new: &mut New, patience: Duration, version: String) -> Result<Handed, Why> {
        let bridge = Arc::clone(&self.bridge);
        let quiet = timeout(patience, self.quiet()).await;
        quiet.map_err(|_| Why::said(format!("{} within {patience:?}; try again later", self.unquiet())))?;
        let began = Instant::now();
        if timeout(SHUT, bridge.handover.shut()).await.is_err() {
            let why = format!("requests that only this process can finish were not done within {SHUT:?}; try again");
            return Err(Why::said(why));
        }
        if !self.is_quiet() {
            return Err(Why::said(format!("{} just now; try again", self.unquiet())));
        }
        bridge.rollout().keep_evidence();
        let rest = async {
            bridge.rollout().rest().await;
            bridge.comparer.evidence.rest(true).await
        };
        match timeout(REST, rest).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(Why::said(format!("the evidence is not at rest: {error}"))),
            Err(_) => return Err(Why::said("the disk is too slow for what was to be written first; try again".into())),
        }
        let user = bridge.session.hand_on();
        let key = going_on::sent(user.as_ref()).map_err(|error| Why::said(error.to_string()))?;
        drop(user);
        let (everything, descriptors) = self.everything().map_err(|error| Why::said(error.to_string()))?;
        let everything = serde_json::to_vec(&everything).map_err(|error| Why::said(error.to_string()))?;
        new.tell(everything, descriptors, key).await?;
        match new.hears(START).await? {
            FromNew::Serving => {}
            other => return Err(Why::said(other.unexpected())),
        }
        bridge.handover.leave(there(self.own.address));
        self.own.rolling.iter().for_each(AbortHandle::abort);
        if let Some((_, file)) = &self.own.compat {
            file.leave();
        }
        self.own.supervisor.hand_on(new.child.pid()).await;
        // The package finds the other process, and what is left of this one is connections.
        for end in &self.own.ends {
            let _ = end.send(true);
        }
        bridge.attachment.leave();
        Ok(Handed { pid: new.child.pid(), version, waited: began.elapsed().as_secs_f64() })
    }

    /// Nothing came of it.
    async fn go_on(&mut self) {
        let bridge = &self.bridge;
        if bridge.comparer.evidence.rest(false).await.is_err() {
            tracing::warn!("the evidence can not be written any more; it is kept in memory");
        }
        bridge.rollout().go_on();
        if let Some(messages) = self.messages.take() {
            bridge.notifier.put_back(messages);
        }
        bridge.handover.open();
        self.chores.go_on();
    }

    /// Waits until there is nothing that would be lost with this process.
    async fn quiet(&self) {
        loop {
            self.bridge.queries.quiet().await;
            if self.is_quiet() {
                return;
            }
            // Logins, files and doubts end in several places, which is asked for once an upgrade.
            tokio::time::sleep(LOOK).await;
        }
    }

    fn is_quiet(&self) -> bool {
        let session = &self.bridge.session;
        let between = session.view(None).is_ok_and(|view| view.in_between);
        // Native routes go on while legacy is away; another process would have to ask it who is in.
        let unasked = session.has_user() && session.away().is_some();
        !between && !unasked && self.bridge.queries.is_quiet()
    }

    fn unquiet(&self) -> &'static str {
        if self.bridge.queries.is_quiet() {
            "a login, or work on the user's files, was under way, or legacy did not say who is logged in,"
        } else {
            "a task that a client has asked for was running"
        }
    }

    /// What goes over, and the descriptors of it.
    fn everything(&mut self) -> std::io::Result<(Everything, Vec<OwnedFd>)> {
        let bridge = Arc::clone(&self.bridge);
        let mut descriptors =
            vec![(What::Public, self.own.public.try_clone()?), (What::Admin, self.own.admin.try_clone()?)];
        if let Some((socket, file)) = &self.own.compat {
            descriptors.push((What::Compat { file: file.ours().map(Into::into) }, socket.try_clone()?));
        }
        for (path, lock) in files::held() {
            descriptors.push((What::Lock(path), lock.as_fd().try_clone_to_owned()?));
        }
        let (whats, descriptors) = descriptors.into_iter().unzip();
        let (outcomes, next_task) = bridge.queries.hand_on(bridge.follow_session());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let outcomes = outcomes.iter().map(|(id, outcome)| (*id, text(outcome.bytes()))).collect();
        let taken = bridge.notifier.take_kept();
        let messages = taken.entries.iter().map(|each| kept(each.entry.clone())).collect();
        self.messages = Some(taken);
        Ok((Everything { descriptors: whats, outcomes, next_task, messages }, descriptors))
    }
}

/// How what comes by connections of this process is passed on: to its own address, where nobody else accepts any more.
fn there(address: SocketAddr) -> Forwarder {
    let host = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) if ip.is_unspecified() => format!("[{}]", Ipv6Addr::LOCALHOST),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    Forwarder::new(Pool::new(LegacyUrl { host, port: address.port() }, PASSED_ON, None), PASSED_ON)
}

fn kept(entry: Entry) -> Kept {
    match entry {
        Entry::Warning(text) => Kept::Warning(text),
        Entry::Error(text) => Kept::Error(text),
    }
}
