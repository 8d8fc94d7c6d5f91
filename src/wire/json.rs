//! Python's `json.dumps` with default arguments: `", "` and `": "`, ASCII only, floats as `repr` prints them.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

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

/// A finite float as Python's `repr` prints it: shortest digits, an exponent below 1e-4 and from 1e16 on.
#[must_use]
pub fn repr(value: f64) -> String {
    let scientific = format!("{value:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{value}");
        return if plain.contains('.') { plain } else { format!("{plain}.0") };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
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

    #[test]
    fn floats_are_printed_as_repr_prints_them() {
        for (value, text) in [
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e16, "1e+16"),
            (1e15, "1000000000000000.0"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (-0.0, "-0.0"),
            (1.797_693_134_862_315_7e308, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            (123_456.789, "123456.789"),
            (1e22, "1e+22"),
        ] {
            assert_eq!(repr(value), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_ascii_and_reads_back(text in "\\PC{0,40}", number in any::<f64>().prop_filter("finite", |f| f.is_finite())) {
            let value = serde_json::json!([text, number]);
            let written = dumps(&value).unwrap();
            prop_assert!(written.is_ascii());
            let back: serde_json::Value = serde_json::from_str(&written).unwrap();
            prop_assert_eq!(back[0].as_str().unwrap(), text);
            prop_assert!((back[1].as_f64().unwrap() - number).abs() <= number.abs() * 1e-15);
        }
    }
}
