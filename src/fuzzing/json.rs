//! JSON as Python reads and writes it: what was read and written is read the same again.

use crate::wire::{
    Value,
    json::{dumps, dumps_value, jsonify},
    parse::parse,
};

/// Both writers give what the reader takes; the one over serde writes what the one over values does.
pub fn run(data: &[u8]) {
    let Ok(value) = parse(data) else { return };
    let (long, short) = (dumps_value(&value), jsonify(&value));
    assert!(long.is_ascii() && short.is_ascii());
    assert!(!long.contains('\n') && short.ends_with('\n') && !short.trim_end_matches('\n').contains('\n'));
    let again = parse(long.as_bytes()).expect("what was written is JSON");
    assert_eq!(dumps_value(&again), long);
    let sorted = parse(short.as_bytes()).expect("what was written is JSON");
    assert_eq!(jsonify(&sorted), short);
    assert!(same(&again, &value), "{long}");
    // Whatever serde_json can hold as it is written: no NaN, no infinity, no int beyond 64 bits.
    if plain(&value) {
        let theirs: serde_json::Value = serde_json::from_str(&long).expect("it is JSON by any standard");
        assert_eq!(dumps(&theirs).unwrap(), long);
    }
    let _ = value.to_str();
    let _ = value.to_repr();
}

/// Equal, and not-a-number equal to itself.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Dict(a), Value::Dict(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((k, a), (l, b))| k == l && same(a, b))
        }
        (a, b) => a == b,
    }
}

fn plain(value: &Value) -> bool {
    match value {
        Value::Int(int) => i64::try_from(int).is_ok() || u64::try_from(int).is_ok(),
        Value::Float(float) => float.is_finite(),
        Value::List(items) => items.iter().all(plain),
        Value::Dict(entries) => entries.values().all(plain),
        Value::Null | Value::Bool(_) | Value::Str(_) => true,
    }
}
