//! Bounds on the evidence of a route; crossing one rolls it back.

use std::time::Duration;

use figment::value::{Dict, Value};
use serde::Deserialize;
use toml::de::DeValue;

use super::{
    fault::remedy,
    keys,
    kinds::{parse_duration, parse_ratio},
    values::Percent,
};

/// The section of those for all routes.
pub(super) const SECTION: &str = "guardrails";

/// What those of one route look like.
pub(super) const EXPECTS: &str = "a table such as { mismatch = 0.5, min_requests = 100, rollback = \"step\" }";

/// `[guardrails]`, and what a route has of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Guardrails {
    /// Largest share of the comparisons that may be mismatched.
    pub mismatch: Percent,
    /// How much larger the share of errors may be natively than with legacy.
    pub errors: Percent,
    /// How many times as long as with legacy the slowest twentieth may take natively; none: as long as it likes.
    pub p95_ratio: Option<f64>,
    /// By how much it has to be longer besides.
    pub p95_slack: Duration,
    /// Requests, or comparisons, without which nothing is judged.
    pub min_requests: u64,
    /// The time that is looked back on.
    pub window: Duration,
    /// How long a route that was rolled back stays so at least.
    pub cool_down: Duration,
    /// Where to.
    pub rollback: Rollback,
}

/// Where a route goes whose evidence crossed a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rollback {
    /// To legacy.
    Legacy,
    /// One step down its ladder.
    Step,
    /// Nowhere: it is only told.
    Off,
}

/// The same, each only where it is given.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Given {
    mismatch: Option<Percent>,
    errors: Option<Percent>,
    p95_ratio: Option<String>,
    p95_slack: Option<String>,
    min_requests: Option<u64>,
    window: Option<String>,
    cool_down: Option<String>,
    rollback: Option<Rollback>,
}

impl Guardrails {
    /// Those of a route: its own, and these for the rest.
    #[must_use]
    pub fn with(&self, given: &Given) -> Self {
        let time = |given: &Option<String>, otherwise| duration(given.as_deref()).unwrap_or(otherwise);
        let ratio = given.p95_ratio.as_deref().and_then(parse_ratio);
        Self {
            mismatch: given.mismatch.unwrap_or(self.mismatch),
            errors: given.errors.unwrap_or(self.errors),
            p95_ratio: ratio.unwrap_or(self.p95_ratio),
            p95_slack: time(&given.p95_slack, self.p95_slack),
            min_requests: given.min_requests.unwrap_or(self.min_requests),
            window: match time(&given.window, self.window) {
                Duration::ZERO => WITHOUT_END,
                window => window,
            },
            cool_down: time(&given.cool_down, self.cool_down),
            rollback: given.rollback.unwrap_or(self.rollback),
        }
    }
}

/// A window that is off.
const WITHOUT_END: Duration = Duration::from_secs(30 * 24 * 3600);

fn duration(text: Option<&str>) -> Option<Duration> {
    text.and_then(parse_duration).map(Option::unwrap_or_default)
}

/// Those of the whole section; what is not there has its default in the table of keys.
impl<'de> Deserialize<'de> for Guardrails {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = Given::deserialize(deserializer)?;
        Ok(Self::default().with(&given))
    }
}

impl Default for Guardrails {
    fn default() -> Self {
        Self {
            mismatch: Percent::NONE,
            errors: Percent::NONE,
            p95_ratio: None,
            p95_slack: Duration::ZERO,
            min_requests: 1,
            window: Duration::from_secs(300),
            cool_down: Duration::ZERO,
            rollback: Rollback::Legacy,
        }
    }
}

/// Reads a route's own.
pub(super) fn read(value: &DeValue<'_>) -> Result<Value, String> {
    let DeValue::Table(given) = value else { return Err(format!("expected {EXPECTS}")) };
    let mut read = Dict::new();
    for (name, value) in given {
        let Some(key) = keys::find(SECTION, name.get_ref()) else {
            let names: Vec<&str> = keys::of(SECTION).map(|key| key.name).collect();
            return Err(format!("unknown guardrail \"{}\"{}", name.get_ref(), remedy(name.get_ref(), &names)));
        };
        let value = key.kind.read_toml(value.get_ref()).map_err(|message| format!("{}: {message}", key.name))?;
        read.insert(key.name.to_owned(), value);
    }
    Ok(Value::from(read))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(text: &str) -> Result<Given, String> {
        let value = read(DeValue::parse(text).unwrap().get_ref())?;
        value.deserialize().map_err(|error| error.to_string())
    }

    #[test]
    fn a_route_has_its_own_bounds_and_those_of_all_for_the_rest() {
        let all = Guardrails { errors: "1".parse().unwrap(), ..Guardrails::default() };
        let own = given("{ mismatch = 0.5, p95_ratio = 1.5, window = \"1m\", rollback = \"step\" }").unwrap();
        let with = all.with(&own);
        assert_eq!((with.mismatch.to_string(), with.errors), ("0.5".into(), all.errors));
        assert_eq!((with.p95_ratio, with.window, with.rollback), (Some(1.5), Duration::from_secs(60), Rollback::Step));
        assert_eq!(all.with(&given("{ p95_ratio = \"off\" }").unwrap()).p95_ratio, None);
        assert_eq!(all.with(&Given::default()), all);
    }

    #[test]
    fn what_is_wrong_with_a_bound_is_said() {
        let wrong = [
            "1",
            "{ missmatch = 1 }",
            "{ mismatch = 101 }",
            "{ window = 5 }",
            "{ p95_ratio = 0.5 }",
            "{ rollback = \"native\" }",
        ];
        let said = |text: &&str| format!("{text}\n  {}", given(text).unwrap_err());
        insta::assert_snapshot!(wrong.iter().map(said).collect::<Vec<_>>().join("\n"));
    }
}
