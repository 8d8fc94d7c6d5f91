//! An upgrade without a gap: another process of the program goes on in this one's place, on the same listening sockets.
//!
//! 1. The process that runs starts the program that is now at the path it was started from, with its own arguments; the
//!    two have a socket between them.
//! 2. The new one reads and checks the configuration, and says hello. Whatever is wrong until here changes nothing.
//! 3. The old one waits for a moment at which it has nothing that would be lost with it (tasks, a login under way), has
//!    requests wait, and lets its own files rest: their locks, the listeners, the session, the outcomes of tasks and kept
//!    messages go to the new one. Nobody else sees the key: the socket has no name, and the bytes are wiped.
//! 4. The new one serves and says so. What waits at the old one is passed on to it, each connection gets one more request
//!    answered that way, and the old one ends when its connections have.
//!
//! If the new one fails before it serves, the old one goes on as if nothing had been.
//!
//! - `link`: frames and descriptors over the socket
//! - `said`: what the two say
//! - `program`: what is started, and its end
//! - `giving`: the old process; `new`: the other, as it hears it; `chores`: its background tasks, which stop and may begin again
//! - `taking`: the new one
//!
//! `SO_REUSEPORT` would be less: connections that wait in the old socket's queue are reset when it closes (Linux, unless
//! `net.ipv4.tcp_migrate_req` is set), and neither files nor keys go over.

mod chores;
mod giving;
mod link;
mod new;
mod program;
mod said;
mod taking;

pub(super) use chores::Chores;
pub(super) use giving::{Giver, Left, Own};
pub use program::Program;
pub(super) use taking::Handed;
pub use taking::Taking;
