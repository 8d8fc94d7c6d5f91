//! What the bridge itself has to say to clients, where `ws.announce` lets it.

use std::sync::Arc;

use super::{notifier::Notifier, outcome::Undelivered};
use crate::wire::{Dict, Value};

/// Type of messages that come from the bridge and not from legacy.
const TYPE: &str = "cutover_status";

/// Legacy is away.
pub(super) fn away(notifier: &Arc<Notifier>) {
    tell(notifier, "away");
}

/// Legacy is back.
pub(super) fn back(notifier: &Arc<Notifier>) {
    tell(notifier, "back");
}

impl Notifier {
    /// Tells the user of an error, as legacy does: by a message that is kept where nobody gets it.
    pub fn report_error(&self, error: &str) {
        let data = [("verbosity", "error"), ("value", error)].map(|(name, text)| (name.to_owned(), Value::text(text)));
        self.broadcast("legacy", Value::Dict(Dict::from_iter(data)), Undelivered::Keep);
    }
}

fn tell(notifier: &Arc<Notifier>, legacy: &str) {
    if notifier.with_settings(|ws| ws.announce) {
        let data = Dict::from_iter([("legacy".into(), Value::text(legacy))]);
        // Of no use later.
        notifier.broadcast(TYPE, Value::Dict(data), Undelivered::Return);
    }
}
