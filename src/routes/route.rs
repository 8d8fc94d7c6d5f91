//! One migrated endpoint.

use super::pattern::Pattern;
use crate::config::{Access, Cache, Mode, Percent, Rule, Sticky};

/// One migrated endpoint.
#[derive(Debug, Clone)]
pub struct Route {
    /// Its name, the key of its flag.
    pub name: String,
    /// Which requests are its.
    pub pattern: Pattern,
    /// Name of the handler.
    pub handler: &'static str,
    /// Whether it changes state.
    pub access: Access,
    /// Caches of legacy's that its writes would leave stale.
    pub stale: &'static [Cache],
    /// How far it has been cut over.
    pub mode: Mode,
    /// Share of targeting keys that are answered natively in mode canary.
    pub percent: Percent,
    /// Source of the targeting key.
    pub sticky: Sticky,
    /// What may differ between legacy's answer and the handler's.
    pub parity: Vec<Rule>,
}

#[cfg(test)]
impl Route {
    /// A route with this pattern and nothing else of interest.
    pub(crate) fn for_test(pattern: &str) -> Self {
        Self {
            name: "test".into(),
            pattern: Pattern::parse(pattern).unwrap(),
            handler: "test",
            access: Access::Reads,
            stale: &[],
            mode: Mode::Native,
            percent: Percent::default(),
            sticky: Sticky::Client,
            parity: Vec::new(),
        }
    }
}
