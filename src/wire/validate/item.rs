//! Arguments once they are read: typed, by name.

use indexmap::IndexMap;
use num_bigint::BigInt;
use num_traits::ToPrimitive as _;
use thiserror::Error;

use crate::wire::{decimal::Decimal, value::Value};

/// One argument.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// Given as null, or null where nothing was given.
    Null,
    /// A boolean.
    Bool(bool),
    /// An int of any size; timestamps too.
    Int(BigInt),
    /// A text.
    Text(String),
    /// A member of an enumeration, as the wire spells it.
    Member(&'static str),
    /// An amount, a price.
    Decimal(Decimal),
    /// A list.
    List(Vec<Item>),
    /// A nested schema.
    Record(Record),
    /// A mapping with free keys.
    Mapping(IndexMap<String, Item>),
    /// Anything, as it came.
    Raw(Value),
}

/// An argument is not of the type that the handler takes it for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Mistyped {
    /// The handler and its schema disagree.
    #[error("the argument {0} is not {1}")]
    Wrong(String, &'static str),
    /// An int beyond 64 bits: legacy fails on it in its own way.
    #[error("{0} is larger than a database takes")]
    TooLarge(String),
}

/// The arguments of a schema by name, in its order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record(IndexMap<&'static str, Item>);

impl Record {
    /// Adds or replaces one.
    pub fn insert(&mut self, name: &'static str, item: Item) {
        self.0.insert(name, item);
    }

    /// Together with the arguments of another schema.
    #[must_use]
    pub(super) fn with(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// One argument; `None` if it was neither given nor has a default.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Item> {
        self.0.get(name)
    }

    /// Whether it is null, or absent.
    #[must_use]
    pub fn is_null(&self, name: &str) -> bool {
        matches!(self.get(name), None | Some(Item::Null))
    }

    /// A boolean.
    ///
    /// # Errors
    /// It is something else.
    pub fn flag(&self, name: &str) -> Result<bool, Mistyped> {
        match self.get(name) {
            Some(Item::Bool(flag)) => Ok(*flag),
            _ => Err(wrong(name, "a boolean")),
        }
    }

    /// A text, or the name of an enumeration's member.
    ///
    /// # Errors
    /// It is something else, null included.
    pub fn text(&self, name: &str) -> Result<&str, Mistyped> {
        self.maybe_text(name)?.ok_or_else(|| wrong(name, "a text"))
    }

    /// A text or null.
    ///
    /// # Errors
    /// It is something else.
    pub fn maybe_text(&self, name: &str) -> Result<Option<&str>, Mistyped> {
        match self.get(name) {
            None | Some(Item::Null) => Ok(None),
            Some(Item::Text(text)) => Ok(Some(text)),
            Some(Item::Member(member)) => Ok(Some(member)),
            Some(_) => Err(wrong(name, "a text")),
        }
    }

    /// An int of 64 bits, or a timestamp.
    ///
    /// # Errors
    /// It is larger, or something else, null included.
    pub fn int(&self, name: &str) -> Result<i64, Mistyped> {
        self.maybe_int(name)?.ok_or_else(|| wrong(name, "an int"))
    }

    /// An int of 64 bits, or null.
    ///
    /// # Errors
    /// It is larger, or something else.
    pub fn maybe_int(&self, name: &str) -> Result<Option<i64>, Mistyped> {
        match self.get(name) {
            None | Some(Item::Null) => Ok(None),
            Some(Item::Int(int)) => int.to_i64().map(Some).ok_or_else(|| Mistyped::TooLarge(name.to_owned())),
            Some(_) => Err(wrong(name, "an int")),
        }
    }

    /// A decimal or null.
    ///
    /// # Errors
    /// It is something else.
    pub fn maybe_decimal(&self, name: &str) -> Result<Option<&Decimal>, Mistyped> {
        match self.get(name) {
            None | Some(Item::Null) => Ok(None),
            Some(Item::Decimal(decimal)) => Ok(Some(decimal)),
            Some(_) => Err(wrong(name, "a decimal")),
        }
    }

    /// A list or null.
    ///
    /// # Errors
    /// It is something else.
    pub fn maybe_list(&self, name: &str) -> Result<Option<&[Item]>, Mistyped> {
        match self.get(name) {
            None | Some(Item::Null) => Ok(None),
            Some(Item::List(items)) => Ok(Some(items)),
            Some(_) => Err(wrong(name, "a list")),
        }
    }

    /// A nested record or null.
    ///
    /// # Errors
    /// It is something else.
    pub fn maybe_record(&self, name: &str) -> Result<Option<&Record>, Mistyped> {
        match self.get(name) {
            None | Some(Item::Null) => Ok(None),
            Some(Item::Record(record)) => Ok(Some(record)),
            Some(_) => Err(wrong(name, "a record")),
        }
    }
}

impl Item {
    /// What it is called in messages: `str()` of the Python value behind it, as far as that is known.
    #[must_use]
    pub fn shown(&self) -> Option<String> {
        match self {
            Self::Null => Some("None".into()),
            Self::Bool(flag) => Value::Bool(*flag).to_str(),
            Self::Int(int) => Some(int.to_string()),
            Self::Text(text) => Some(text.clone()),
            Self::Member(member) => Some((*member).to_owned()),
            Self::Decimal(decimal) => Some(decimal.to_string()),
            Self::Raw(value) => value.to_str(),
            Self::List(_) | Self::Record(_) | Self::Mapping(_) => None,
        }
    }

    /// The text or member that it is.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Member(member) => Some(member),
            _ => None,
        }
    }
}

fn wrong(name: &str, kind: &'static str) -> Mistyped {
    Mistyped::Wrong(name.to_owned(), kind)
}
