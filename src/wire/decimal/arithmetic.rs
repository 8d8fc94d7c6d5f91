//! Calculating as Python's decimal context of legacy does (General Decimal Arithmetic, precision 78).

use std::cmp::Ordering;

use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer as _;
use num_traits::{ToPrimitive, Zero};
use thiserror::Error;

use super::{Decimal, PRECISION, digits, power_of_ten};

/// Largest adjusted exponent of a result; beyond it legacy raises, or rounds away.
const EXPONENT_MAX: i64 = 999_999;

/// Legacy raises here: `InvalidOperation`, `DivisionByZero`, `Overflow`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a decimal operation without a result")]
pub struct NoResult;

type Calculated = Result<Decimal, NoResult>;

impl Decimal {
    /// `self + other`
    ///
    /// # Errors
    /// Legacy raises: a signaling NaN, or infinities of both signs.
    pub fn add(&self, other: &Self) -> Calculated {
        if let Some(nan) = nan(self, other) {
            return nan;
        }
        match (self, other) {
            (Self::Infinite { negative: a }, Self::Infinite { negative: b }) if a != b => Err(NoResult),
            (Self::Infinite { .. }, _) => Ok(self.clone()),
            (_, Self::Infinite { .. }) => Ok(other.clone()),
            (
                Self::Finite { negative: an, coefficient: a, exponent: ae },
                Self::Finite { negative: bn, coefficient: b, exponent: be },
            ) => sum((*an, a, *ae), (*bn, b, *be)),
            _ => Err(NoResult),
        }
    }

    /// `self - other`
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn subtract(&self, other: &Self) -> Calculated {
        if let Some(nan) = nan(self, other) {
            return nan;
        }
        self.add(&other.negated())
    }

    /// `self * other`
    ///
    /// # Errors
    /// Legacy raises: a signaling NaN, or zero times infinity.
    pub fn multiply(&self, other: &Self) -> Calculated {
        if let Some(nan) = nan(self, other) {
            return nan;
        }
        let negative = self.is_negative() != other.is_negative();
        match (self, other) {
            (Self::Finite { coefficient: a, exponent: ae, .. }, Self::Finite { coefficient: b, exponent: be, .. }) => {
                rounded(negative, a * b, ae + be)
            }
            _ if self.is_zero() || other.is_zero() => Err(NoResult),
            _ => Ok(Self::Infinite { negative }),
        }
    }

    /// `self / other`
    ///
    /// # Errors
    /// Legacy raises: a signaling NaN, division by zero, infinity by infinity.
    pub fn divide(&self, other: &Self) -> Calculated {
        if let Some(nan) = nan(self, other) {
            return nan;
        }
        let negative = self.is_negative() != other.is_negative();
        match (self, other) {
            (Self::Infinite { .. }, Self::Infinite { .. }) => Err(NoResult),
            (Self::Infinite { .. }, _) => Ok(Self::Infinite { negative }),
            // Zero at the smallest exponent there is: nobody can mean that.
            (_, Self::Infinite { .. }) => Err(NoResult),
            (Self::Finite { coefficient: a, exponent: ae, .. }, Self::Finite { coefficient: b, exponent: be, .. }) => {
                quotient(negative, (a, *ae), (b, *be))
            }
            _ => Err(NoResult),
        }
    }

    /// `-self`, without rounding.
    #[must_use]
    pub fn negated(&self) -> Self {
        let mut result = self.clone();
        match &mut result {
            Self::Finite { negative, .. } | Self::Infinite { negative } | Self::Nan { negative, .. } => {
                *negative = !*negative;
            }
        }
        result
    }

    /// Which is larger.
    ///
    /// # Errors
    /// Legacy raises: one of them is not a number.
    pub fn compare(&self, other: &Self) -> Result<Ordering, NoResult> {
        let rank = |decimal: &Self| match decimal {
            Self::Infinite { negative: true } => -1,
            Self::Infinite { negative: false } => 1,
            _ => 0,
        };
        match (self, other) {
            (Self::Nan { .. }, _) | (_, Self::Nan { .. }) => Err(NoResult),
            (
                Self::Finite { negative: an, coefficient: a, exponent: ae },
                Self::Finite { negative: bn, coefficient: b, exponent: be },
            ) => {
                let least = *ae.min(be);
                Ok(signed(*an, a, ae - least)?.cmp(&signed(*bn, b, be - least)?))
            }
            _ => Ok(rank(self).cmp(&rank(other))),
        }
    }

