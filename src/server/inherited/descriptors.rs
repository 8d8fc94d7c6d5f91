//! Which listener each descriptor is, and what it turns out to be.

use std::{net, os::unix::net::UnixListener};

use listenfd::ListenFd;

use super::InheritedError;

/// `SD_LISTEN_FDS_START` of `sd_listen_fds(3)`.
pub(super) const FIRST: usize = 3;

/// One of the bridge's listeners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Public,
    Admin,
    Compat,
}

impl Place {
    /// In the order of descriptors without names.
    const ALL: [Self; 3] = [Self::Public, Self::Admin, Self::Compat];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Admin => "admin",
            Self::Compat => "compat",
        }
    }

    pub(super) fn wanted(self) -> &'static str {
        match self {
            Self::Public | Self::Admin => "a TCP listener: ListenStream= with an address and a port, and Accept=no",
            Self::Compat => "a Unix stream listener: ListenStream= with a path, and Accept=no",
        }
    }
}

/// Which listener each descriptor is.
pub(super) fn places(count: usize, names: Option<&str>) -> Result<Vec<Place>, InheritedError> {
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
pub(super) enum Found {
    Tcp(net::TcpListener),
    Unix(UnixListener),
    Other(&'static str),
}

impl Found {
    pub(super) fn at(descriptors: &mut ListenFd, at: usize) -> Self {
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

    pub(super) fn words(&self) -> &'static str {
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
