//! A decimal as text: plain (`format(x, 'f')`, what an amount is on the wire) and as `str()` prints it.

use std::{cmp::Ordering, fmt};

use num_integer::Integer as _;
use num_traits::Zero;

use super::{Decimal, power_of_ten};

impl fmt::Display for Decimal {
    /// Never with an exponent; zeros at the end are kept.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finite { negative, coefficient, exponent } => {
                let digits = coefficient.to_string();
                f.write_str(if *negative { "-" } else { "" })?;
                match usize::try_from(*exponent) {
                    Ok(_) if coefficient.is_zero() => f.write_str("0"),
                    Ok(zeros) => write!(f, "{digits}{}", "0".repeat(zeros)),
                    Err(_) => write_point(f, &digits, exponent.unsigned_abs()),
                }
            }
            special => f.write_str(&special.to_scientific()),
        }
    }
}

impl Decimal {
    /// `format(x, '.2f')` for 2 places: rounded half to even. `None` for what is not finite.
    #[must_use]
    pub fn to_fixed(&self, places: u32) -> Option<String> {
        let Self::Finite { negative, coefficient, exponent } = self else { return None };
        let shift = exponent.checked_add(places.into())?;
        let unit = power_of_ten(shift.unsigned_abs());
        let coefficient = if shift >= 0 {
            coefficient * unit
        } else {
            let (kept, rest) = coefficient.div_rem(&unit);
            let up = match (rest * 2u8).cmp(&unit) {
                Ordering::Less => false,
                Ordering::Greater => true,
                Ordering::Equal => kept.is_odd(),
            };
            if up { kept + 1u8 } else { kept }
        };
        Some(Self::Finite { negative: *negative, coefficient, exponent: -i64::from(places) }.to_string())
    }

    /// `str()`: with an exponent where Python uses one.
    #[must_use]
    pub fn to_scientific(&self) -> String {
        let sign = if self.is_negative() { "-" } else { "" };
        match self {
            Self::Infinite { .. } => format!("{sign}Infinity"),
            Self::Nan { signaling, payload, .. } => {
                format!("{sign}{}{payload}", if *signaling { "sNaN" } else { "NaN" })
            }
            Self::Finite { coefficient, exponent, .. } => {
                let digits = coefficient.to_string();
                let adjusted = exponent + i64::try_from(digits.len()).unwrap_or(i64::MAX) - 1;
                if *exponent <= 0 && adjusted >= -6 {
                    return self.to_string();
                }
                let (first, rest) = digits.split_at(1);
                let point = if rest.is_empty() { "" } else { "." };
                format!("{sign}{first}{point}{rest}E{adjusted:+}")
            }
        }
    }
}

/// Digits with a point so many places from their end.
fn write_point(f: &mut fmt::Formatter<'_>, digits: &str, places: u64) -> fmt::Result {
    let places = usize::try_from(places).map_err(|_| fmt::Error)?;
    if digits.len() > places {
        let (whole, part) = digits.split_at(digits.len() - places);
        write!(f, "{whole}.{part}")
    } else {
        write!(f, "0.{}{digits}", "0".repeat(places - digits.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_printed_without_exponent_and_with_their_zeros() {
        for (text, plain, scientific) in [
            ("1.50", "1.50", "1.50"),
            ("1E3", "1000", "1E+3"),
            ("1e-7", "0.0000001", "1E-7"),
            ("-0", "-0", "-0"),
            ("0E3", "0", "0E+3"),
            ("0E-9", "0.000000000", "0E-9"),
            ("NaN", "NaN", "NaN"),
            ("-snan0012", "-sNaN12", "-sNaN12"),
            ("-inf", "-Infinity", "-Infinity"),
            (" 1_000.5\n", "1000.5", "1000.5"),
            ("12.5e-20", "0.000000000000000000125", "1.25E-19"),
            (".5", "0.5", "0.5"),
            ("5.", "5", "5"),
        ] {
            let decimal = Decimal::read(text).unwrap();
            assert_eq!((decimal.to_string().as_str(), decimal.to_scientific().as_str()), (plain, scientific), "{text}");
        }
    }
    #[test]
    fn places_are_cut_half_to_even() {
        for (text, shown) in [
            ("12.345", "12.34"),
            ("12.355", "12.36"),
            ("12.3451", "12.35"),
            ("99.995", "100.00"),
            ("-0.001", "-0.00"),
            ("1E3", "1000.00"),
            ("0E-9", "0.00"),
            ("7", "7.00"),
        ] {
            assert_eq!(Decimal::read(text).unwrap().to_fixed(2).as_deref(), Some(shown), "{text}");
        }
        assert_eq!(Decimal::read("12.5").unwrap().to_fixed(0).as_deref(), Some("12"));
        assert_eq!(Decimal::read("NaN").unwrap().to_fixed(2), None);
    }
}
