//! One migrated endpoint.

use super::pattern::Pattern;
use crate::config::{Access, Advance, Cache, Guardrails, Ladder, Mode, Percent, Position, Rule, Sticky};

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
    /// What routes.toml and the environment say of that, without what was changed while running and without `flags.all`.
    pub configured: Position,
    /// Whether it is where it is because it was moved while running.
    pub overridden: bool,
    /// Whether a guardrail rolled it back.
    pub tripped: bool,
    /// The steps it is cut over by.
    pub ladder: Ladder,
    /// Whether it takes them by itself.
    pub advance: Advance,
    /// The bounds on its evidence.
    pub guardrails: Guardrails,
    /// Source of the targeting key.
    pub sticky: Sticky,
    /// What may differ between legacy's answer and the handler's.
    pub parity: Vec<Rule>,
}

impl Route {
    /// How far it has been cut over.
    #[must_use]
    pub fn position(&self) -> Position {
        Position::new(self.mode, self.percent)
    }
}

#[cfg(any(test, fuzzing))]
impl Route {
    /// A route with this pattern and nothing else of interest.
    #[allow(clippy::unwrap_used, reason = "whoever tests writes patterns that are some")]
    pub(crate) fn for_test(pattern: &str) -> Self {
        Self {
            name: "test".into(),
            pattern: Pattern::parse(pattern).unwrap(),
            handler: "test",
            access: Access::Reads,
            stale: &[],
            mode: Mode::Native,
            percent: Percent::default(),
            configured: Position::LEGACY,
            overridden: false,
            tripped: false,
            ladder: Ladder::default(),
            advance: Advance::Manual,
            guardrails: Guardrails::default(),
            sticky: Sticky::Client,
            parity: Vec::new(),
        }
    }
}
