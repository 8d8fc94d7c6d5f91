//! What goes wrong with an argument, and how marshmallow gathers it.

use crate::wire::value::{Dict, Value};

/// Where messages about a whole schema stand.
const SCHEMA: &str = "_schema";

/// Why an argument is not taken.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// It is refused: a list of messages, or messages by field name or index.
    Invalid(Value),
    /// Legacy raises something that nobody catches, with this text: its 500.
    Crash(String),
    /// Legacy's to judge, for this reason.
    Legacy(String),
}

impl Fault {
    /// One message about the field at hand; from a check, about the schema.
    pub fn message(text: impl Into<String>) -> Self {
        Self::Invalid(Value::List(vec![Value::Str(text.into())]))
    }

    /// One message of a check about a field.
    pub fn at(field: &str, text: impl Into<String>) -> Self {
        Self::Invalid(under(field, Value::List(vec![Value::Str(text.into())])))
    }

    /// Left to legacy.
    pub fn legacy(why: impl Into<String>) -> Self {
        Self::Legacy(why.into())
    }
}

/// Messages under a name.
pub(super) fn under(name: &str, messages: Value) -> Value {
    Value::Dict(Dict::from_iter([(name.to_owned(), messages)]))
}

/// Messages of a schema as its caller sees them: a bare list is about the whole.
pub(super) fn normalized(messages: Value) -> Value {
    match messages {
        Value::Dict(_) => messages,
        list => under(SCHEMA, list),
    }
}

/// Everything that was found so far, and one more.
pub(super) fn merged(found: Option<Value>, more: Value) -> Value {
    match (found, more) {
        (None, more) => more,
        (Some(Value::List(mut found)), Value::List(more)) => {
            found.extend(more);
            Value::List(found)
        }
        (Some(Value::Dict(mut found)), Value::Dict(more)) => {
            for (key, messages) in more {
                let before = found.get_mut(&key).map(|there| std::mem::replace(there, Value::Null));
                found.insert(key, merged(before, messages));
            }
            Value::Dict(found)
        }
        (Some(Value::Dict(mut found)), list) => {
            let before = found.get_mut(SCHEMA).map(|there| std::mem::replace(there, Value::Null));
            found.insert(SCHEMA.to_owned(), merged(before, list));
            Value::Dict(found)
        }
        (Some(list), Value::Dict(mut more)) => {
            let there = more.get_mut(SCHEMA).map(|there| std::mem::replace(there, Value::Null));
            let both = match there {
                Some(there) => merged(Some(list), there),
                None => list,
            };
            more.insert(SCHEMA.to_owned(), both);
            Value::Dict(more)
        }
        (Some(found), more) => Value::List(vec![found, more]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{json::dumps_value, parse::parse};

    #[test]
    fn messages_are_merged_as_marshmallow_merges_them() {
        for (found, more, both) in [
            (r#"["a"]"#, r#"["b"]"#, r#"["a", "b"]"#),
            (r#"{"x": ["a"]}"#, r#"{"y": ["b"], "x": ["c"]}"#, r#"{"x": ["a", "c"], "y": ["b"]}"#),
            (r#"{"x": ["a"]}"#, r#"["b"]"#, r#"{"x": ["a"], "_schema": ["b"]}"#),
            (r#"["a"]"#, r#"{"x": ["b"]}"#, r#"{"x": ["b"], "_schema": ["a"]}"#),
            (r#"{"x": {"0": ["a"]}}"#, r#"{"x": ["b"]}"#, r#"{"x": {"0": ["a"], "_schema": ["b"]}}"#),
        ] {
            let value = |text: &str| parse(text.as_bytes()).unwrap();
            assert_eq!(dumps_value(&merged(Some(value(found)), value(more))), both);
        }
    }
}
