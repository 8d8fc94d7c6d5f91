//! The strict reading of what a client sends, before hyper sees it.
//!
//! hyper repairs some malformed messages: with both `Transfer-Encoding` and `Content-Length` it drops the second and
//! goes on. A bridge may not: what it repairs, the server behind it may read differently, and that is how requests are
//! smuggled. So every byte from a client passes through here first. A head that allows only one reading goes on as it
//! came; any other is answered in legacy's envelope, naming what is wrong, and the connection is closed.
//!
//! - [`head`]: one request head, judged
//! - [`rejection`]: what is wrong with it, and the status that says so
//! - [`fast`]: whom the requests of a connection are for
//! - [`gate`]: what a connection's guard and its service tell each other
//! - [`stream`]: the guarded connection itself
//! - `entrance`: what of the bytes that were read comes in, and by which way
//! - `patience`: how long a client may take

mod entrance;
pub mod fast;
pub mod gate;
pub mod head;
mod patience;
pub mod rejection;
pub mod stream;

pub use fast::Fast;
pub use gate::Gate;
pub use rejection::Rejection;
pub use stream::Guarded;
