//! The two JSON writers of legacy, both ASCII only, floats as `repr` prints them: `json.dumps` with default arguments
//! (`", "` and `": "`, keys in their order) and Flask's `jsonify` (compact, keys sorted, a newline at the end).

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::{float::repr, value::Value};

/// Serialises as `json.dumps` does. Key order is the value's own.
///
/// # Errors
/// The value cannot be JSON (a map key that is no string, say).
pub fn dumps<T: Serialize + ?Sized>(value: &T) -> Result<String, serde_json::Error> {
    let mut out = Vec::with_capacity(256);
    value.serialize(&mut Serializer::with_formatter(&mut out, Python))?;
    // The formatter writes ASCII alone.
    String::from_utf8(out).map_err(serde::ser::Error::custom)
}

/// Writes a value as `json.dumps` does. Unlike serde it knows ints of any size, `NaN` and `Infinity`.
#[must_use]
pub fn dumps_value(value: &Value) -> String {
    let mut out = String::new();
    write(value, Separators { item: ", ", key: ": ", sorted: false }, &mut out);
    out
}

/// Writes a value as Flask's `jsonify` does.
#[must_use]
pub fn jsonify(value: &Value) -> String {
    let mut out = String::new();
    write(value, Separators { item: ",", key: ":", sorted: true }, &mut out);
    out.push('\n');
    out
}

#[derive(Clone, Copy)]
struct Separators {
    item: &'static str,
    key: &'static str,
    sorted: bool,
}

fn write(value: &Value, separators: Separators, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::Float(number) if number.is_nan() => out.push_str("NaN"),
        Value::Float(f64::INFINITY) => out.push_str("Infinity"),
        Value::Float(f64::NEG_INFINITY) => out.push_str("-Infinity"),
        Value::Float(number) => out.push_str(&repr(*number)),
        Value::Str(text) => quote(text, out),
        Value::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push_str(separators.item);
                }
                write(item, separators, out);
            }
            out.push(']');
        }
        Value::Dict(entries) => {
            let mut entries: Vec<(&String, &Value)> = entries.iter().collect();
            if separators.sorted {
                entries.sort_by_key(|(key, _)| *key);
            }
            out.push('{');
            for (at, (key, item)) in entries.into_iter().enumerate() {
                if at > 0 {
                    out.push_str(separators.item);
                }
                quote(key, out);
                out.push_str(separators.key);
                write(item, separators, out);
            }
            out.push('}');
        }
    }
}

/// A text in quotes, everything but plain ASCII escaped.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a text does not fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

struct Python;

impl Formatter for Python {
    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        // Nearly all texts are plain, and a look at every byte, whatever the others are, is a look at many at once.
        if fragment.bytes().filter(|byte| !(b' '..=b'~').contains(byte)).count() == 0 {
            return writer.write_all(fragment.as_bytes());
        }
        let mut plain = 0;
        for (at, c) in fragment.char_indices() {
            if (' '..='~').contains(&c) {
                continue;
            }
            writer.write_all(&fragment.as_bytes()[plain..at])?;
            plain = at + c.len_utf8();
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
        }
        writer.write_all(&fragment.as_bytes()[plain..])
    }

    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(repr(value).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn separators_and_escapes_are_pythons() {
        let value =
            serde_json::json!({"b": [1, "é\u{7f}\u{1f600}\"\\/\n\u{1}"], "a": {}, "n": null, "t": true, "e": []});
        let expected = r#"{"b": [1, "\u00e9\u007f\ud83d\ude00\"\\/\n\u0001"], "a": {}, "n": null, "t": true, "e": []}"#;
        assert_eq!(dumps(&value).unwrap(), expected);
    }

    proptest! {
        #[test]
        fn what_is_written_is_ascii_and_reads_back(text in "\\PC{0,40}", number in any::<f64>().prop_filter("finite", |f| f.is_finite())) {
            let value = serde_json::json!([text, number]);
            let written = dumps(&value).unwrap();
            prop_assert!(written.is_ascii());
            let back: serde_json::Value = serde_json::from_str(&written).unwrap();
            prop_assert_eq!(back[0].as_str().unwrap(), text);
            prop_assert_eq!(back[1].as_f64().unwrap().to_bits(), number.to_bits());
        }
    }
}
