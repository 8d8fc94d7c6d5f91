//! Whether the package inside the legacy process is connected, and what it takes off our hands.

use std::sync::atomic::{AtomicBool, Ordering};

/// The connection of the package, as others need to know of it.
#[derive(Debug, Default)]
pub struct Attachment {
    attached: AtomicBool,
    immediate: AtomicBool,
}

impl Attachment {
    /// Whether it is connected, and drops the caches it is told of.
    #[must_use]
    pub fn is_attached(&self) -> bool {
        self.attached.load(Ordering::Acquire)
    }

    /// Whether legacy's own transactions take their lock at the beginning: then its writes and ours just wait for each
    /// other.
    #[must_use]
    pub fn has_immediate_transactions(&self) -> bool {
        self.is_attached() && self.immediate.load(Ordering::Acquire)
    }

    /// It came, or went.
    pub fn set(&self, attached: bool, immediate: bool) {
        self.immediate.store(immediate, Ordering::Release);
        self.attached.store(attached, Ordering::Release);
    }
}
