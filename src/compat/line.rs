//! What the package is told: one JSON object per line.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::parts::Part;
use crate::config::{Background, Cache};

/// A cache of legacy's that holds what is not so any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stale {
    /// Which.
    pub name: Cache,
    /// Which of its entries; none for all.
    #[serde(default)]
    pub keys: Option<Vec<String>>,
}

impl From<Cache> for Stale {
    fn from(name: Cache) -> Self {
        Self { name, keys: None }
    }
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum Line {
    /// The first.
    Hello {
        /// Our version.
        bridge: &'static str,
    },
    /// Caches to drop. It is acknowledged once that is done.
    Invalidate {
        /// By which it is acknowledged.
        id: u64,
        /// Which.
        caches: Vec<Stale>,
    },
    /// A part to switch. It is acknowledged too.
    Part {
        /// By which it is acknowledged.
        id: u64,
        /// Which.
        name: Part,
        /// To what.
        on: bool,
    },
    /// Background tasks that are ours for so long; any other is legacy's. It is acknowledged too.
    Lease {
        /// By which it is acknowledged.
        id: u64,
        /// Which.
        tasks: Vec<Background>,
        /// For how long, from its receipt on.
        seconds: u64,
    },
    /// So that both sides notice a connection that leads nowhere.
    Ping,
}

impl Line {
    pub(super) fn bytes(&self) -> Bytes {
        // Nothing in a line can fail to be written.
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_an_object_of_its_kind() {
        let shown = |line: Line| String::from_utf8(line.bytes().to_vec()).unwrap();
        let caches = vec![Cache::CurrentPrices.into(), Stale { name: Cache::Assets, keys: Some(vec!["ETH".into()]) }];
        assert_eq!(
            shown(Line::Invalidate { id: 7, caches }),
            "{\"kind\":\"invalidate\",\"id\":7,\"caches\":[{\"name\":\"current_prices\",\"keys\":null},\
             {\"name\":\"assets\",\"keys\":[\"ETH\"]}]}\n"
        );
        assert_eq!(
            shown(Line::Part { id: 8, name: Part::Notifier, on: false }),
            "{\"kind\":\"part\",\"id\":8,\"name\":\"notifier\",\"on\":false}\n"
        );
        assert_eq!(
            shown(Line::Lease { id: 9, tasks: vec![Background::UpdateOwnedAssets], seconds: 60 }),
            "{\"kind\":\"lease\",\"id\":9,\"tasks\":[\"update_owned_assets\"],\"seconds\":60}\n"
        );
        assert_eq!(shown(Line::Ping), "{\"kind\":\"ping\"}\n");
        assert_eq!(shown(Line::Hello { bridge: "1" }), "{\"kind\":\"hello\",\"bridge\":\"1\"}\n");
    }
}
