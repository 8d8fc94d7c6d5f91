//! Arguments that several kinds of entries have.

use std::cmp::Ordering;

use num_bigint::BigInt;
use sha3::{Digest as _, Sha3_256};

use crate::{
    schema::{
        events::{EVENT_SUBTYPES, EVENT_TYPES},
        locations::NAMES,
    },
    wire::{
        decimal::Decimal,
        hex::hex,
        validate::{
            Fallback, Fault, Field, Item, Kind, Members, Mistyped, Pass, Record, Validator, amounts, field,
            texts::{INTEGER, STRING_OR_NONE},
        },
    },
};

pub(super) static EVENT_TYPE_NAMES: Members = Members::of("HistoryEventType", EVENT_TYPES);
pub(super) static EVENT_SUBTYPE_NAMES: Members = Members::of("HistoryEventSubType", EVENT_SUBTYPES);
pub(super) static LOCATION_NAMES: Members = Members::of("Location", NAMES);

pub(super) const TIMESTAMP: Field = field("timestamp", Kind::Timestamp(1)).required();
pub(super) const AMOUNT: Field = field("amount", amounts::AMOUNT).required();
pub(super) const IDENTIFIER: Field = field("identifier", INTEGER).required();
pub(super) const EVENT_TYPE: Field = field("event_type", Kind::Member(&EVENT_TYPE_NAMES)).required();
pub(super) const EVENT_SUBTYPE: Field = field("event_subtype", Kind::Member(&EVENT_SUBTYPE_NAMES)).required();
pub(super) const ASSET: Field = field("asset", Kind::Asset("asset")).required();
pub(super) const USER_NOTES: Field = field("user_notes", STRING_OR_NONE).or(Fallback::Null);
pub(super) const SEQUENCE_INDEX: Field = field("sequence_index", INTEGER).required();
pub(super) const LOCATION_LABEL: Field = field("location_label", STRING_OR_NONE).or(Fallback::Null);
pub(super) const LOCATION: Field = field("location", Kind::Member(&LOCATION_NAMES)).required();
pub(super) const EVENT_IDENTIFIER: Field = field("event_identifier", STRING_OR_NONE).or(Fallback::Null);
pub(super) const UNIQUE_ID: Field = field("unique_id", STRING_OR_NONE).or(Fallback::Null);
pub(super) const VALIDATOR_INDEX: Field = field("validator_index", INTEGER).required().check(&[Validator::Range {
    min: Some(0),
    max: None,
    error: Some("Validator index must be an integer >= 0"),
}]);

/// `Range(min=ZERO, min_inclusive=False)`. What is not a number can not be compared, and legacy does not catch that.
pub(super) const ABOVE_ZERO: &[Validator] = &[Validator::Custom(above_zero)];

/// An int of any size.
pub(super) fn int(arguments: &Record, name: &str) -> Result<BigInt, Mistyped> {
    match arguments.get(name) {
        Some(Item::Int(int)) => Ok(int.clone()),
        _ => Err(Mistyped::Wrong(name.to_owned(), "an int")),
    }
}

/// An int that is not there where an event is added.
pub(super) fn maybe_int(arguments: &Record, name: &str) -> Result<Option<BigInt>, Mistyped> {
    if arguments.is_null(name) { Ok(None) } else { int(arguments, name).map(Some) }
}

/// An amount as it is stored.
pub(super) fn amount(arguments: &Record, name: &str) -> Result<String, Mistyped> {
    let amount = arguments.maybe_decimal(name)?;
    amount.map(ToString::to_string).ok_or_else(|| Mistyped::Wrong(name.to_owned(), "an amount"))
}

/// A text or nothing.
pub(super) fn text(arguments: &Record, name: &str) -> Result<Option<String>, Mistyped> {
    Ok(arguments.maybe_text(name)?.map(str::to_owned))
}

/// A member of an enumeration, as the wire spells it.
pub(super) fn member(arguments: &Record, name: &str) -> Result<&'static str, Mistyped> {
    match arguments.get(name) {
        Some(Item::Member(member)) => Ok(member),
        _ => Err(Mistyped::Wrong(name.to_owned(), "a member of an enumeration")),
    }
}

/// The one at this place of `user_notes`, where that is a list.
pub(super) fn notes(arguments: &Record, at: usize) -> Option<String> {
    match arguments.get("user_notes") {
        Some(Item::List(notes)) => notes.get(at).and_then(Item::as_text).map(str::to_owned),
        _ => None,
    }
}

/// What the events of an exchange have in common: what was given, or a hash of the exchange's own identifier, or else of
/// what is unique about them.
pub(super) fn group(arguments: &Record, location: &str, unique: &str) -> Result<String, Mistyped> {
    if let Some(given) = arguments.maybe_text("event_identifier")? {
        return Ok(given.to_owned());
    }
    let unique = arguments.maybe_text("unique_id")?.unwrap_or(unique);
    let hash = Sha3_256::digest([location, unique].concat());
    Ok(hex(&hash))
}

fn above_zero(item: &Item, _: &Pass<'_>) -> Result<(), Fault> {
    let Item::Decimal(amount) = item else { return Err(Fault::legacy("a range over something else than an amount")) };
    match amount.compare(&Decimal::zero()) {
        Ok(Ordering::Greater) => Ok(()),
        Ok(_) => Err(Fault::message("Must be greater than 0.")),
        Err(_) => Err(Fault::Crash("[<class 'decimal.InvalidOperation'>]".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_what_was_given_or_a_hash_of_what_is_unique() {
        let mut arguments = Record::default();
        let of = |arguments: &Record| group(arguments, "kraken", "1700").unwrap();
        let unnamed = of(&arguments);
        arguments.insert("unique_id", Item::Text("u".into()));
        assert_eq!(of(&arguments), "0e731d8e1284e529a8e6cdf86e762e26269b9a5c53ac1d4ebb530a75221079f0");
        assert_ne!(of(&arguments), unnamed);
        arguments.insert("event_identifier", Item::Text("given".into()));
        assert_eq!(of(&arguments), "given");
    }
}
