//! A schema: fields in declaration order, checks across them, and what becomes of them in the end.

use super::{
    Fault, Field, Item, Pass, Record,
    fault::{merged, normalized, under},
};
use crate::wire::value::{Dict, Value};

/// A check across fields (`validates_schema`). It runs only if every field is valid.
pub type Check = fn(&Record, &Pass<'_>) -> Result<(), Fault>;
/// What becomes of valid fields in the end (`post_load`).
pub type After = fn(Record, &Pass<'_>) -> Result<Item, Fault>;

/// Fields that a schema does not have, as they came.
pub type Rest = Dict;
/// What becomes of valid fields and of all others in the end (`unknown = 'include'`, `post_load`).
pub type Including = fn(Record, Rest, &Pass<'_>) -> Result<Item, Fault>;

/// A schema.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// Fields in marshmallow's order: those of the last base class first, the class's own at the end, and one that is
    /// declared again where it first stood.
    pub fields: &'static [Field],
    checks: &'static [Check],
    after: Option<After>,
    excluded: Option<&'static str>,
    open: bool,
    including: Option<Including>,
}

impl Schema {
    /// A schema of these fields.
    #[must_use]
    pub const fn new(fields: &'static [Field]) -> Self {
        Self { fields, checks: &[], after: None, excluded: None, open: false, including: None }
    }

    /// With checks, in the alphabetical order of their Python names.
    #[must_use]
    pub const fn checks(mut self, checks: &'static [Check]) -> Self {
        self.checks = checks;
        self
    }

    /// With a last step.
    #[must_use]
    pub const fn after(mut self, after: After) -> Self {
        self.after = Some(after);
        self
    }

    /// Without one of its fields (`exclude`), which is then unknown.
    #[must_use]
    pub const fn without(mut self, field: &'static str) -> Self {
        self.excluded = Some(field);
        self
    }

    /// Fields that it does not know are somebody else's to read (`unknown = INCLUDE`).
    #[must_use]
    pub const fn open(mut self) -> Self {
        self.open = true;
        self
    }

    /// With a last step that is given the fields that the schema does not have, instead of refusing them.
    #[must_use]
    pub const fn including(mut self, last: Including) -> Self {
        self.including = Some(last);
        self
    }

    /// Reads an object.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn load(&self, data: &Value, pass: &Pass<'_>) -> Result<Item, Fault> {
        let Value::Dict(given) = data else {
            return Err(Fault::Invalid(normalized(Value::List(vec!["Invalid input type.".into()]))));
        };
        let mut record = Record::default();
        let mut messages = None;
        let fields = || self.fields.iter().filter(|field| self.excluded != Some(field.name));
        for field in fields() {
            match field.read(given.get(field.name), pass) {
                Ok(Some(item)) => record.insert(field.name, item),
                Ok(None) => {}
                Err(Fault::Invalid(found)) => messages = Some(merged(messages, under(field.name, found))),
                Err(fault) => return Err(fault),
            }
        }
        let refuses = !self.open && self.including.is_none();
        let is_unknown = |key: &str| !fields().any(|field| field.name == key);
        let mut unknown = given.keys().filter(|key| refuses && is_unknown(key));
        if let Some(key) = unknown.next() {
            if unknown.next().is_some() {
                return Err(Fault::legacy("it has several unknown fields, which legacy names in no fixed order"));
            }
            messages = Some(merged(messages, under(key, Value::List(vec!["Unknown field.".into()]))));
        }
        if messages.is_none() {
            for check in self.checks {
                match check(&record, pass) {
                    Ok(()) => {}
                    Err(Fault::Invalid(found)) => messages = Some(merged(messages, normalized(found))),
                    Err(fault) => return Err(fault),
                }
            }
        }
        if let Some(messages) = messages {
            return Err(Fault::Invalid(messages));
        }
        let last = match (self.including, self.after) {
            (Some(including), _) => {
                let rest = given.iter().filter(|(key, _)| is_unknown(key));
                including(record, rest.map(|(key, value)| (key.clone(), value.clone())).collect(), pass)
            }
            (None, Some(after)) => after(record, pass),
            (None, None) => Ok(Item::Record(record)),
        };
        last.map_err(|fault| match fault {
            Fault::Invalid(found) => Fault::Invalid(normalized(found)),
            fault => fault,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{
        json::dumps_value,
        parse::parse,
        validate::{Known, field, texts::INTEGER},
    };

    const ALL: Schema = Schema::new(&[field("a", INTEGER).required(), field("b", INTEGER).required()]);

    fn said(schema: &Schema, body: &str) -> String {
        match schema.load(&parse(body.as_bytes()).unwrap(), &Pass::new(0, &Known::new())) {
            Ok(_) => "taken".into(),
            Err(Fault::Invalid(messages)) => dumps_value(&messages),
            Err(fault) => format!("{fault:?}"),
        }
    }

    #[test]
    fn a_field_that_is_left_out_is_unknown() {
        assert_eq!(said(&ALL.without("b"), r#"{"a": 1}"#), "taken");
        assert_eq!(said(&ALL.without("b"), r#"{"a": 1, "b": 1}"#), r#"{"b": ["Unknown field."]}"#);
        assert_eq!(said(&ALL, r#"{"a": 1}"#), r#"{"b": ["Missing data for required field."]}"#);
    }

    #[test]
    fn an_open_schema_passes_over_what_it_does_not_know() {
        assert_eq!(said(&ALL.open(), r#"{"a": 1, "b": 1, "c": 1, "d": 1}"#), "taken");
        assert_eq!(said(&ALL.open(), r#"{"a": "x", "b": 1, "c": 1}"#), r#"{"a": ["Not a valid integer."]}"#);
    }
}
