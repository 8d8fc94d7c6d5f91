//! Which side answers, and why: OpenFeature's variant and reason.

use std::fmt;

use serde::Serialize;

use super::bucket::bucket;
use crate::config::{Access, Caches, Mode, NativeWrites};
use crate::routes::Route;

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Variant {
    /// The legacy backend.
    Legacy,
    /// A handler of ours.
    Native,
}

impl Variant {
    /// The word in headers, logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::Native => "native",
        }
    }
}

/// Why that side answers. OpenFeature's reasons, and ours where it has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Reason {
    /// No route of the table: everything not migrated is forwarded.
    Default,
    /// The route's mode says so, for everyone.
    Static,
    /// The bucket of the targeting key says so.
    Split,
    /// The request asked for it by header.
    TargetingMatch,
    /// The canary has no targeting key to go by.
    TargetingKeyMissing,
    /// The kill switch is engaged, or native writes are off.
    Disabled,
    /// The handler could not answer, before anything was changed.
    Declined,
    /// The handler failed on a read, and legacy answered.
    Error,
    /// A guardrail rolled the route back.
    Guardrail,
    /// The handler failed too often in a row, and is left alone for a while.
    Breaker,
}

impl Reason {
    /// The word in headers, logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "DEFAULT",
            Self::Static => "STATIC",
            Self::Split => "SPLIT",
            Self::TargetingMatch => "TARGETING_MATCH",
            Self::TargetingKeyMissing => "TARGETING_KEY_MISSING",
            Self::Disabled => "DISABLED",
            Self::Declined => "DECLINED",
            Self::Error => "ERROR",
            Self::Guardrail => "GUARDRAIL",
            Self::Breaker => "BREAKER",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The outcome for one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Who answers.
    pub variant: Variant,
    /// Why.
    pub reason: Reason,
    /// The bucket, where one was drawn.
    pub bucket: Option<u16>,
}

impl Decision {
    /// A decision without a bucket.
    #[must_use]
    pub fn new(variant: Variant, reason: Reason) -> Self {
        Self { variant, reason, bucket: None }
    }
}

/// What a decision depends on besides the route.
#[derive(Debug, Clone, Copy, Default)]
pub struct Circumstances<'a> {
    /// The kill switch.
    pub killed: bool,
    /// The variant asked for by the override header, where it is honoured.
    pub asked: Option<Variant>,
    /// The targeting key; only looked at in mode canary.
    pub targeting_key: Option<&'a str>,
    /// What may be written natively.
    pub native_writes: NativeWrites,
    /// Whether the package inside legacy is connected.
    pub attached: bool,
    /// The caches of legacy's that it drops when it is told.
    pub dropped: Caches,
}

/// Decides who answers a request of this route. First match wins: kill switch, writes switched off, override header,
/// mode.
#[must_use]
pub fn decide(route: &Route, circumstances: Circumstances<'_>) -> Decision {
    let legacy = |reason| Decision::new(Variant::Legacy, reason);
    if circumstances.killed {
        return legacy(Reason::Disabled);
    }
    if route.access == Access::Writes && !may_write(route, circumstances) {
        return legacy(Reason::Disabled);
    }
    if let Some(variant) = circumstances.asked {
        return Decision::new(variant, Reason::TargetingMatch);
    }
    match route.mode {
        Mode::Native | Mode::Verify => Decision::new(Variant::Native, Reason::Static),
        Mode::Legacy if route.tripped => legacy(Reason::Guardrail),
        Mode::Legacy | Mode::Shadow => legacy(Reason::Static),
        Mode::Canary => {
            let Some(key) = circumstances.targeting_key else { return legacy(Reason::TargetingKeyMissing) };
            let bucket = bucket(&route.name, key);
            let variant = if bucket < route.percent.basis_points() { Variant::Native } else { Variant::Legacy };
            Decision { variant, reason: Reason::Split, bucket: Some(bucket) }
        }
    }
}

