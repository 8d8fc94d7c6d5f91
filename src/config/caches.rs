//! What legacy holds in memory of its databases: a native write of the same would leave it stale.

use serde::{Deserialize, Serialize};

use super::set::{Set, Worded};

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
    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.word()
    }
}

impl Worded for Cache {
    const ALL: &'static [Self] =
        &[Self::Settings, Self::Assets, Self::CurrentPrices, Self::AccountingStatus, Self::Accounts];

    fn word(self) -> &'static str {
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
pub type Caches = Set<Cache>;
