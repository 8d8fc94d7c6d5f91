//! A decimal as text: plain (`format(x, 'f')`, what an amount is on the wire) and as `str()` prints it.

use std::fmt;

use num_traits::Zero;

use super::Decimal;

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
}
