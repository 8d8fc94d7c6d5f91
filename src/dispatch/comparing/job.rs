//! A comparison that waits for its turn.

use std::{sync::Arc, time::Instant};

use bytes::Bytes;
use http::request::Parts;
use tokio::sync::OwnedSemaphorePermit;

use super::{ruled::Ruled, window::Window};
use crate::{
    flags::Variant,
    forward::Peer,
    parity::Response,
    routes::{Snapshot, matcher::Found},
};

/// A comparison that waits for its turn: what was asked, and what the user was answered.
#[derive(Debug)]
pub struct Job {
    pub(super) found: Found,
    /// When the user asked.
    pub(super) asked: Instant,
    pub(super) rules: Arc<Ruled>,
    pub(super) parts: Parts,
    pub(super) body: Bytes,
    pub(super) peer: Peer,
    /// What the user was answered: by legacy in mode shadow, by the handler in mode verify.
    pub(super) answered: Response,
    /// Who answered.
    pub(super) by: Variant,
    pub(super) snapshot: Arc<Snapshot>,
    /// Open until the last side has answered.
    pub(super) window: Option<Window>,
    /// The room that the bodies take.
    pub(super) _held: Vec<OwnedSemaphorePermit>,
}

impl Job {
    /// Largest body that is compared, in bytes.
    pub(super) fn limit(&self) -> usize {
        limit(&self.snapshot)
    }
}

/// Largest body that is compared, in bytes.
pub(in crate::dispatch) fn limit(snapshot: &Snapshot) -> usize {
    snapshot.config.parity.max_body.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
}
