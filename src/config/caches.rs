//! What legacy holds in memory of its databases: a native write of the same would leave it stale.

use serde::{Deserialize, Serialize};

/// A cache of legacy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cache {
    /// The settings, loaded at login and kept by `PUT /settings`.
    Settings,
    /// The last assets that were looked up, and their types.
    Assets,
    /// Current prices, the manual ones among them.
    CurrentPrices,
    /// Whether events can be accounted for, by event.
    AccountingStatus,
    /// The accounts of each chain, loaded at login.
    Accounts,
}

impl Cache {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Settings, Self::Assets, Self::CurrentPrices, Self::AccountingStatus, Self::Accounts];

    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Assets => "assets",
            Self::CurrentPrices => "current_prices",
            Self::AccountingStatus => "accounting_status",
            Self::Accounts => "accounts",
        }
    }
}

/// Several caches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Caches([bool; Cache::ALL.len()]);

impl Caches {
    /// All of them.
    pub const ALL: Self = Self([true; Cache::ALL.len()]);

    /// Those with one of these words. A word of a newer package's says nothing to us.
    #[must_use]
    pub fn named<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut caches = Self::default();
        for word in words {
            if let Some(cache) = Cache::ALL.into_iter().find(|cache| cache.as_str() == word) {
                caches.0[cache as usize] = true;
            }
        }
        caches
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn contains(self, cache: Cache) -> bool {
        self.0[cache as usize]
    }

    /// Whether all of these are among them.
    #[must_use]
    pub fn contain(self, caches: &[Cache]) -> bool {
        caches.iter().all(|cache| self.contains(*cache))
    }

    /// Their words.
    #[must_use]
    pub fn words(self) -> Vec<&'static str> {
        Cache::ALL.into_iter().filter(|cache| self.contains(*cache)).map(Cache::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caches_are_named_by_their_words_and_unknown_words_name_none() {
        assert_eq!(Caches::named(Cache::ALL.map(Cache::as_str)), Caches::ALL);
        let some = Caches::named(["assets", "something new", "settings"]);
        assert_eq!(some.words(), ["settings", "assets"]);
        assert!(some.contain(&[Cache::Assets]) && !some.contain(&[Cache::Assets, Cache::Accounts]));
        assert!(Caches::default().contain(&[]));
    }
}
