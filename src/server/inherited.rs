//! Listeners that were opened by whoever started the bridge, and handed down to it: systemd's socket units, by the protocol
//! of `sd_listen_fds(3)`. While systemd holds them, clients that come between two bridges wait, and none is refused.
//!
//! Which is which is said by name (`LISTEN_FDNAMES`, of `FileDescriptorName=`): `public`, `admin`, `compat`; or, where
//! nothing has a name, by that order. The configuration says the addresses of those that were not handed down.

mod descriptors;
mod fault;

use std::{
    env, io,
    net::{self, SocketAddr},
    os::unix::net::UnixListener,
    path::{Path, PathBuf},
};

use listenfd::ListenFd;
use tokio::net::TcpListener;

use descriptors::{FIRST, Found, Place, places};
pub use fault::InheritedError;

use super::{binding, failure::RunError, socket};

/// What was handed down. Each is taken out when it is listened on.
#[derive(Debug, Default)]
pub struct Inherited {
    /// The listener of clients.
    pub public: Option<net::TcpListener>,
    /// The admin listener.
    pub admin: Option<net::TcpListener>,
    /// The Unix socket of the legacy process.
    pub compat: Option<UnixListener>,
    /// The file of that, where it is the bridge's to remove: a bridge before this one made it.
    pub compat_file: Option<PathBuf>,
    /// The process that other sockets were meant for (`LISTEN_PID`), which were not taken.
    pub elsewhere: Option<String>,
}

impl Inherited {
    /// What the environment says was handed down. It takes the variables out of the environment, so this is for a process
    /// that has one thread yet.
    ///
    /// # Errors
    /// Something was, and is not what the bridge can use.
    pub fn of_the_process() -> Result<Self, InheritedError> {
        let [fds, pid, names] = ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"].map(|name| env::var(name).ok());
        let descriptors = ListenFd::from_env();
        let Some(fds) = fds else { return Ok(Self::default()) };
        // The crate takes them without a LISTEN_PID as well; `sd_listen_fds(3)` does not.
        if pid.as_deref().and_then(|pid| pid.parse().ok()) != Some(std::process::id()) {
            return Ok(Self { elsewhere: Some(pid.unwrap_or_default()), ..Self::default() });
        }
        let count: usize = fds.parse().map_err(|_| InheritedError::NoNumber(fds))?;
        Self::take(descriptors, &places(count, names.as_deref())?)
    }

    fn take(mut descriptors: ListenFd, places: &[Place]) -> Result<Self, InheritedError> {
        let mut inherited = Self::default();
        for (at, place) in places.iter().enumerate() {
            match (place, Found::at(&mut descriptors, at)) {
                (Place::Public, Found::Tcp(listener)) => inherited.public = Some(listener),
                (Place::Admin, Found::Tcp(listener)) => inherited.admin = Some(listener),
                (Place::Compat, Found::Unix(listener)) => inherited.compat = Some(listener),
                (place, found) => {
                    let (name, found, wanted) = (place.name(), found.words(), place.wanted());
                    return Err(InheritedError::Kind { descriptor: FIRST + at, name, found, wanted });
                }
            }
        }
        Ok(inherited)
    }

    /// Says so if there were sockets that were not taken.
    pub(super) fn warn(&self) {
        if let Some(pid) = &self.elsewhere {
            tracing::warn!(
                LISTEN_PID = pid,
                own = std::process::id(),
                "LISTEN_FDS is set, and its sockets are not taken: LISTEN_PID is not this process. Where a script starts the \
                 bridge, its last line has to be: exec cutover serve"
            );
        }
    }

    /// Where the admin listener is that was handed down: who else can reach it is not the configuration's to say.
    ///
    /// # Errors
    /// The system does not say.
    pub(super) fn admin_address(&self) -> io::Result<Option<SocketAddr>> {
        self.admin.as_ref().map(net::TcpListener::local_addr).transpose()
    }

    /// The listener of clients: that which was handed down, or one at this address.
    ///
    /// # Errors
    /// It can not be listened on.
    pub(super) async fn public(&mut self, configured: SocketAddr) -> Result<TcpListener, RunError> {
        tcp(self.public.take(), configured, "listen.address").await
    }

    /// The same of the admin listener.
    ///
    /// # Errors
    /// It can not be listened on.
    pub(super) async fn admin(&mut self, configured: SocketAddr) -> Result<TcpListener, RunError> {
        tcp(self.admin.take(), configured, "admin.address").await
    }

    /// The Unix socket of the legacy process: that which was handed down, or one at this path, if there is to be one.
    ///
    /// # Errors
    /// It can not be listened on.
    pub(super) fn compat(&mut self, configured: Option<&Path>) -> Result<Option<socket::Socket>, RunError> {
        let Some(listener) = self.compat.take() else {
            let failed = |path: &Path, error| RunError::Socket { path: path.display().to_string(), error };
            return configured.map(|path| socket::bind(path).map_err(|error| failed(path, error))).transpose();
        };
        let address = listener.local_addr()?;
        let in_force = self.compat_file.as_deref().or(address.as_pathname());
        let path = in_force.unwrap_or(Path::new("")).display();
        match configured {
            Some(configured) if in_force != Some(configured) => tracing::warn!(
                in_force = %path,
                configured = %configured.display(),
                "compat.socket is not where the socket is that was handed down, and that one is in force"
            ),
            _ => tracing::info!(in_force = %path, "compat.socket was handed down"),
        }
        Ok(Some(socket::handed_down(listener, self.compat_file.clone())?))
    }
}

async fn tcp(
    given: Option<net::TcpListener>,
    configured: SocketAddr,
    what: &'static str,
) -> Result<TcpListener, RunError> {
    let Some(listener) = given else { return binding::bind(configured, what).await };
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let in_force = listener.local_addr()?;
    if configured.port() == 0 || in_force == configured {
        tracing::info!(%in_force, "{what} was handed down");
    } else {
        tracing::warn!(
            %in_force,
            %configured,
            "{what} is not where the socket listens that was handed down, and that one is in force"
        );
    }
    Ok(listener)
}