    /// The int that it is; `None` if it has a part behind the point, or is no finite number.
    #[must_use]
    pub fn to_int(&self) -> Option<BigInt> {
        let Self::Finite { negative, coefficient, exponent } = self else { return None };
        if *exponent >= 0 {
            return signed(*negative, coefficient, *exponent).ok();
        }
        let (whole, part) = coefficient.div_rem(&power_of_ten(exponent.unsigned_abs()));
        let sign = if *negative { Sign::Minus } else { Sign::Plus };
        part.is_zero().then(|| BigInt::from_biguint(sign, whole))
    }

    /// The nearest float.
    #[must_use]
    pub fn to_float(&self) -> f64 {
        match self {
            Self::Nan { .. } => f64::NAN,
            other => other.to_scientific().replace("Infinity", "inf").parse().unwrap_or(f64::NAN),
        }
    }
}

/// What not-a-number makes of an operation, if one of its operands is none.
fn nan(a: &Decimal, b: &Decimal) -> Option<Calculated> {
    let is = |decimal: &Decimal, kind: bool| matches!(decimal, Decimal::Nan { signaling, .. } if *signaling == kind);
    if is(a, true) || is(b, true) {
        return Some(Err(NoResult));
    }
    [a, b].into_iter().find(|decimal| is(decimal, false)).map(|nan| Ok(cut(nan.clone())))
}

/// A result has no more digits than the precision, not-a-number's own neither: its last ones stay.
fn cut(mut result: Decimal) -> Decimal {
    if let Decimal::Nan { payload, .. } = &mut result {
        let over = payload.len().saturating_sub(usize::try_from(PRECISION).unwrap_or(usize::MAX));
        *payload = payload[over..].trim_start_matches('0').to_owned();
    }
    result
}

type Operand<'a> = (bool, &'a BigUint, i64);

fn sum(a: Operand<'_>, b: Operand<'_>) -> Calculated {
    let least = a.2.min(b.2);
    let (low, high) = if a.2 <= b.2 { (a, b) } else { (b, a) };
    // An operand far below the other's last digit that counts is a nudge: its own digits do not matter.
    let high_digits = i64::try_from(digits(high.1)).map_err(|_| NoResult)?;
    let low_top = low.2 + i64::try_from(digits(low.1)).map_err(|_| NoResult)? - 1;
    let precision = i64::try_from(PRECISION).map_err(|_| NoResult)?;
    let floor = high.2 + (high_digits - precision - 2).min(-1);
    let (low_coefficient, least) = if high.1.is_zero() || low.1.is_zero() {
        // Zeros are added down to the last digit that may be shown, and no further.
        if low.1.is_zero() && !high.1.is_zero() {
            (BigUint::zero(), least.max(high.2 - precision - 1))
        } else {
            (low.1.clone(), least)
        }
    } else if low_top < floor {
        (BigUint::from(1u8), floor)
    } else {
        (low.1.clone(), least)
    };
    let high = signed(high.0, high.1, high.2 - least)?;
    let low_sign = if low.0 { Sign::Minus } else { Sign::Plus };
    let total = high + BigInt::from_biguint(low_sign, low_coefficient);
    // Zero is minus zero only as the sum of two of them.
    let negative = if total.is_zero() { a.0 && b.0 } else { total.sign() == Sign::Minus };
    rounded(negative, total.magnitude().clone(), least)
}

