//! What comes to the notifier past its subscription waits for what legacy queued before: that is older.

use std::time::Duration;

use tokio::time::timeout;

use super::notifier::Notifier;

/// Longest wait. The package inside legacy takes ten seconds without an answer for a bridge that is gone.
const LONGEST: Duration = Duration::from_secs(3);

impl Notifier {
    /// Waits until legacy was asked for what it queued while it was not subscribed to, and clients have that in their
    /// queues. Not for long, and once for each time that the subscription breaks: where legacy can not be asked, newer
    /// messages go on.
    pub async fn older_first(&self) {
        let mut behind = self.behind.subscribe();
        if self.clients() == 0 || timeout(LONGEST, behind.wait_for(|behind| !*behind)).await.is_ok() {
            return;
        }
        self.behind.send_replace(false);
    }
}
