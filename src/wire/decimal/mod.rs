//! Python's `decimal.Decimal` as legacy's `FVal` uses it: 78 significant digits, `ROUND_HALF_EVEN`, exponents kept.
//!
//! - [`read`]: what texts, ints and floats it is made from
//! - [`arithmetic`]: add, subtract, multiply, divide, compare
//! - [`print`]: with an exponent or without

pub mod arithmetic;
pub mod print;
pub mod read;

use num_bigint::BigUint;
use num_traits::Zero;

/// Significant digits of a result (`ceil(log10(2 ** 256))`).
pub const PRECISION: u64 = 78;

/// A decimal number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decimal {
    /// `coefficient * 10 ** exponent`, with a sign that zero has too.
    Finite {
        /// Below zero, or minus zero.
        negative: bool,
        /// Digits, without bound as long as nothing was calculated.
        coefficient: BigUint,
        /// Power of ten; -2 for `1.50`.
        exponent: i64,
    },
    /// `Infinity` or `-Infinity`.
    Infinite {
        /// Minus infinity.
        negative: bool,
    },
    /// Not a number.
    Nan {
        /// With a minus.
        negative: bool,
        /// Raises when it is used (`sNaN`).
        signaling: bool,
        /// The digits behind it, leading zeros off.
        payload: String,
    },
}

impl Decimal {
    /// Plain zero.
    #[must_use]
    pub fn zero() -> Self {
        Self::Finite { negative: false, coefficient: BigUint::zero(), exponent: 0 }
    }

    /// Whether it is zero or minus zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        matches!(self, Self::Finite { coefficient, .. } if coefficient.is_zero())
    }

    /// Whether it is neither infinite nor not-a-number.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        matches!(self, Self::Finite { .. })
    }

    /// Whether its sign is a minus; minus zero has one too.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        match self {
            Self::Finite { negative, .. } | Self::Infinite { negative } | Self::Nan { negative, .. } => *negative,
        }
    }
}

/// Ten to a power.
fn power_of_ten(exponent: u64) -> BigUint {
    num_traits::Pow::pow(BigUint::from(10u8), exponent)
}

/// Number of decimal digits; 1 for zero, as Python counts.
fn digits(coefficient: &BigUint) -> u64 {
    // 0.30103 is a little more than log10(2): an upper bound, one too high at times.
    let bound = coefficient.bits() * 30_103 / 100_000 + 1;
    if bound > 1 && *coefficient < power_of_ten(bound - 1) { bound - 1 } else { bound }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_counted() {
        for power in 0..120 {
            let round = power_of_ten(power);
            assert_eq!(digits(&round), power + 1);
            assert_eq!(digits(&(&round * 9u8)), power + 1);
            if power > 0 {
                assert_eq!(digits(&(round - 1u8)), power);
            }
        }
        assert_eq!(digits(&BigUint::zero()), 1);
    }
}
