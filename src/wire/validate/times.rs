//! Timestamps.

use num_bigint::BigInt;

use super::{Fault, Item, Pass, amounts::NO_DECIMAL};
use crate::wire::{
    decimal::{Decimal, read::Unread},
    value::Value,
};

pub(super) fn timestamp(value: &Value, factor: i64) -> Result<Item, Fault> {
    seconds(value).map(|seconds| Item::Int(seconds * factor))
}

/// Legacy applies the factor before it compares, and once more after.
pub(super) fn until_now(value: &Value, factor: i64, pass: &Pass<'_>) -> Result<Item, Fault> {
    let timestamp = seconds(value)? * factor;
    if timestamp > BigInt::from(pass.now) {
        return Err(Fault::message("Given date cannot be in the future"));
    }
    Ok(Item::Int(timestamp * factor))
}

fn seconds(value: &Value) -> Result<BigInt, Fault> {
    let seconds = match value {
        Value::Bool(flag) => BigInt::from(u8::from(*flag)),
        Value::Int(int) => int.clone(),
        Value::Float(float) => exact(&Decimal::of_float(*float), value)?,
        Value::Str(text) => match Decimal::read(text) {
            Ok(decimal) => exact(&decimal, value)?,
            Err(Unread::Odd) => return Err(Fault::legacy("a timestamp of an unusual kind")),
            Err(Unread::Invalid) => return Err(not_a_timestamp(value, &format!("{NO_DECIMAL}Found <class 'str'>."))),
        },
        _ => {
            return Err(Fault::message(format!(
                "Failed to deserialize a timestamp entry. Unexpected type <class '{}'> given",
                value.class()
            )));
        }
    };
    if seconds < BigInt::ZERO {
        return Err(Fault::message(format!(
            "Failed to deserialize a timestamp entry. Timestamps can not have negative values. Given value was {seconds}"
        )));
    }
    Ok(seconds)
}

fn exact(decimal: &Decimal, value: &Value) -> Result<BigInt, Fault> {
    match decimal {
        Decimal::Infinite { .. } => Err(Fault::Crash("cannot convert Infinity to integer".into())),
        Decimal::Nan { signaling: true, .. } => Err(Fault::legacy("a signaling NaN")),
        _ => decimal.to_int().ok_or_else(|| {
            not_a_timestamp(value, &format!("Tried to ask for exact int from {}", decimal.to_scientific()))
        }),
    }
}

fn not_a_timestamp(value: &Value, why: &str) -> Fault {
    match value.to_str() {
        Some(shown) => {
            Fault::message(format!("Failed to deserialize a timestamp entry from string {shown} due to {why}"))
        }
        None => Fault::legacy("a message names a value in Python's own way"),
    }
}
