//! What texts, ints and floats a decimal is made from.

use num_bigint::{BigInt, BigUint, Sign};
use num_traits::Num;
use thiserror::Error;

use super::Decimal;
use crate::wire::{number::is_blank, value::Value};

/// Largest power of ten that is calculated with here. Legacy goes to 999 999; nobody has that much.
const EXPONENT: i64 = 5000;

/// Why a text is no decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unread {
    /// Python raises `InvalidOperation`.
    #[error("it is no decimal")]
    Invalid,
    /// Digits of other scripts, or an exponent beyond 5000: legacy's to judge.
    #[error("it is a decimal of an unusual kind")]
    Odd,
}

impl Decimal {
    /// `Decimal(text)`: exact, whatever its length. Blanks around it and underscores anywhere are ignored.
    ///
    /// # Errors
    /// It is none, or one that is left to legacy.
    pub fn read(text: &str) -> Result<Self, Unread> {
        if text.chars().any(|c| !c.is_ascii() && (c.is_numeric() || c.is_whitespace())) {
            return Err(Unread::Odd);
        }
        let text = text.trim_matches(is_blank).replace('_', "").to_ascii_lowercase();
        let (negative, text) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text.as_str()),
        };
        if matches!(text, "inf" | "infinity") {
            return Ok(Self::Infinite { negative });
        }
        if let Some(payload) = text.strip_prefix("nan").or_else(|| text.strip_prefix("snan")) {
            let payload = all_digits(payload)?.trim_start_matches('0').to_owned();
            return Ok(Self::Nan { negative, signaling: text.starts_with('s'), payload });
        }
        let (digits, exponent) = match text.split_once('e') {
            Some((digits, exponent)) => (digits, power(exponent)?),
            None => (text, 0),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        // More digits than any exponent allows are not read at all: reading them takes their square.
        if digits.len() > 4 * usize::try_from(EXPONENT).unwrap_or(usize::MAX) {
            return Err(Unread::Odd);
        }
        let coefficient = format!("{}{}", all_digits(whole)?, all_digits(part)?);
        let coefficient = BigUint::from_str_radix(&coefficient, 10).map_err(|_| Unread::Invalid)?;
        let exponent = exponent - i64::try_from(part.len()).map_err(|_| Unread::Odd)?;
        let largest = exponent + i64::try_from(digits.len()).map_err(|_| Unread::Odd)?;
        if exponent < -EXPONENT || largest > EXPONENT {
            return Err(Unread::Odd);
        }
        Ok(Self::Finite { negative, coefficient, exponent })
    }

    /// `Decimal(str(number))`, which is how `FVal` takes a float.
    #[must_use]
    pub fn of_float(number: f64) -> Self {
        Value::Float(number).to_str().and_then(|text| Self::read(&text).ok()).unwrap_or_else(Self::zero)
    }
}

impl From<&BigInt> for Decimal {
    fn from(number: &BigInt) -> Self {
        Self::Finite { negative: number.sign() == Sign::Minus, coefficient: number.magnitude().clone(), exponent: 0 }
    }
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Self::from(&BigInt::from(number))
    }
}

fn all_digits(text: &str) -> Result<&str, Unread> {
    if text.bytes().all(|b| b.is_ascii_digit()) { Ok(text) } else { Err(Unread::Invalid) }
}

fn power(text: &str) -> Result<i64, Unread> {
    let digits = all_digits(text.strip_prefix(['+', '-']).unwrap_or(text))?;
    if digits.is_empty() {
        return Err(Unread::Invalid);
    }
    let power: i64 = digits.trim_start_matches('0').parse().or(if digits.bytes().all(|b| b == b'0') {
        Ok(0)
    } else {
        Err(Unread::Odd)
    })?;
    if power > EXPONENT {
        return Err(Unread::Odd);
    }
    Ok(if text.starts_with('-') { -power } else { power })
}
