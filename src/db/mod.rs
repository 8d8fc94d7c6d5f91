//! The async driver: connections on their own threads, and one bounded queue per role that all of its threads share.
//!
//! What tasks use:
//! - [`options`]: how a database is opened
//! - [`database`]: a database: `read`, `write`, `write_ctx`, `stream`, `close`, `reopen`
//! - [`transaction`], [`savepoint`]: a transaction as a job sees it, and its parts
//! - [`context`]: a write transaction for flows that await between statements
//! - [`stream`]: rows of a large result
//! - [`key`]: passphrases and the raw key derived from them, once
//! - [`error`], [`holders`]: what can go wrong, and who may hold a lock
//! - [`metrics`], [`histogram`]: what was counted
//! - [`wal`]: the write-ahead log, and who empties it; [`log_index`]: how far that has come, seen from outside
//!
//! How it works:
//! - `pool`, `queue`: the threads of an open database, and the queue they share
//! - `worker`: a connection's thread
//! - `seat`, `task`: what a job finds there, and a job with its caller
//! - `ticket`: calling a job back
//! - `reading`, `writing`: a transaction from its beginning to its end
//! - [`memory`]: what a reading connection remembers until somebody commits
//! - `patience`, `turns`: waiting for another process, and letting it have its turn
//! - `open`, `cipher`: opening a connection, `SQLCipher`'s settings
//! - `unlock`, `diagnosis`: from a passphrase to a key that fits, and what is wrong with a file
//! - `registry`: which files this process has open

mod cipher;
pub mod context;
pub mod database;
mod diagnosis;
pub mod error;
pub mod histogram;
pub mod holders;
pub mod key;
pub mod log_index;
pub mod memory;
pub mod metrics;
mod open;
pub mod options;
mod patience;
mod pool;
mod queue;
mod reading;
mod registry;
pub mod savepoint;
mod seat;
pub mod stream;
mod task;
mod ticket;
pub mod transaction;
mod turns;
mod unlock;
pub mod wal;
mod worker;
mod writing;

pub use context::WriteContext;
pub use database::Database;
pub use error::DbError;
pub use key::{Passphrase, RawKey};
pub use memory::Remembered;
pub use metrics::Metrics;
pub(crate) use open::set_up_library;
pub use options::{Access, Options};
pub use savepoint::Savepoint;
pub use stream::{Rows, Sink};
pub use transaction::Transaction;
pub use wal::Checkpoints;
