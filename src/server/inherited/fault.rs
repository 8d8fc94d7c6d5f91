//! Why what was handed down is not what the bridge can use.

use thiserror::Error;

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
