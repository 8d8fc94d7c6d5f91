//! Listeners that were opened by whoever started the bridge, and handed down to it: systemd's socket units, by the protocol
//! of `sd_listen_fds(3)`. While systemd holds them, clients that come between two bridges wait, and none is refused.
//!
//! Which is which is said by name (`LISTEN_FDNAMES`, of `FileDescriptorName=`): `public`, `admin`, `compat`; or, where
//! nothing has a name, by that order. The configuration says the addresses of those that were not handed down.

use std::{
    env, io,
    net::{self, SocketAddr},
    os::unix::net::UnixListener,
    path::{Path, PathBuf},
};

use listenfd::ListenFd;
use thiserror::Error;
use tokio::net::TcpListener;

use super::{failure::RunError, run, socket};

/// `SD_LISTEN_FDS_START` of `sd_listen_fds(3)`.
const FIRST: usize = 3;

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

/// What was handed down, and is not what the bridge can use. `systemd` is told in the unit that has the socket.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum InheritedError {
    /// The count is none.
    #[error("LISTEN_FDS is {0:?}, and that is no number of descriptors")]
    NoNumber(String),
    /// More than there are listeners.
    #[error("LISTEN_FDS hands down {0} sockets, and the bridge has three at most: public, admin and compat")]
    TooMany(usize),
    /// Names and descriptors do not belong together.
    #[error("LISTEN_FDNAMES is {names:?}, which is not one name for each of the descriptors ({count}, by LISTEN_FDS)")]
    Names {
        /// As they came.
        names: String,
        /// The number of descriptors.
        count: usize,
    },
    /// A name that is no listener's.
    #[error(
        "descriptor {descriptor} was handed down as {name:?}, and the bridge has no listener of that name: set \
         FileDescriptorName= in its .socket unit to public, admin or compat"
    )]
    Unknown {
        /// Which.
        descriptor: usize,
        /// Its name.
        name: String,
    },
    /// Two of one name.
    #[error(
        "descriptors {first} and {second} were both handed down as {name:?}, and the bridge takes one: leave one \
         ListenStream= of that .socket unit"
    )]
    Twice {
        /// One of them.
        first: usize,
        /// The other.
        second: usize,
        /// Their name.
        name: &'static str,
    },
    /// A descriptor of another kind.
    #[error("descriptor {descriptor} ({name}) was handed down as {found}, and {name} has to be {wanted}")]
    Kind {
        /// Which.
        descriptor: usize,
        /// Its name.
        name: &'static str,
        /// What it is.
        found: &'static str,
        /// What it should be, and how that is written in a unit.
        wanted: &'static str,
    },
}

/// One of the bridge's listeners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Public,
    Admin,
    Compat,
}

impl Place {
    /// In the order of descriptors without names.
    const ALL: [Self; 3] = [Self::Public, Self::Admin, Self::Compat];

    fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Admin => "admin",
            Self::Compat => "compat",
        }
    }

    fn wanted(self) -> &'static str {
        match self {
            Self::Public | Self::Admin => "a TCP listener: ListenStream= with an address and a port, and Accept=no",
            Self::Compat => "a Unix stream listener: ListenStream= with a path, and Accept=no",
        }
    }
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
    let Some(listener) = given else { return run::bind(configured, what).await };
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

/// Which listener each descriptor is.
fn places(count: usize, names: Option<&str>) -> Result<Vec<Place>, InheritedError> {
    if count > Place::ALL.len() {
        return Err(InheritedError::TooMany(count));
    }
    let names: Vec<&str> = match names {
        // What is called "unknown" has no name (`sd_listen_fds_with_names(3)`).
        Some(names) if !names.split(':').all(|name| matches!(name, "" | "unknown")) => {
            let each: Vec<&str> = names.split(':').collect();
            if each.len() != count {
                return Err(InheritedError::Names { names: names.to_owned(), count });
            }
            each
        }
        _ => return Ok(Place::ALL[..count].to_vec()),
    };
    let mut places = Vec::with_capacity(count);
    for (at, name) in names.into_iter().enumerate() {
        let Some(place) = Place::ALL.into_iter().find(|place| place.name() == name) else {
            return Err(InheritedError::Unknown { descriptor: FIRST + at, name: name.to_owned() });
        };
        if let Some(before) = places.iter().position(|given| *given == place) {
            return Err(InheritedError::Twice { first: FIRST + before, second: FIRST + at, name: place.name() });
        }
        places.push(place);
    }
    Ok(places)
}

/// What a descriptor turns out to be.
enum Found {
    Tcp(net::TcpListener),
    Unix(UnixListener),
    Other(&'static str),
}

impl Found {
    fn at(descriptors: &mut ListenFd, at: usize) -> Self {
        if let Ok(Some(listener)) = descriptors.take_tcp_listener(at) {
            return if listens(&listener) {
                Self::Tcp(listener)
            } else {
                Self::Other("a TCP socket that does not listen")
            };
        }
        if let Ok(Some(listener)) = descriptors.take_unix_listener(at) {
            return if listens(&listener) {
                Self::Unix(listener)
            } else {
                Self::Other("a Unix socket that does not listen")
            };
        }
        if matches!(descriptors.take_udp_socket(at), Ok(Some(_))) {
            return Self::Other("a UDP socket");
        }
        if matches!(descriptors.take_unix_datagram(at), Ok(Some(_))) {
            return Self::Other("a Unix datagram socket");
        }
        Self::Other("something that is no stream or datagram socket of TCP, UDP or Unix")
    }

    fn words(&self) -> &'static str {
        match self {
            Self::Tcp(_) => "a TCP listener",
            Self::Unix(_) => "a Unix stream listener",
            Self::Other(words) => words,
        }
    }
}

/// Whether connections can be accepted from it: with `Accept=yes` systemd hands down a connection.
#[cfg(target_os = "linux")]
fn listens(socket: &impl std::os::fd::AsFd) -> bool {
    socket2::SockRef::from(socket).is_listener().unwrap_or(true)
}

/// Accepting tells.
#[cfg(not(target_os = "linux"))]
fn listens(_: &impl std::os::fd::AsFd) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_are_told_by_their_names_or_by_their_order() {
        use Place::{Admin, Compat, Public};
        assert_eq!(places(1, None), Ok(vec![Public]));
        assert_eq!(places(3, Some("unknown:unknown:unknown")), Ok(vec![Public, Admin, Compat]));
        assert_eq!(places(2, Some("")), Ok(vec![Public, Admin]));
        assert_eq!(places(2, Some("compat:public")), Ok(vec![Compat, Public]));
        assert_eq!(places(0, None), Ok(vec![]));
    }

    #[test]
    fn what_can_not_be_told_is_named_with_its_descriptor() {
        let said = |count, names| places(count, Some(names)).unwrap_err().to_string();
        let unknown = said(2, "public:cutover.socket");
        assert!(unknown.contains("descriptor 4") && unknown.contains("\"cutover.socket\""), "{unknown}");
        let twice = said(3, "admin:public:admin");
        assert!(twice.contains("descriptors 3 and 5") && twice.contains("\"admin\""), "{twice}");
        assert!(said(2, "public").contains("\"public\""));
        assert!(said(4, "public:admin:compat:public").contains("4 sockets"));
    }
}
