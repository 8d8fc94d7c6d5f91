//! What a request's write leaves stale in legacy's memory, where that depends on the request.

use std::sync::Arc;

use parking_lot::Mutex;

use super::Unanswered;
use crate::config::{Cache, Caches};

/// The caches that legacy drops when it is told, and those that a handler has named. Clones share the latter.
#[derive(Debug, Clone, Default)]
pub struct Staleness {
    dropped: Caches,
    named: Arc<Mutex<Vec<Cache>>>,
}

impl Staleness {
    /// Nothing is stale; these caches are dropped when legacy is told, and `declared` are stale whatever the request.
    #[must_use]
    pub fn new(dropped: Caches, declared: &[Cache]) -> Self {
        Self { dropped, named: Arc::new(Mutex::new(declared.to_vec())) }
    }

    /// This one is to be stale.
    ///
    /// # Errors
    /// It would not be dropped.
    pub(super) fn note(&self, cache: Cache) -> Result<(), Unanswered> {
        if !self.dropped.contains(cache) {
            let why = format!("legacy would go on with what it has in memory ({})", cache.as_str());
            return Err(Unanswered::declined(why));
        }
        let mut named = self.named.lock();
        if !named.contains(&cache) {
            named.push(cache);
        }
        Ok(())
    }

    /// Those that are stale after the handler.
    #[must_use]
    pub fn named(&self) -> Vec<Cache> {
        self.named.lock().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_that_legacy_would_not_drop_is_not_made_stale() {
        let staleness = Staleness::new(Caches::named(["assets"]), &[Cache::CurrentPrices]);
        assert!(staleness.note(Cache::Assets).is_ok() && staleness.clone().note(Cache::Assets).is_ok());
        assert!(staleness.note(Cache::Settings).is_err());
        assert_eq!(staleness.named(), [Cache::CurrentPrices, Cache::Assets]);
    }
}