fn quotient(negative: bool, (a, ae): (&BigUint, i64), (b, be): (&BigUint, i64)) -> Calculated {
    if b.is_zero() {
        return Err(NoResult);
    }
    let ideal = ae - be;
    if a.is_zero() {
        return rounded(negative, BigUint::zero(), ideal);
    }
    let shift = i64::try_from(digits(b)).map_err(|_| NoResult)? - i64::try_from(digits(a)).map_err(|_| NoResult)?
        + i64::try_from(PRECISION).map_err(|_| NoResult)?
        + 1;
    let mut exponent = ideal - shift;
    let scale = power_of_ten(shift.unsigned_abs());
    let (mut coefficient, rest) = if shift >= 0 { (a * scale).div_rem(b) } else { a.div_rem(&(b * scale)) };
    if rest.is_zero() {
        // Exact: zeros off again, as far as the ideal exponent.
        while exponent < ideal {
            let (shorter, digit) = coefficient.div_rem(&BigUint::from(10u8));
            if !digit.is_zero() {
                break;
            }
            coefficient = shorter;
            exponent += 1;
        }
    } else if (&coefficient % 5u8).is_zero() {
        // Never mistaken for exactly half.
        coefficient += 1u8;
    }
    rounded(negative, coefficient, exponent)
}

/// A coefficient with its sign, so many zeros longer.
fn signed(negative: bool, coefficient: &BigUint, zeros: i64) -> Result<BigInt, NoResult> {
    let zeros = u64::try_from(zeros).map_err(|_| NoResult)?;
    let sign = if negative { Sign::Minus } else { Sign::Plus };
    Ok(BigInt::from_biguint(sign, coefficient * power_of_ten(zeros)))
}

/// Rounds to the precision, half to even.
fn rounded(negative: bool, mut coefficient: BigUint, mut exponent: i64) -> Calculated {
    // Twice at most: 999… becomes 1000….
    while digits(&coefficient) > PRECISION {
        let excess = digits(&coefficient) - PRECISION;
        let unit = power_of_ten(excess);
        let (kept, rest) = coefficient.div_rem(&unit);
        let up = match (rest * 2u8).cmp(&unit) {
            Ordering::Less => false,
            Ordering::Greater => true,
            Ordering::Equal => kept.is_odd(),
        };
        coefficient = if up { kept + 1u8 } else { kept };
        exponent += excess.to_i64().ok_or(NoResult)?;
    }
    let adjusted = exponent + digits(&coefficient).to_i64().ok_or(NoResult)? - 1;
    if adjusted.abs() > EXPONENT_MAX {
        return Err(NoResult);
    }
    Ok(Decimal::Finite { negative, coefficient, exponent })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::read(text).unwrap()
    }

    #[test]
    fn results_keep_the_exponents_python_keeps() {
        let third = decimal("1").divide(&decimal("3")).unwrap().to_string();
        assert_eq!(third, format!("0.{}", "3".repeat(78)));
        for (result, text) in [
            (decimal("1.50").add(&decimal("2.5")), "4.00"),
            (decimal("1.50").subtract(&decimal("1.5")), "0.00"),
            (decimal("1.50").multiply(&decimal("2.0")), "3.000"),
            (decimal("3.00").divide(&decimal("2")), "1.50"),
            (decimal("-0").add(&decimal("-0")), "-0"),
            (decimal("0").multiply(&decimal("-5")), "-0"),
            (decimal("NaN").add(&decimal("1")), "NaN"),
        ] {
            assert_eq!(result.unwrap().to_string(), text);
        }
        assert_eq!(decimal("1").divide(&decimal("0")), Err(NoResult));
        assert_eq!(decimal("nan").compare(&decimal("0")), Err(NoResult));
        let long = format!("nan1{}7", "0".repeat(80));
        assert_eq!(decimal(&long).add(&decimal("1")).unwrap().to_string(), "NaN7");
    }

    #[test]
    fn comparing_looks_at_values_alone() {
        assert_eq!(decimal("1.50").compare(&decimal("1.5")), Ok(Ordering::Equal));
        assert_eq!(decimal("-0").compare(&decimal("0E5")), Ok(Ordering::Equal));
        assert_eq!(decimal("-inf").compare(&decimal("-1E100")), Ok(Ordering::Less));
        assert_eq!(decimal("1.0").to_int(), Some(1.into()));
        assert_eq!(decimal("1.5").to_int(), None);
    }
}
