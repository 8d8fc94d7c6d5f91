//! Ints and decimals: two texts, a line each.

use std::cmp::Ordering;

use num_bigint::BigInt;

use super::line;
use crate::wire::{
    Decimal,
    number::{Read, int, truncated},
};

/// What a text was read as is read the same from what is printed; operations agree with each other.
pub fn run(data: &[u8]) {
    let (first, rest) = line(data);
    let texts = (std::str::from_utf8(first), std::str::from_utf8(line(rest).0));
    let (Ok(first), Ok(second)) = texts else { return };
    for base in [10, 16] {
        if let Read::Int(number) = int(first, base) {
            assert_eq!(int(&number.to_str_radix(base), base), Read::Int(number));
        }
    }
    if let Ok(float) = first.parse::<f64>() {
        assert_eq!(truncated(float).is_some(), float.is_finite());
        let _ = Decimal::of_float(float);
    }
    let Ok(a) = Decimal::read(first) else { return };
    assert_eq!(Decimal::read(&a.to_scientific()), Ok(a.clone()), "{first:?}");
    let plain = a.to_string();
    let again = Decimal::read(&plain).expect("what was printed is a decimal");
    assert_eq!(again.to_string(), plain);
    let _ = (a.to_int(), a.to_fixed(2), a.is_zero());
    let Ok(b) = Decimal::read(second) else { return };
    // Of two that are none, the first has its digits in the result.
    let both = [&a, &b].iter().all(|decimal| matches!(decimal, Decimal::Nan { .. }));
    if !both {
        assert_eq!(a.add(&b), b.add(&a), "{a} {b}");
        assert_eq!(a.multiply(&b), b.multiply(&a), "{a} {b}");
    }
    let _ = (a.subtract(&b), a.divide(&b));
    match (a.compare(&b), b.compare(&a)) {
        (Ok(one), Ok(other)) => {
            assert_eq!(one, other.reverse());
            assert!(one != Ordering::Equal || a.compare(&again) == Ok(Ordering::Equal) && again.to_int() == a.to_int());
        }
        (one, other) => assert_eq!(one.is_ok(), other.is_ok()),
    }
    if let Some(whole) = a.to_int() {
        assert_eq!(Decimal::from(&whole).compare(&a), Ok(Ordering::Equal));
        assert_eq!(int(&whole.to_string(), 10), Read::Int(BigInt::clone(&whole)));
    }
}