/// Whether a route that writes may be answered natively at all. What legacy holds in memory it must be told of, whoever
/// takes the other risks.
fn may_write(route: &Route, circumstances: Circumstances<'_>) -> bool {
    let Circumstances { native_writes, attached, dropped, .. } = circumstances;
    let allowed = match native_writes {
        NativeWrites::Off => false,
        NativeWrites::Guarded => attached,
        NativeWrites::Always => true,
    };
    allowed && dropped.contain(route.stale)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::{Cache, Percent};

    fn route(mode: Mode, points: u16) -> Route {
        let mut route = Route::for_test("GET /x");
        route.mode = mode;
        route.percent = Percent::from_basis_points(points).unwrap();
        route
    }

    fn with_key(key: &str) -> Circumstances<'_> {
        Circumstances { targeting_key: Some(key), ..Circumstances::default() }
    }

    #[test]
    fn the_kill_switch_beats_everything() {
        for mode in Mode::ALL {
            let asked = Circumstances { killed: true, asked: Some(Variant::Native), ..with_key("k") };
            assert_eq!(decide(&route(mode, 10_000), asked), Decision::new(Variant::Legacy, Reason::Disabled));
        }
    }

    #[test]
    fn of_the_compared_modes_legacy_answers_shadow_and_the_handler_answers_verify() {
        for (mode, variant) in [(Mode::Shadow, Variant::Legacy), (Mode::Verify, Variant::Native)] {
            assert_eq!(decide(&route(mode, 0), Circumstances::default()), Decision::new(variant, Reason::Static));
        }
    }

    #[test]
    fn the_override_header_beats_the_mode_both_ways() {
        for (mode, variant) in [(Mode::Legacy, Variant::Native), (Mode::Native, Variant::Legacy)] {
            let asked = Circumstances { asked: Some(variant), ..Circumstances::default() };
            assert_eq!(decide(&route(mode, 0), asked), Decision::new(variant, Reason::TargetingMatch));
        }
    }

    #[test]
    fn a_canary_without_a_key_is_legacys_and_says_so() {
        let decision = decide(&route(Mode::Canary, 10_000), Circumstances::default());
        assert_eq!(decision, Decision::new(Variant::Legacy, Reason::TargetingKeyMissing));
    }

    #[test]
    fn a_write_is_legacys_until_native_writes_are_allowed() {
        let mut writing = route(Mode::Native, 0);
        writing.access = Access::Writes;
        for (allowed, attached, variant) in [
            (NativeWrites::Off, true, Variant::Legacy),
            (NativeWrites::Guarded, false, Variant::Legacy),
            (NativeWrites::Guarded, true, Variant::Native),
            (NativeWrites::Always, false, Variant::Native),
        ] {
            let given = Circumstances { native_writes: allowed, attached, ..Circumstances::default() };
            assert_eq!(decide(&writing, given).variant, variant, "{allowed:?} {attached}");
        }
    }

    #[test]
    fn a_write_that_leaves_a_cache_stale_is_legacys_while_nothing_tells_it() {
        let mut writing = route(Mode::Native, 0);
        (writing.access, writing.stale) = (Access::Writes, &[Cache::Assets]);
        for (dropped, variant) in [
            (Caches::default(), Variant::Legacy),
            (Caches::named(["settings"]), Variant::Legacy),
            (Caches::named(["settings", "assets"]), Variant::Native),
        ] {
            let native_writes = NativeWrites::Always;
            let given = Circumstances { native_writes, attached: true, dropped, ..Circumstances::default() };
            assert_eq!(decide(&writing, given).variant, variant);
        }
    }

    proptest! {
        #[test]
        fn raising_a_percentage_never_removes_anyone(key in "\\PC{0,30}", low in 0u16..=10_000, high in 0u16..=10_000) {
            let (low, high) = (low.min(high), low.max(high));
            let before = decide(&route(Mode::Canary, low), with_key(&key)).variant;
            let after = decide(&route(Mode::Canary, high), with_key(&key)).variant;
            prop_assert!(before == Variant::Legacy || after == Variant::Native);
        }

        #[test]
        fn nothing_and_everything_are_exact(key in "\\PC{0,30}") {
            prop_assert_eq!(decide(&route(Mode::Canary, 0), with_key(&key)).variant, Variant::Legacy);
            prop_assert_eq!(decide(&route(Mode::Canary, 10_000), with_key(&key)).variant, Variant::Native);
        }
    }
}
