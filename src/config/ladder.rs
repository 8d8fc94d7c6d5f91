//! The ladder of a route: the steps it is cut over by, each with what must be seen on it first.

use std::{fmt, str::FromStr, time::Duration};

use figment::value::Value;
use serde::Deserialize;
use toml::de::DeValue;

use super::{
    kinds::{parse_duration, read_mode},
    position::Position,
    values::{Access, Mode, Percent},
};

/// Most steps of a ladder.
const MOST: usize = 20;

/// What a ladder looks like.
pub(super) const EXPECTS: &str =
    "a list of steps such as [\"shadow 1000\", \"canary 1% 500\", \"canary 50% 5m\", \"native\"]";

/// One step of a ladder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// Where a route on it is.
    pub position: Position,
    /// How much evidence it takes to leave it: comparisons in mode shadow or verify, requests answered natively in mode
    /// canary.
    pub requests: Option<u64>,
    /// How long a route stays at least.
    pub time: Option<Duration>,
    /// Whether only a person takes a route further.
    pub pause: bool,
    text: String,
}

impl FromStr for Rung {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let mode = read_mode(words.next().unwrap_or_default())?;
        let mut rung =
            Self { position: Position::LEGACY, requests: None, time: None, pause: false, text: String::new() };
        let mut percent = None;
        for word in words {
            let twice = || format!("step {text:?} says twice how much it needs ({word:?})");
            let free = if let Some(share) = word.strip_suffix('%') {
                percent.replace(share.parse::<Percent>()?).is_none()
            } else if word == "pause" {
                !std::mem::replace(&mut rung.pause, true)
            } else if let Ok(requests) = word.replace('_', "").parse::<u64>() {
                if requests == 0 {
                    return Err(format!("step {text:?} needs 0 requests; leave them out, or write how many"));
                }
                rung.requests.replace(requests).is_none()
            } else if let Some(Some(time)) = parse_duration(word) {
                rung.time.replace(time).is_none()
            } else {
                return Err(format!(
                    "step {text:?}: {word:?} is neither a percentage (10%), a number of requests (1000), a time (5m) nor pause"
                ));
            };
            if !free {
                return Err(twice());
            }
        }
        let percent = match (mode, percent) {
            (Mode::Legacy, _) => return Err(format!("step {text:?}: a ladder begins above legacy; leave it out")),
            (Mode::Canary, None) => return Err(format!("step {text:?} has no percentage, as in \"canary 10% 500\"")),
            (Mode::Canary, Some(percent)) if percent == Percent::NONE => {
                return Err(format!("step {text:?}: a canary of 0% answers nothing natively"));
            }
            (Mode::Canary, Some(percent)) => percent,
            (_, Some(_)) => return Err(format!("step {text:?}: a percentage belongs to a canary")),
            (_, None) => Percent::NONE,
        };
        rung.position = Position::new(mode, percent);
        rung.text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(rung)
    }
}

/// As it was written.
impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A ladder; none is an empty one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ladder(Vec<Rung>);

impl Ladder {
    /// Reads the steps.
    ///
    /// # Errors
    /// A step that is none, that does not say when it is done, or that does not lead up.
    pub fn read<'a>(steps: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let rungs = steps.into_iter().map(str::parse).collect::<Result<Vec<Rung>, String>>()?;
        if rungs.len() > MOST {
            return Err(format!("{} steps are too many; {MOST} at most", rungs.len()));
        }
        let falls = |pair: &&[Rung]| pair.is_sorted_by(|lower, upper| lower.position.rank() >= upper.position.rank());
        if let Some([lower, upper]) = rungs.windows(2).find(falls) {
            return Err(format!(
                "step \"{upper}\" does not lead further up than \"{lower}\"; the order is shadow, canary by its percentage, verify, native"
            ));
        }
        let Some((last, others)) = rungs.split_last() else { return Ok(Self::default()) };
        let is_open = |rung: &Rung| rung.requests.is_none() && rung.time.is_none() && !rung.pause;
        if let Some(rung) = others.iter().find(|rung| is_open(rung)) {
            return Err(format!(
                "step \"{rung}\" does not say when it is done: add a number of requests (1000), a time (5m), or pause"
            ));
        }
        if !is_open(last) {
            return Err(format!(
                "step \"{last}\" is the last one and has nothing to wait for; write \"{}\"",
                last.position
            ));
        }
        Ok(Self(rungs))
    }

    /// Its steps, the lowest first.
    #[must_use]
    pub fn rungs(&self) -> &[Rung] {
        &self.0
    }

    /// The step a position is on.
    #[must_use]
    pub fn at(&self, position: Position) -> Option<usize> {
        self.0.iter().position(|rung| rung.position == position)
    }

    /// The step above a position, whether that is on the ladder or beside it.
    #[must_use]
    pub fn above(&self, position: Position) -> Option<&Rung> {
        self.0.iter().find(|rung| rung.position.rank() > position.rank())
    }

    /// Where one step down from a position leads: legacy from the lowest.
    #[must_use]
    pub fn below(&self, position: Position) -> Position {
        let lower = self.0.iter().rev().find(|rung| rung.position.rank() < position.rank());
        lower.map_or(Position::LEGACY, |rung| rung.position)
    }

    /// A step that a route of this access can not be on.
    #[must_use]
    pub fn impossible(&self, access: Access) -> Option<&Rung> {
        let compared = |rung: &&Rung| matches!(rung.position.mode, Mode::Shadow | Mode::Verify);
        self.0.iter().find(|rung| access == Access::Writes && compared(rung))
    }
}

