//! JSON, ints and decimals against `CPython` itself.

use serde_json::{Value as Told, json};

use super::{line, python::Python};
use crate::wire::{
    Decimal,
    decimal::read::Unread,
    json::{dumps_value, jsonify},
    number::{Read, int},
    parse::{Unparsed, parse},
};

static PYTHON: Python = Python::new(
    r"
import json
from decimal import Decimal, DefaultContext, DecimalException, setcontext

DefaultContext.prec = 78
setcontext(DefaultContext)

def tried(make):
    try:
        return make()
    except (ValueError, DecimalException, OverflowError):
        return None

def of_text(text):
    value = json.loads(text)
    return [json.dumps(value), json.dumps(value, sort_keys=True, separators=(',', ':')), str(value)]

def of_numbers(a, b, decimals):
    ints = [tried(lambda: str(int(a))), tried(lambda: hex(int(a, 16)))]
    if not decimals:
        return [ints, None, None]
    first, second = tried(lambda: Decimal(a)), tried(lambda: Decimal(b))
    shown = tried(lambda: [f'{first:f}', str(first)]) if first is not None else None
    if first is None or second is None:
        return [ints, shown, None]
    operations = [lambda: first + second, lambda: first - second, lambda: first * second, lambda: first / second]
    results = [tried(lambda: str(operation())) for operation in operations]
    order = tried(lambda: str(first.compare_signal(second)))
    return [ints, shown, [*results, None if order == 'NaN' else order]]

def answer(question):
    if 'json' in question:
        return tried(lambda: of_text(question['json']))
    return of_numbers(*question['numbers'])
",
);

/// What Python reads is read, what it refuses is refused, and what is written is what it writes.
pub fn json(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let read = parse(data);
    if matches!(read, Err(Unparsed::Odd(_))) {
        return;
    }
    let Some(told) = PYTHON.ask(&json!({ "json": text })) else { return };
    match read {
        Ok(value) => {
            assert_eq!(told[0].as_str(), Some(dumps_value(&value).as_str()), "{text:?}");
            assert_eq!(told[1].as_str(), jsonify(&value).strip_suffix('\n'), "{text:?}");
            if let Some(shown) = value.to_str() {
                assert_eq!(told[2].as_str(), Some(shown.as_str()), "{text:?}");
            }
        }
        Err(_) => assert!(told.is_null(), "Python reads {text:?} as {told}"),
    }
}

/// Two texts, a line each: what they are as ints and decimals, and what comes of calculating with them.
pub fn numbers(data: &[u8]) {
    let (first, rest) = line(data);
    let (Ok(first), Ok(second)) = (std::str::from_utf8(first), std::str::from_utf8(line(rest).0)) else { return };
    let (a, b) = (Decimal::read(first), Decimal::read(second));
    // Nor is Python asked for a billion digits.
    let odd = matches!(a, Err(Unread::Odd)) || matches!(b, Err(Unread::Odd));
    let Some(told) = PYTHON.ask(&json!({ "numbers": [first, second, !odd] })) else { return };
    match int(first, 10) {
        Read::Int(number) => assert_eq!(told[0][0], number.to_string(), "{first:?}"),
        Read::Invalid => assert_eq!(told[0][0], Told::Null, "{first:?}"),
        Read::Odd => {}
    }
    match int(first, 16) {
        Read::Int(number) => {
            let shown = number.to_str_radix(16);
            let shown = shown.strip_prefix('-').map_or(format!("0x{shown}"), |digits| format!("-0x{digits}"));
            assert_eq!(told[0][1], shown, "{first:?}");
        }
        Read::Invalid => assert_eq!(told[0][1], Told::Null, "{first:?}"),
        Read::Odd => {}
    }
    if odd {
        return;
    }
    match &a {
        Ok(a) => assert_eq!(told[1], json!([a.to_string(), a.to_scientific()]), "{first:?}"),
        Err(_) => assert_eq!(told[1], Told::Null, "{first:?}"),
    }
    let (Ok(a), Ok(b)) = (a, b) else { return };
    // A number by infinity is zero at an exponent that nobody means: left to legacy.
    let by_infinity = a.is_finite() && matches!(b, Decimal::Infinite { .. });
    let results = [a.add(&b), a.subtract(&b), a.multiply(&b), a.divide(&b)];
    for (at, result) in results.into_iter().enumerate() {
        let shown = result.ok().map(|result| result.to_scientific());
        if let Some(shown) = shown {
            assert_eq!(told[2][at], shown, "operation {at} of {first:?} and {second:?}");
        } else {
            let left = by_infinity || told[2][at].as_str().is_some_and(is_huge);
            assert!(left || told[2][at].is_null(), "operation {at} of {first:?} and {second:?}: {}", told[2][at]);
        }
    }
    match a.compare(&b) {
        Ok(order) => assert_eq!(told[2][4], (order as i64).to_string(), "{first:?} and {second:?}"),
        Err(_) => assert_eq!(told[2][4], Told::Null, "{first:?} and {second:?}"),
    }
}

/// A result with an exponent that is not calculated with here.
fn is_huge(shown: &str) -> bool {
    let exponent = shown.split_once('E').and_then(|(_, exponent)| exponent.parse::<i64>().ok());
    exponent.is_some_and(|exponent| exponent.abs() > 4_000)
}
