//! A schema: fields in declaration order, checks across them, and what becomes of them in the end.

use super::{
    Fault, Field, Item, Kind, Pass, Record, Shape,
    fault::{merged, normalized, under},
};
use crate::wire::value::Value;

/// A check across fields (`validates_schema`). It runs only if every field is valid.
pub type Check = fn(&Record, &Pass<'_>) -> Result<(), Fault>;
/// What becomes of valid fields in the end (`post_load`).
pub type After = fn(Record, &Pass<'_>) -> Result<Item, Fault>;
/// The schema that reads the rest of an object, by the value of one of its fields.
pub type Choice = fn(&str) -> Option<&'static Schema>;

/// A schema.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// Fields in marshmallow's order: those of the last base class first, the class's own at the end, and one that is
    /// declared again where it first stood.
    pub fields: &'static [Field],
    checks: &'static [Check],
    after: Option<After>,
    excluded: Option<&'static str>,
    chosen: Option<(&'static str, Choice)>,
}

impl Schema {
    /// A schema of these fields.
    #[must_use]
    pub const fn new(fields: &'static [Field]) -> Self {
        Self { fields, checks: &[], after: None, excluded: None, chosen: None }
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

    /// One of its fields, a text, decides which schema reads all that this one does not have (`unknown = INCLUDE`, and a
    /// `post_load` that loads another). That one is asked once these fields are valid.
    #[must_use]
    pub const fn chosen_by(mut self, field: &'static str, choice: Choice) -> Self {
        self.chosen = Some((field, choice));
        self
    }

    /// The fields that it takes.
    pub fn taken(&self) -> impl Iterator<Item = &'static Field> + use<> {
        let (fields, excluded) = (self.fields, self.excluded);
        fields.iter().filter(move |field| excluded != Some(field.name))
    }

    /// Those of them that are files of a form.
    pub fn files(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.taken().filter(|field| matches!(field.kind, Kind::Scalar(Shape::File, _))).map(|field| field.name)
    }

    /// Which of its fields decides about the rest, and how.
    #[must_use]
    pub const fn choice(&self) -> Option<(&'static str, Choice)> {
        self.chosen
    }

    /// Whether something is asked of its fields together.
    #[must_use]
    pub const fn asks_more(&self) -> bool {
        !self.checks.is_empty() || self.after.is_some()
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
        for field in self.taken() {
            match field.read(given.get(field.name), pass) {
                Ok(Some(item)) => record.insert(field.name, item),
                Ok(None) => {}
                Err(Fault::Invalid(found)) => messages = Some(merged(messages, under(field.name, found))),
                Err(fault) => return Err(fault),
            }
        }
        let is_unknown = |key: &str| !self.taken().any(|field| field.name == key);
        let mut unknown = given.keys().filter(|key| self.chosen.is_none() && is_unknown(key));
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
        if let Some((field, choice)) = self.chosen {
            let named = record.get(field).and_then(Item::as_text).and_then(choice);
            let schema = named.ok_or_else(|| Fault::legacy(format!("nothing is known of such a {field}")))?;
            let rest = given.iter().filter(|(key, _)| is_unknown(key));
            let rest = Value::Dict(rest.map(|(key, value)| (key.clone(), value.clone())).collect());
            return Ok(match schema.load(&rest, pass)? {
                Item::Record(chosen) => Item::Record(record.with(chosen)),
                other => other,
            });
        }
        let last = match self.after {
            Some(after) => after(record, pass),
            None => Ok(Item::Record(record)),
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
        validate::{
            Known, field,
            texts::{INTEGER, STRING},
        },
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
    fn a_field_decides_which_schema_reads_the_rest() {
        static ONE: Schema = Schema::new(&[field("b", INTEGER).required()]);
        static BY: Schema =
            Schema::new(&[field("a", STRING).required()]).chosen_by("a", |name| (name == "one").then_some(&ONE));
        assert_eq!(said(&BY, r#"{"a": "one", "b": 1}"#), "taken");
        assert_eq!(
            said(&BY, r#"{"a": "one", "c": 1}"#),
            r#"{"b": ["Missing data for required field."], "c": ["Unknown field."]}"#
        );
        assert_eq!(said(&BY, r#"{"a": 1, "c": 1, "d": 1}"#), r#"{"a": ["Not a valid string."]}"#);
        assert_eq!(said(&BY, r#"{"a": "two"}"#), r#"Legacy("nothing is known of such a a")"#);
    }
}
