//! Lists and mappings.

use indexmap::IndexMap;

use super::{
    Fault, Field, Item, Pass, Record,
    fault::{merged, under},
};
use crate::wire::value::Value;

pub(super) fn list(value: &Value, each: &Field, pass: &Pass<'_>) -> Result<Item, Fault> {
    match value {
        Value::List(values) => members(values, each, pass),
        _ => Err(Fault::message("Not a valid list.")),
    }
}

/// A list, or a text with commas. Either way its length is looked at first.
pub(super) fn delimited(value: &Value, each: &Field, pass: &Pass<'_>) -> Result<Item, Fault> {
    match value {
        Value::Str(text) if text.is_empty() => Err(empty()),
        Value::List(values) if values.is_empty() => Err(empty()),
        Value::Dict(entries) if entries.is_empty() => Err(empty()),
        Value::Str(text) => members(&text.split(',').map(Value::from).collect::<Vec<_>>(), each, pass),
        Value::List(values) => members(values, each, pass),
        _ => Err(Fault::message("Not a valid delimited list.")),
    }
}

fn empty() -> Fault {
    Fault::message("List cant be empty")
}

fn members(values: &[Value], each: &Field, pass: &Pass<'_>) -> Result<Item, Fault> {
    by_position(values.iter().map(|value| (each, value)), pass)
}

pub(super) fn tuple(value: &Value, fields: &[Field], pass: &Pass<'_>) -> Result<Item, Fault> {
    match value {
        Value::List(values) if values.len() == fields.len() => by_position(fields.iter().zip(values), pass),
        Value::List(_) => Err(Fault::message(format!("Length must be {}.", fields.len()))),
        _ => Err(Fault::message("Not a valid tuple.")),
    }
}

fn by_position<'a>(values: impl Iterator<Item = (&'a Field, &'a Value)>, pass: &Pass<'_>) -> Result<Item, Fault> {
    let mut items = Vec::new();
    let mut messages = None;
    for (at, (each, value)) in values.enumerate() {
        match each.read(Some(value), pass) {
            Ok(item) => items.extend(item),
            Err(Fault::Invalid(found)) => messages = Some(merged(messages, under(&at.to_string(), found))),
            Err(fault) => return Err(fault),
        }
    }
    messages.map_or(Ok(Item::List(items)), |messages| Err(Fault::Invalid(messages)))
}

pub(super) fn mapping(
    value: &Value,
    keys: Option<&Field>,
    values: Option<&Field>,
    pass: &Pass<'_>,
) -> Result<Item, Fault> {
    let Value::Dict(entries) = value else { return Err(Fault::message("Not a valid mapping type.")) };
    let mut mapping = IndexMap::new();
    let mut messages = None;
    let mut note = |key: &str, part: &str, fault: Fault| match fault {
        Fault::Invalid(found) => {
            messages = Some(merged(messages.take(), under(key, under(part, found))));
            Ok(())
        }
        fault => Err(fault),
    };
    for key in entries.keys() {
        if let Some(Err(fault)) = keys.map(|field| field.read(Some(&Value::text(key)), pass)) {
            note(key, "key", fault)?;
        }
    }
    for (key, value) in entries {
        match values.map_or_else(|| Ok(Some(Item::Raw(value.clone()))), |field| field.read(Some(value), pass)) {
            Ok(item) => {
                mapping.insert(key.clone(), item.unwrap_or(Item::Null));
            }
            Err(fault) => note(key, "value", fault)?,
        }
    }
    messages.map_or(Ok(Item::Mapping(mapping)), |messages| Err(Fault::Invalid(messages)))
}

pub(super) fn include_exclude(value: &Value, each: &Field, pass: &Pass<'_>) -> Result<Item, Fault> {
    let Value::Dict(entries) = value else { return Err(Fault::legacy("it asks for values in a form of its own")) };
    let Some(values) = entries.get("values") else { return Err(Fault::message("'values' key is missing.")) };
    let operator = match entries.get("behaviour") {
        None => "IN",
        Some(Value::Str(word)) if word == "include" => "IN",
        Some(Value::Str(word)) if word == "exclude" => "NOT IN",
        Some(Value::List(_) | Value::Dict(_)) => return Err(Fault::legacy("a behaviour that can not be hashed")),
        Some(_) => return Err(Fault::message("Behaviour must be either 'include' or 'exclude'.")),
    };
    if *values == Value::Null {
        return Err(Fault::message("Field may not be null."));
    }
    let mut record = Record::default();
    record.insert("values", delimited(values, each, pass)?);
    record.insert("operator", Item::Member(operator));
    Ok(Item::Record(record))
}
