//! Python's `int()` of a text or a float.

use num_bigint::BigInt;
use num_traits::{FromPrimitive, Num};

/// What became of a text that should be an int.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// An int.
    Int(BigInt),
    /// Python raises `ValueError`.
    Invalid,
    /// It has digits or blanks of other scripts, or more digits than Python converts: legacy's to judge.
    Odd,
}

/// `int(text, base)` for base 10 or 16: blanks around it, a sign, single underscores between digits, and for base 16 an
/// optional `0x`.
#[must_use]
pub fn int(text: &str, base: u32) -> Read {
    if text.chars().any(|c| !c.is_ascii() && (c.is_numeric() || c.is_whitespace())) {
        return Read::Odd;
    }
    let digits = text.trim_matches(is_space);
    let (negative, digits) = match digits.as_bytes().first() {
        Some(b'-') => (true, &digits[1..]),
        Some(b'+') => (false, &digits[1..]),
        _ => (false, digits),
    };
    let digits = match digits.get(..2) {
        Some("0x" | "0X") if base == 16 => digits[2..].strip_prefix('_').unwrap_or(&digits[2..]),
        _ => digits,
    };
    if digits.split('_').any(|run| run.is_empty() || !run.chars().all(|c| c.is_digit(base))) {
        return Read::Invalid;
    }
    if base == 10 && digits.len() > 4300 {
        return Read::Odd;
    }
    match BigInt::from_str_radix(&digits.replace('_', ""), base) {
        Ok(number) => Read::Int(if negative { -number } else { number }),
        Err(_) => Read::Invalid,
    }
}

/// `int(number)`: towards zero; `None` for what is not finite.
#[must_use]
pub fn truncated(number: f64) -> Option<BigInt> {
    BigInt::from_f64(number.trunc())
}

/// An ASCII character that C counts as a space, which is what `int()` and `bytes.fromhex()` pass over.
#[must_use]
pub fn is_space(c: char) -> bool {
    matches!(c, '\t'..='\r' | ' ')
}

/// An ASCII character that Python counts as a blank, which is what `str.strip()` and `Decimal()` pass over.
#[must_use]
pub fn is_blank(c: char) -> bool {
    matches!(c, '\t'..='\r' | '\u{1c}'..='\u{1f}' | ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_ints_where_python_says_so() {
        for (text, base, number) in [
            ("2", 10, 2),
            (" -0_7\n", 10, -7),
            ("+12_000", 10, 12_000),
            ("ffffff", 16, 0x00ff_ffff),
            ("0x_fF", 16, 255),
            ("-0Xa", 16, -10),
            ("\u{b}1\u{c}", 10, 1),
        ] {
            assert_eq!(int(text, base), Read::Int(number.into()), "{text:?}");
        }
        for text in
            ["", " ", "\u{1c}1", "1\u{1f}", "1__0", "_1", "1_", "+-1", "- 1", "0x1", "1.0", "1e3", "é", "+", "1\0"]
        {
            assert_eq!(int(text, 10), Read::Invalid, "{text:?}");
        }
        for text in ["٣", "\u{a0}1", "1\u{2003}"] {
            assert_eq!(int(text, 10), Read::Odd, "{text:?}");
        }
        assert_eq!(int(&"9".repeat(4301), 10), Read::Odd);
        assert_eq!(truncated(-2.9), Some((-2).into()));
        assert_eq!(truncated(f64::NAN), None);
    }
}
