//! Texts, booleans, ints, colours, identifiers.

use num_bigint::BigInt;
use num_traits::ToPrimitive as _;
use percent_encoding::percent_decode_str;

use super::{Fault, Item, Kind, Pass, Shape};
use crate::wire::{
    number::{self, Read},
    value::Value,
};

/// `fields.String`
pub const STRING: Kind = Kind::Scalar(Shape::Text, |value, _| string(value).map(|text| Item::Text(text.to_owned())));
/// `NonEmptyStringField`
pub const NON_EMPTY_STRING: Kind = Kind::Scalar(Shape::NonEmptyText, |value, _| match string(value)? {
    "" => Err(Fault::message("Field cannot be an empty string")),
    text => Ok(Item::Text(text.to_owned())),
});
/// `EmptyAsNoneStringField`
pub const STRING_OR_NONE: Kind = Kind::Scalar(Shape::Text, |value, _| match string(value)? {
    "" => Ok(Item::Null),
    text => Ok(Item::Text(text.to_owned())),
});
/// `fields.Boolean`
pub const BOOLEAN: Kind = Kind::Scalar(Shape::Boolean, boolean);
/// `fields.Integer`
pub const INTEGER: Kind = Kind::Scalar(Shape::Int, integer);
/// `fields.Integer(strict=True)`
pub const STRICT_INTEGER: Kind = Kind::Scalar(Shape::Int, |value, pass| match value {
    Value::Int(_) => integer(value, pass),
    _ => Err(Fault::message("Not a valid integer.")),
});
/// `ColorField`
pub const COLOR: Kind =
    Kind::Scalar(Shape::Like("^[0-9a-fA-F]{6}$", "A colour, six hexadecimal digits", "ff8800"), color);
/// `fields.UUID`, read into its usual spelling.
pub const UUID: Kind = Kind::Scalar(
    Shape::Like(
        "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
        "A UUID",
        "123e4567-e89b-12d3-a456-426614174000",
    ),
    uuid,
);
/// `ApiKeyField`
pub const API_KEY: Kind = Kind::Scalar(Shape::Text, |value, _| secret(value, "Given API Key should be a string"));
/// `ApiSecretField`
pub const API_SECRET: Kind = Kind::Scalar(Shape::Text, |value, _| secret(value, "Given API Secret should be a string"));
/// `fields.Raw`, or a dictionary that the handler looks into by itself.
pub const RAW: Kind = Kind::Scalar(Shape::Anything, |value, _| Ok(Item::Raw(value.clone())));
/// A file or directory of the machine that legacy runs on: legacy's to look for.
pub const PATH: Kind = Kind::Scalar(Shape::Path, |_, _| Err(Fault::legacy("it names a file")));

fn string(value: &Value) -> Result<&str, Fault> {
    value.as_str().ok_or_else(|| Fault::message("Not a valid string."))
}

fn secret(value: &Value, message: &str) -> Result<Item, Fault> {
    value.as_str().map(|text| Item::Text(text.to_owned())).ok_or_else(|| Fault::message(message))
}

const TRUE: [&str; 13] = ["t", "T", "true", "True", "TRUE", "on", "On", "ON", "y", "Y", "yes", "Yes", "YES"];
const FALSE: [&str; 13] = ["f", "F", "false", "False", "FALSE", "off", "Off", "OFF", "n", "N", "no", "No", "NO"];

fn boolean(value: &Value, _: &Pass<'_>) -> Result<Item, Fault> {
    let flag = match value {
        Value::Bool(flag) => Some(*flag),
        Value::Str(text) if text == "1" || TRUE.contains(&text.as_str()) => Some(true),
        Value::Str(text) if text == "0" || FALSE.contains(&text.as_str()) => Some(false),
        Value::Int(int) => int.to_u8().filter(|int| *int < 2).map(|int| int == 1),
        Value::Float(1.0) => Some(true),
        Value::Float(0.0) => Some(false),
        _ => None,
    };
    flag.map(Item::Bool).ok_or_else(|| Fault::message("Not a valid boolean."))
}

fn integer(value: &Value, _: &Pass<'_>) -> Result<Item, Fault> {
    match value {
        Value::Int(int) => Ok(Item::Int(int.clone())),
        Value::Float(float) if float.is_infinite() => Err(Fault::message("Number too large.")),
        Value::Float(float) => {
            number::truncated(*float).map(Item::Int).ok_or_else(|| Fault::message("Not a valid integer."))
        }
        Value::Str(text) => match number::int(text, 10) {
            Read::Int(int) => Ok(Item::Int(int)),
            Read::Invalid => Err(Fault::message("Not a valid integer.")),
            Read::Odd => Err(Fault::legacy("a number of an unusual kind")),
        },
        _ => Err(Fault::message("Not a valid integer.")),
    }
}

/// Six hexadecimal digits, or what else Python reads as such a number and is six characters long.
fn color(value: &Value, _: &Pass<'_>) -> Result<Item, Fault> {
    let Value::Str(symbol) = value else {
        return Err(Fault::message(format!("Failed to deserialize color code from {} entry", value.class())));
    };
    let say = |what: &str| Err(Fault::message(format!("The given color code value \"{symbol}\" {what}")));
    match number::int(symbol, 16) {
        Read::Odd => Err(Fault::legacy("a colour of an unusual kind")),
        Read::Invalid => say("could not be processed as a hex color value"),
        Read::Int(number) if number < BigInt::ZERO || number > BigInt::from(0x00ff_ffff) => {
            say("is out of range for a normal color field")
        }
        Read::Int(_) if symbol.chars().count() != 6 => say("does not have 6 hexadecimal digits"),
        Read::Int(_) => Ok(Item::Text(symbol.clone())),
    }
}

fn uuid(value: &Value, _: &Pass<'_>) -> Result<Item, Fault> {
    let wrong = || Fault::message("Not a valid UUID.");
    let text = value.as_str().ok_or_else(wrong)?.replace("urn:", "").replace("uuid:", "");
    let digits = text.trim_matches(['{', '}']).replace('-', "");
    if digits.chars().count() != 32 {
        return Err(wrong());
    }
    match number::int(&digits, 16) {
        Read::Odd => Err(Fault::legacy("a UUID of an unusual kind")),
        Read::Int(number) if number >= BigInt::ZERO => {
            let hex = format!("{:0>32}", number.to_str_radix(16));
            let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
            Ok(Item::Text(parts.join("-")))
        }
        _ => Err(wrong()),
    }
}

/// An asset's identifier, which may be percent-encoded.
pub(super) fn asset(value: &Value, hook: &'static str, pass: &Pass<'_>) -> Result<Item, Fault> {
    let Value::Str(text) = value else {
        let shown = value.to_str().ok_or_else(|| Fault::legacy("a message names a value in Python's own way"))?;
        return Err(Fault::message(format!("Tried to initialize an asset out of a non-string identifier {shown}")));
    };
    match percent_decode_str(text).decode_utf8() {
        Ok(identifier) => pass.look_up(hook, &identifier),
        Err(_) => Err(Fault::legacy("an asset that is not UTF-8")),
    }
}
