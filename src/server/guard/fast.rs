//! Whom the requests of a connection are for, and whom they are of.

use std::sync::Arc;

use crate::dispatch::{Bridge, express::Caller};

/// What a connection's requests that take the fast path need.
#[derive(Debug)]
pub struct Fast {
    /// The bridge they are for.
    pub bridge: Arc<Bridge>,
    /// Who sends them.
    pub caller: Caller,
}
