//! Changes of the rollout as they happen, for whoever watches.

use std::sync::Arc;

use tokio::sync::broadcast;

/// Changes that may wait for a reader. They are rare; a reader that misses one reads the journal.
const WAITING: usize = 256;

/// The channel. A change is a line of JSON, as the journal has it.
#[derive(Debug)]
pub struct Changes(broadcast::Sender<Arc<str>>);

impl Default for Changes {
    fn default() -> Self {
        Self(broadcast::Sender::new(WAITING))
    }
}

impl Changes {
    /// Tells those who watch, if any do.
    pub fn publish(&self, line: Arc<str>) {
        let _ = self.0.send(line);
    }

    /// Watches from here on.
    #[must_use]
    pub fn watch(&self) -> broadcast::Receiver<Arc<str>> {
        self.0.subscribe()
    }
}
