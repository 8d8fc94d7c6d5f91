//! What a field takes.

use super::{Fault, Field, Item, Pass, Schema, Shape, lists, members::Members, times};
use crate::wire::value::Value;

/// A function that reads a value. Any `fn` makes a kind of its own, with the shape of what it takes:
/// `Kind::Scalar(Shape::Text, |value, pass| …)`.
pub type Reader = fn(&Value, &Pass<'_>) -> Result<Item, Fault>;

/// What a field takes.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Whatever a function reads; the constants below are such kinds.
    Scalar(Shape, Reader),
    /// A member of an enumeration.
    Member(&'static Members),
    /// A text that a database knows, or does not: see [`super::Question`].
    LookUp(&'static str),
    /// The identifier of an asset, percent-decoded, that a database knows, or does not.
    Asset(&'static str),
    /// A timestamp in seconds, times a factor.
    Timestamp(i64),
    /// Likewise, not in the future.
    TimestampUntilNow(i64),
    /// A list.
    List(&'static Field),
    /// A list with something in it.
    NonEmptyList(&'static Field),
    /// A list of as many members as there are fields, each read by its own (`fields.Tuple`).
    Tuple(&'static [Field]),
    /// A list, or a text with commas; not empty (`DelimitedOrNormalList`).
    Delimited(&'static Field),
    /// An object of a schema of its own.
    Nested(&'static Schema),
    /// An object with free keys; keys and values are read by these, where given.
    Mapping(Option<&'static Field>, Option<&'static Field>),
    /// `{"values": …, "behaviour": "include" or "exclude"}`, read into `values` and `operator` (`IN`, `NOT IN`).
    IncludeExclude(&'static Field),
}

impl Kind {
    /// Reads a value; a kind of your own may build on another.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(&self, value: &Value, pass: &Pass<'_>) -> Result<Item, Fault> {
        match self {
            Self::Scalar(_, read) => read(value, pass),
            Self::Member(members) => members.read(value),
            Self::LookUp(hook) => match value {
                Value::Str(text) => pass.look_up(hook, text),
                _ => Err(Fault::legacy("a value to look up is no text")),
            },
            Self::Asset(hook) => super::texts::asset(value, hook, pass),
            Self::Timestamp(factor) => times::timestamp(value, *factor),
            Self::TimestampUntilNow(factor) => times::until_now(value, *factor, pass),
            Self::List(each) => lists::list(value, each, pass),
            Self::NonEmptyList(each) => match lists::list(value, each, pass)? {
                Item::List(items) if items.is_empty() => Err(Fault::message("List cant be empty")),
                list => Ok(list),
            },
            Self::Tuple(fields) => lists::tuple(value, fields, pass),
            Self::Delimited(each) => lists::delimited(value, each, pass),
            Self::Nested(schema) => schema.load(value, pass),
            Self::Mapping(keys, values) => lists::mapping(value, *keys, *values, pass),
            Self::IncludeExclude(each) => lists::include_exclude(value, each, pass),
        }
    }
}
