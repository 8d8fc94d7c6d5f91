//! The new process: it takes over what the old one hands it.

use std::{
    fs::File,
    io,
    os::fd::{AsFd, OwnedFd},
    sync::Arc,
    thread,
    time::Duration,
};

use bytes::Bytes;
use tokio::time::timeout;

use super::{
    link::Link,
    said::{Everything, FromNew, Hello, Kept, PROTOCOL, What},
};
use crate::{
    dispatch::Bridge,
    files,
    notifier::message::Entry,
    server::{failure::RunError, inherited::Inherited},
    session::going_on::GoingOn,
    tasks::Outcome,
};

/// Longest wait for legacy's word on the session that another process had.
const CERTAIN: Duration = Duration::from_secs(2);

/// The socket to the old process.
#[derive(Debug)]
pub struct Taking(Link);

/// What was handed over, besides listeners and locks.
#[derive(Debug)]
pub(in crate::server) struct Handed {
    user: Option<GoingOn>,
    outcomes: Vec<(u64, String)>,
    next_task: u64,
    messages: Vec<Kept>,
}

impl Taking {
    /// The one that is this process's standard input. From then on its standard input is empty.
    ///
    /// # Errors
    /// It is no socket: nobody but a bridge starts a process this way.
    pub fn on_stdin() -> io::Result<Self> {
        let link = Link::over(io::stdin().as_fd().try_clone_to_owned()?)?;
        rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
        Ok(Self(link))
    }

    /// Tells the old process why nothing comes of it.
    pub fn fault(&self, why: &str) {
        // It notices the end of this process as well.
        let _ = self.say(&FromNew::Fault(why.to_owned()));
    }

    fn say(&self, what: &FromNew) -> io::Result<()> {
        self.0.send(&serde_json::to_vec(what)?, &[])
    }

    /// Says that this process is there, and waits for what it is handed. Blocking, for as long as the old process waits for
    /// its moment.
    ///
    /// # Errors
    /// The old process is gone, or goes on by itself.
    pub(in crate::server) fn take(&self) -> Result<(Inherited, Handed), RunError> {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        self.say(&FromNew::Hello(Hello { protocol: PROTOCOL, version }))?;
        let gone = || RunError::System(io::Error::other("the process that was to hand over goes on by itself"));
        let (bytes, descriptors) = self.0.receive()?.ok_or_else(gone)?;
        let Everything { descriptors: whats, outcomes, next_task, messages } =
            serde_json::from_slice(&bytes).map_err(io::Error::other)?;
        let (bytes, _) = self.0.receive()?.ok_or_else(gone)?;
        let user = serde_json::from_slice(&bytes).map_err(io::Error::other)?;
        if whats.len() != descriptors.len() {
            return Err(RunError::System(io::Error::other("a descriptor was lost on the way")));
        }
        let mut inherited = Inherited::default();
        whats.into_iter().zip(descriptors).for_each(|(what, descriptor)| sort(what, descriptor, &mut inherited));
        Ok((inherited, Handed { user, outcomes, next_task, messages }))
    }

    /// Says that this process serves. What the old one still sends is taken in as long as it lives.
    ///
    /// # Errors
    /// The old process is gone, or has given up.
    pub(in crate::server) fn serving(self: Arc<Self>, bridge: &Arc<Bridge>) -> io::Result<()> {
        self.say(&FromNew::Serving)?;
        let bridge = Arc::clone(bridge);
        // A thread of its own, which nobody waits for: it ends with the old process.
        thread::Builder::new().name("handover".to_owned()).spawn(move || {
            while let Ok(Some((bytes, _))) = self.0.receive() {
                let Ok(messages) = serde_json::from_slice::<Vec<Kept>>(&bytes) else { continue };
                bridge.notifier.keep_all(messages.into_iter().map(entry).collect());
            }
            tracing::info!("the process before this one has ended");
        })?;
        Ok(())
    }
}

impl Handed {
    /// Goes on with it. Whoever asks legacy does so already.
    ///
    /// # Errors
    /// Legacy does not say who is logged in: until it has, what is the user's would be forwarded, and the process before
    /// this one need not ask.
    pub(in crate::server) async fn go_on(self, bridge: &Bridge) -> io::Result<()> {
        let login = bridge.follow_session();
        let outcomes = self.outcomes.into_iter().map(|(id, text)| (id, Outcome::again(Bytes::from(text)))).collect();
        bridge.queries.go_on(login, outcomes, self.next_task);
        bridge.notifier.keep_all(self.messages.into_iter().map(entry).collect());
        if let Some(user) = self.user {
            bridge.session.go_on(user);
        }
        let certain = timeout(CERTAIN, bridge.session.certain()).await;
        certain.map_err(|_| io::Error::other("legacy did not say who is logged in; try again when it answers"))
    }
}

fn sort(what: What, descriptor: OwnedFd, inherited: &mut Inherited) {
    match what {
        What::Public => inherited.public = Some(descriptor.into()),
        What::Admin => inherited.admin = Some(descriptor.into()),
        What::Compat { file } => {
            inherited.compat = Some(descriptor.into());
            inherited.compat_file = file;
        }
        What::Lock(path) => files::take_in(path, File::from(descriptor)),
    }
}

fn entry(kept: Kept) -> Entry {
    match kept {
        Kept::Warning(text) => Entry::Warning(text),
        Kept::Error(text) => Entry::Error(text),
    }
}
