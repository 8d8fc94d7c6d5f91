//! The handlers alone: no legacy runs, the databases are opened on a copy, facts come from a recording.
//!
//! - [`copy`]: a copy of the files that handlers read
//! - [`alone`]: a bridge without a legacy, on such a copy
//! - [`answer`]: what it makes of a request
//! - [`error`]: why it can not be started

pub mod alone;
pub mod answer;
pub mod copy;
pub mod error;

pub use alone::Offline;
pub use answer::NativeAnswer;
pub use copy::DataCopy;
pub use error::OfflineError;
