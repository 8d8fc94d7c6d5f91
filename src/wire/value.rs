//! A Python value as JSON can hold one, and how Python prints it.

use std::fmt::Write as _;

use indexmap::IndexMap;
use num_bigint::BigInt;

use super::float::repr;

/// An object, its keys in the order of their first appearance.
pub type Dict = IndexMap<String, Value>;

/// What `json.loads` gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `None`
    Null,
    /// `bool`
    Bool(bool),
    /// `int`, of any size
    Int(BigInt),
    /// `float`, not-a-number and infinities included
    Float(f64),
    /// `str`
    Str(String),
    /// `list`
    List(Vec<Value>),
    /// `dict`
    Dict(Dict),
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Str(text.into())
    }

    /// The name of its Python class.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            Self::Null => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Str(_) => "str",
            Self::List(_) => "list",
            Self::Dict(_) => "dict",
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// What `str()` makes of it; `None` where that needs Python's own tables of printable characters.
    #[must_use]
    pub fn to_str(&self) -> Option<String> {
        match self {
            Self::Str(text) => Some(text.clone()),
            other => other.to_repr(),
        }
    }

    /// What `repr()` makes of it, likewise.
    #[must_use]
    pub fn to_repr(&self) -> Option<String> {
        let mut out = String::new();
        write_repr(self, &mut out).map(|()| out)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Str(text.to_owned())
    }
}

fn write_repr(value: &Value, out: &mut String) -> Option<()> {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::Float(number) => out.push_str(&float(*number)),
        Value::Str(text) => quote(text, out)?,
        Value::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                write_repr(item, out)?;
            }
            out.push(']');
        }
        Value::Dict(entries) => {
            out.push('{');
            for (at, (key, item)) in entries.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                quote(key, out)?;
                out.push_str(": ");
                write_repr(item, out)?;
            }
            out.push('}');
        }
    }
    Some(())
}

/// `str()` of a float.
fn float(number: f64) -> String {
    match number {
        n if n.is_nan() => "nan".into(),
        f64::INFINITY => "inf".into(),
        f64::NEG_INFINITY => "-inf".into(),
        n => repr(n),
    }
}

/// `repr()` of a text. Which characters beyond Latin, Greek's first and the accents are printable changes with the
/// version of Unicode; those are nobody's business but Python's.
fn quote(text: &str, out: &mut String) -> Option<()> {
    let mark = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(mark);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == mark => {
                out.push('\\');
                out.push(c);
            }
            ' '..='~' => out.push(c),
            '\0'..='\u{a0}' | '\u{ad}' => write!(out, "\\x{:02x}", u32::from(c)).ok()?,
            '\u{a1}'..='\u{377}' => out.push(c),
            _ => return None,
        }
    }
    out.push(mark);
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::wire::parse::parse;

    #[test]
    fn values_are_printed_as_python_prints_them() {
        for (json, printed) in [
            ("[true, null, 1.0, 1e300, NaN, -Infinity, -5]", "[True, None, 1.0, 1e+300, nan, -inf, -5]"),
            (r#"{"a": "it's", "b": "\"", "c": "'\""}"#, r#"{'a': "it's", 'b': '"', 'c': '\'"'}"#),
            ("[\"\\u00e9\\u00ad\\u007f\\n\"]", "['é\\xad\\x7f\\n']"),
            (r#""plain""#, "plain"),
        ] {
            assert_eq!(parse(json.as_bytes()).unwrap().to_str().as_deref(), Some(printed), "{json}");
        }
        assert_eq!(parse("[\"\u{1f600}\"]".as_bytes()).unwrap().to_str(), None);
        assert_eq!(parse("\"\u{1f600}\"".as_bytes()).unwrap().to_str().as_deref(), Some("\u{1f600}"));
    }
}
