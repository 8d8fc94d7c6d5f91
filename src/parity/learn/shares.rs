//! How far two numbers are apart, and the bound that follows from it.

use std::cmp::Ordering;

use crate::wire::Decimal;

/// Numbers that are further apart than this, as a share, are different numbers and no jitter.
pub(super) const NEAR: f64 = 0.01;
/// Smallest share that a bound is made from.
const LEAST: f64 = 1e-9;

/// The difference of two numbers as a share of the smaller one, so that it holds whichever is expected. None if there is
/// no such share.
pub(super) fn apart(a: &Decimal, b: &Decimal) -> Option<f64> {
    let magnitude = |number: &Decimal| if number.is_negative() { number.negated() } else { number.clone() };
    let off = magnitude(&a.subtract(b).ok()?);
    let (a, b) = (magnitude(a), magnitude(b));
    let smaller = if a.compare(&b) == Ok(Ordering::Less) { a } else { b };
    if smaller.is_zero() {
        return off.is_zero().then_some(0.0);
    }
    Some(off.divide(&smaller).ok()?.to_float()).filter(|share| share.is_finite())
}

/// A share rounded up to one significant digit: the digit, and its power of ten (of tenths: 3 for thousandths).
fn rounded_up(share: f64) -> (u32, usize) {
    let share = share.clamp(LEAST, 1.0);
    let mut places = 0;
    let mut scaled = share;
    while scaled < 1.0 {
        places += 1;
        scaled = share * 10_f64.powi(places);
    }
    // Binary fractions are off by a hair: 3.0000000000000004 is 3.
    let digit = (scaled - 1e-6).ceil().clamp(1.0, 10.0);
    // One digit: it fits.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 1 and 10")]
    (digit as u32, usize::try_from(places).unwrap_or(0))
}

/// A whole number of units at this decimal place.
fn written(number: u32, places: usize) -> String {
    let digits = format!("{number:0>width$}", width = places + 1);
    let (whole, part) = digits.split_at(digits.len() - places);
    let part = part.trim_end_matches('0');
    if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") }
}

/// The bound of a rule: the largest share seen, rounded up to one significant digit, times two.
pub(super) fn bound(largest: f64) -> String {
    let (digit, places) = rounded_up(largest);
    written(digit * 2, places)
}

/// The largest share seen, in percent, rounded up.
pub(super) fn percent(largest: f64) -> String {
    let (digit, places) = rounded_up(largest);
    match places.checked_sub(2) {
        Some(places) => format!("{} %", written(digit, places)),
        None => format!("{} %", digit * if places == 1 { 10 } else { 100 }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bound_is_twice_the_largest_share_rounded_up_to_one_digit() {
        for (share, expected, shown) in [
            (0.01, "0.02", "1 %"),
            (0.0034, "0.008", "0.4 %"),
            (0.003, "0.006", "0.3 %"),
            (0.0091, "0.02", "1 %"),
            (0.000_051, "0.00012", "0.006 %"),
            (0.0, "0.000000002", "0.0000001 %"),
        ] {
            assert_eq!((bound(share).as_str(), percent(share).as_str()), (expected, shown), "{share}");
        }
    }

    #[test]
    fn numbers_are_apart_by_a_share_of_the_smaller_one() {
        let apart = |a: &str, b: &str| apart(&Decimal::read(a).unwrap(), &Decimal::read(b).unwrap());
        assert_eq!(apart("100", "101"), Some(0.01));
        assert_eq!(apart("-101", "-100"), Some(0.01));
        assert_eq!(apart("1.0", "1.00"), Some(0.0));
        assert_eq!(apart("0", "0.0"), Some(0.0));
        assert_eq!(apart("0", "1"), None);
        assert!(apart("1", "-1").unwrap() > NEAR);
    }

    proptest! {
        #[test]
        fn a_bound_is_above_the_share_and_not_by_more_than_four_times(share in 1e-8..0.01_f64) {
            let bound: f64 = bound(share).parse().unwrap();
            prop_assert!(bound > share && bound <= share * 4.01, "{} {}", share, bound);
        }
    }
}