impl<'de> Deserialize<'de> for Ladder {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let steps = Vec::<String>::deserialize(deserializer)?;
        Self::read(steps.iter().map(String::as_str)).map_err(serde::de::Error::custom)
    }
}

/// Whether a route goes up its ladder by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Advance {
    /// A person takes each step.
    #[default]
    Manual,
    /// It does, when the evidence of a step is in and clean.
    Auto,
}

impl Advance {
    /// `manual` or `auto`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Auto => "auto",
        }
    }
}

/// Reads a ladder of routes.toml.
pub(super) fn read(value: &DeValue<'_>) -> Result<Value, String> {
    let wrong = || format!("expected {EXPECTS}");
    let steps = value.as_array().ok_or_else(wrong)?.iter().map(|step| step.get_ref().as_str().ok_or_else(wrong));
    let steps = steps.collect::<Result<Vec<&str>, String>>()?;
    Ladder::read(steps.iter().copied())?;
    Ok(Value::from(steps.into_iter().map(str::to_owned).collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_ladder_says_for_each_step_what_it_takes_to_leave_it() {
        let text =
            ["shadow 1000", "canary 1% 500", "canary  10%  1_000 1h", "canary 50% 5m pause", "verify 100", "native"];
        let ladder = Ladder::read(text).unwrap();
        let rungs = ladder.rungs();
        assert_eq!(
            rungs.iter().map(|rung| rung.requests).collect::<Vec<_>>(),
            [Some(1000), Some(500), Some(1000), None, Some(100), None]
        );
        assert_eq!(rungs[2].time, Some(Duration::from_secs(3600)));
        assert!(rungs[3].pause && !rungs[2].pause);
        assert_eq!(rungs[2].to_string(), "canary 10% 1_000 1h");
        let ten = rungs[2].position;
        assert_eq!(
            (ladder.at(ten), ladder.above(ten), ladder.below(ten)),
            (Some(2), Some(&rungs[3]), rungs[1].position)
        );
        let beside = Position::new(Mode::Canary, "20".parse().unwrap());
        assert_eq!((ladder.at(beside), ladder.above(beside), ladder.below(beside)), (None, Some(&rungs[3]), ten));
        assert_eq!(ladder.above(Position::LEGACY), Some(&rungs[0]));
        assert_eq!(ladder.below(rungs[0].position), Position::LEGACY);
        assert_eq!(ladder.above(rungs[5].position), None);
    }

    #[test]
    fn what_is_wrong_with_a_ladder_is_said_with_its_remedy() {
        let wrong: [&[&str]; 15] = [
            &["shadwo 1000", "native"],
            &["shadow", "native"],
            &["canary 500", "native"],
            &["canary 10%", "native"],
            &["canary 0% 10", "native"],
            &["canary 101% 10", "native"],
            &["shadow 10% 100", "native"],
            &["shadow 0", "native"],
            &["shadow 100 200", "native"],
            &["shadow 5 minutes", "native"],
            &["canary 10% 5", "canary 1% 5", "native"],
            &["native 100", "native"],
            &["shadow 100", "native 100"],
            &["legacy 5m", "native"],
            &[""],
        ];
        let said = |steps: &&[&str]| format!("{steps:?}\n  {}", Ladder::read(steps.iter().copied()).unwrap_err());
        insta::assert_snapshot!(wrong.iter().map(said).collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn a_write_is_not_on_a_step_that_asks_both_sides() {
        let ladder = Ladder::read(["canary 1% 5", "verify 5", "native"]).unwrap();
        assert_eq!(ladder.impossible(Access::Writes).map(ToString::to_string).as_deref(), Some("verify 5"));
        assert_eq!(ladder.impossible(Access::Reads), None);
    }

    proptest! {
        #[test]
        fn reading_a_step_never_panics_and_what_is_read_reads_again(text in "(shadow|canary|native|x)?( [0-9]{1,4}%?| 5m| pause|\\PC{0,6}){0,4}") {
            if let Ok(rung) = text.parse::<Rung>() {
                prop_assert_eq!(rung.to_string().parse::<Rung>(), Ok(rung));
            }
        }
    }
}
