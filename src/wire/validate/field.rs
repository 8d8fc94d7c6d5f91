//! A field: its name, its kind, and what holds when it is absent or null.

use super::{Fault, Item, Kind, Pass, Validator, fault::merged};
use crate::wire::value::Value;

/// A field of a schema, or what the members of a list are like.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name on the wire.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    absent: Absent,
    nullable: bool,
    validators: &'static [Validator],
}

#[derive(Debug, Clone, Copy)]
enum Absent {
    Required,
    Omitted,
    Default(Fallback),
}

/// What stands for a field that was not given.
#[derive(Debug, Clone, Copy)]
pub enum Fallback {
    /// A boolean.
    Bool(bool),
    /// An int.
    Int(i64),
    /// A text.
    Text(&'static str),
    /// A member of an enumeration.
    Member(&'static str),
    /// The moment, in seconds since 1970.
    Now,
    /// Null, which may then also be given (`load_default=None`).
    Null,
}

/// A field that may be left out, and is then absent. The methods of [`Field`] make it another.
#[must_use]
pub const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, absent: Absent::Omitted, nullable: false, validators: &[] }
}

/// What the members of a list are like.
#[must_use]
pub const fn each(kind: Kind) -> Field {
    field("", kind)
}

impl Field {
    /// `required=True`
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.absent = Absent::Required;
        self
    }

    /// `load_default=…`
    #[must_use]
    pub const fn or(mut self, fallback: Fallback) -> Self {
        self.nullable = self.nullable || matches!(fallback, Fallback::Null);
        self.absent = Absent::Default(fallback);
        self
    }

    /// `allow_none=True`
    #[must_use]
    pub const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// `validate=…`
    #[must_use]
    pub const fn check(mut self, validators: &'static [Validator]) -> Self {
        self.validators = validators;
        self
    }

    /// Whether it has to be given.
    #[must_use]
    pub const fn is_required(&self) -> bool {
        matches!(self.absent, Absent::Required)
    }

    /// What stands for it where it is not given.
    #[must_use]
    pub const fn fallback(&self) -> Option<Fallback> {
        match self.absent {
            Absent::Default(fallback) => Some(fallback),
            Absent::Required | Absent::Omitted => None,
        }
    }

    /// Whether it may be null.
    #[must_use]
    pub const fn is_nullable(&self) -> bool {
        self.nullable
    }

    /// What is asked of it once it is read.
    #[must_use]
    pub const fn validators(&self) -> &'static [Validator] {
        self.validators
    }

    /// Reads what was given; `None` is a field that stays absent.
    pub(super) fn read(&self, given: Option<&Value>, pass: &Pass<'_>) -> Result<Option<Item>, Fault> {
        let Some(given) = given else {
            return match self.absent {
                Absent::Required => Err(Fault::message("Missing data for required field.")),
                Absent::Omitted => Ok(None),
                Absent::Default(fallback) => Ok(Some(fallback.item(pass))),
            };
        };
        if *given == Value::Null {
            return if self.nullable { Ok(Some(Item::Null)) } else { Err(Fault::message("Field may not be null.")) };
        }
        let item = self.kind.read(given, pass)?;
        let mut messages = None;
        for validator in self.validators {
            match validator.check(&item, pass) {
                Ok(()) => {}
                Err(Fault::Invalid(found)) => messages = Some(merged(messages, found)),
                Err(fault) => return Err(fault),
            }
        }
        messages.map_or(Ok(Some(item)), |messages| Err(Fault::Invalid(messages)))
    }
}

impl Fallback {
    fn item(self, pass: &Pass<'_>) -> Item {
        match self {
            Self::Bool(flag) => Item::Bool(flag),
            Self::Int(int) => Item::Int(int.into()),
            Self::Text(text) => Item::Text(text.into()),
            Self::Member(member) => Item::Member(member),
            Self::Now => Item::Int(pass.now.into()),
            Self::Null => Item::Null,
        }
    }
}
