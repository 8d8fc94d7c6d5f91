//! How far a route is: its mode, and of a canary its percentage.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::values::{Mode, Percent};

/// How far a route is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Its mode.
    pub mode: Mode,
    /// Of a canary the share that is answered natively; 0 in any other mode.
    pub percent: Percent,
}

impl Position {
    /// Where every route begins.
    pub const LEGACY: Self = Self { mode: Mode::Legacy, percent: Percent::NONE };

    /// A mode with its percentage, which means nothing but to a canary.
    #[must_use]
    pub fn new(mode: Mode, percent: Percent) -> Self {
        Self { mode, percent: if mode == Mode::Canary { percent } else { Percent::NONE } }
    }

    /// How far up that is: legacy, shadow, canary by its percentage, verify, native.
    #[must_use]
    pub fn rank(self) -> u32 {
        match self.mode {
            Mode::Legacy => 0,
            Mode::Shadow => 1,
            Mode::Canary => 2 + u32::from(self.percent.basis_points()),
            Mode::Verify => 20_000,
            Mode::Native => 20_001,
        }
    }

    /// Whether its requests are compared.
    #[must_use]
    pub fn compares(self) -> bool {
        matches!(self.mode, Mode::Shadow | Mode::Canary | Mode::Verify)
    }
}

impl Default for Position {
    fn default() -> Self {
        Self::LEGACY
    }
}

/// As in a ladder: `canary 10%`, `native`.
impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mode {
            Mode::Canary => write!(f, "canary {}%", self.percent),
            mode => f.write_str(mode.as_str()),
        }
    }
}

/// In JSON the percentage is a number, for whoever draws it; it has two decimals at most.
#[derive(Serialize, Deserialize)]
struct Shown {
    mode: Mode,
    #[serde(default)]
    percent: f64,
}

impl Serialize for Position {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Shown { mode: self.mode, percent: self.percent.as_number() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Shown { mode, percent } = Shown::deserialize(deserializer)?;
        let percent = percent.to_string().parse().map_err(serde::de::Error::custom)?;
        Ok(Self::new(mode, percent))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_position_survives_being_written_and_read(points in 0_u16..=10_000, mode in 0_usize..5) {
            let position = Position::new(Mode::ALL[mode], Percent::from_basis_points(points).unwrap());
            let text = serde_json::to_string(&position).unwrap();
            prop_assert_eq!(serde_json::from_str::<Position>(&text).unwrap(), position);
        }

        #[test]
        fn more_of_a_canary_is_further_up(low in 0_u16..10_000) {
            let of = |points| Position::new(Mode::Canary, Percent::from_basis_points(points).unwrap()).rank();
            prop_assert!(of(low) < of(low + 1));
            prop_assert!(Position::new(Mode::Shadow, Percent::NONE).rank() < of(low));
            prop_assert!(of(low) < Position::new(Mode::Verify, Percent::NONE).rank());
        }
    }
}
