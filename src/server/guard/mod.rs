//! The strict reading of what a client sends, before hyper sees it.
//!
//! hyper repairs some malformed messages: with both `Transfer-Encoding` and `Content-Length` it drops the second and
//! goes on. A bridge may not: what it repairs, the server behind it may read differently, and that is how requests are
//! smuggled. So every byte from a client passes through here first. A head that allows only one reading goes on as it
//! came; any other is answered in legacy's envelope, naming what is wrong, and the connection is closed.
//!
//! - [`head`]: one request head, judged
//! - [`chunks`]: the framing of a chunked body, judged
//! - [`rejection`]: what is wrong with it, and the status that says so
//! - [`gate`]: what a connection's guard and its service tell each other
//! - [`stream`]: the guarded connection itself

pub mod chunks;
pub mod gate;
pub mod head;
pub mod rejection;
pub mod stream;

pub use gate::Gate;
pub use rejection::Rejection;
pub use stream::Guarded;
