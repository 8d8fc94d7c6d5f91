//! Amounts, prices, percentages: texts and numbers that become decimals.

use std::cmp::Ordering;

use super::{Fault, Item, Kind, Pass, Shape, shape::Sign};
use crate::wire::{
    decimal::{Decimal, read::Unread},
    value::Value,
};

/// How legacy begins to say that something is no decimal.
pub(super) const NO_DECIMAL: &str = "Expected string, int, float, or Decimal to initialize an FVal.";

/// `AmountField`
pub const AMOUNT: Kind = Kind::Scalar(Shape::Amount(Sign::Any), |value, _| {
    decimal(value, "Failed to deserialize value entry").map(Item::Decimal)
});
/// `PositiveAmountField`
pub const POSITIVE_AMOUNT: Kind = Kind::Scalar(Shape::Amount(Sign::Positive), positive);
/// `PriceField`
pub const PRICE: Kind = Kind::Scalar(Shape::Amount(Sign::NotNegative), price);
/// `FloatingPercentageField`: 0 to 100, read into 0 to 1.
pub const PERCENTAGE: Kind = Kind::Scalar(Shape::Percentage, percentage);

/// `FVal(value)`; messages begin with `prefix` and a colon, unless it is empty.
fn decimal(value: &Value, prefix: &str) -> Result<Decimal, Fault> {
    let say = |why: String| Fault::message(if prefix.is_empty() { why } else { format!("{prefix}: {why}") });
    match value {
        Value::Int(int) => Ok(Decimal::from(int)),
        Value::Float(float) => Ok(Decimal::of_float(*float)),
        Value::Str(text) => Decimal::read(text).map_err(|error| match error {
            Unread::Odd => Fault::legacy("an amount of an unusual kind"),
            Unread::Invalid => say(format!("{NO_DECIMAL}Found <class 'str'>.")),
        }),
        Value::Bool(_) => Err(say("Invalid type bool for data given to FVal constructor".into())),
        _ => Err(say(format!("Invalid type <class '{}'> of data given to FVal constructor", value.class()))),
    }
}

fn compared(decimal: &Decimal, other: i64) -> Result<Ordering, Fault> {
    decimal.compare(&Decimal::from(other)).map_err(|_| Fault::legacy("an amount that is not a number"))
}

fn positive(value: &Value, _: &Pass<'_>) -> Result<Item, Fault> {
    let amount = decimal(value, "Failed to deserialize value entry")?;
    if compared(&amount, 0)? == Ordering::Greater {
        return Ok(Item::Decimal(amount));
    }
    match value.to_str() {
        Some(shown) => Err(Fault::message(format!("Non-positive amount {shown} given. Amount should be > 0"))),
        None => Err(Fault::legacy("a message names a value in Python's own way")),
    }
}

fn price(value: &Value, _: &Pass<'_>) -> Result<Item, Fault> {
    let price = decimal(value, "Failed to deserialize a price/rate entry")?;
    if compared(&price, 0)? == Ordering::Less {
        return Err(Fault::message("A negative price is not allowed"));
    }
    Ok(Item::Decimal(price))
}

fn percentage(value: &Value, _: &Pass<'_>) -> Result<Item, Fault> {
    let percentage = decimal(value, "")?;
    if compared(&percentage, 0)? == Ordering::Less {
        return Err(Fault::message("Percentage field can not be negative"));
    }
    if compared(&percentage, 100)? == Ordering::Greater {
        return Err(Fault::message("Percentage field can not be greater than 100"));
    }
    let part = percentage.divide(&Decimal::from(100)).map_err(|_| Fault::legacy("a percentage of nothing"))?;
    Ok(Item::Decimal(part))
}
