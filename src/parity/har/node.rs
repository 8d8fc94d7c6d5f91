//! Fields of a JSON object, and errors that name them. `null` is as good as nothing: tools write it for what they do not
//! know.

use serde_json::{Map, Value};

use super::HarError;

/// An object in the file.
pub(super) struct Node<'v> {
    fields: &'v Map<String, Value>,
    path: String,
}

impl<'v> Node<'v> {
    /// # Errors
    /// It is no object.
    pub(super) fn of(value: &'v Value, path: String) -> Result<Self, HarError> {
        match value {
            Value::Object(fields) => Ok(Self { fields, path }),
            other => Err(HarError::Field { field: path, expected: "an object", found: kind(other).to_owned() }),
        }
    }

    /// Every field.
    pub(super) fn fields(&self) -> &'v Map<String, Value> {
        self.fields
    }

    /// The error that this field is not what HAR has there.
    pub(super) fn wrong(&self, key: &str, expected: &'static str) -> HarError {
        let found = self.fields.get(key).map_or("nothing", kind).to_owned();
        HarError::Field { field: self.at(key), expected, found }
    }

    /// The error that this text is not one that HAR has there.
    pub(super) fn wrong_text(&self, key: &str, expected: &'static str, found: &str) -> HarError {
        HarError::Field { field: self.at(key), expected, found: format!("{found:?}") }
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<&'v str>, HarError> {
        self.get(key, "a text", Value::as_str)
    }

    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, HarError> {
        self.get(key, "true or false", Value::as_bool)
    }

    pub(super) fn number(&self, key: &str) -> Result<Option<f64>, HarError> {
        self.get(key, "a number", Value::as_f64)
    }

    /// A whole number; less than none, which HAR has for "not known", is none.
    pub(super) fn count(&self, key: &str) -> Result<Option<u64>, HarError> {
        let read = self.get(key, "a whole number", |value| match (value.as_u64(), value.as_f64()) {
            (Some(count), _) => Some(Some(count)),
            (None, Some(number)) if number < 0.0 => Some(None),
            _ => None,
        })?;
        Ok(read.flatten())
    }

    pub(super) fn object(&self, key: &str) -> Result<Option<Node<'v>>, HarError> {
        self.value(key).map(|value| Node::of(value, self.at(key))).transpose()
    }

    /// The objects of a list; none if there is no list.
    pub(super) fn objects(&self, key: &str) -> Result<Vec<Node<'v>>, HarError> {
        let list = self.get(key, "a list", Value::as_array)?.map_or(&[][..], Vec::as_slice);
        list.iter().enumerate().map(|(at, value)| Node::of(value, format!("{}[{at}]", self.at(key)))).collect()
    }

    fn get<T>(
        &self,
        key: &str,
        expected: &'static str,
        read: impl FnOnce(&'v Value) -> Option<T>,
    ) -> Result<Option<T>, HarError> {
        let Some(value) = self.value(key) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| self.wrong(key, expected))
    }

    fn value(&self, key: &str) -> Option<&'v Value> {
        self.fields.get(key).filter(|value| !value.is_null())
    }

    fn at(&self, key: &str) -> String {
        format!("{}.{key}", self.path)
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
