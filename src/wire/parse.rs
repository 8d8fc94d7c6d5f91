//! `json.loads`: what Python's parser accepts, and nothing else.

use std::str::Chars;

use num_bigint::BigInt;
use thiserror::Error;

use super::value::{Dict, Value};

/// Deepest nesting that is parsed here. Python's own limit depends on how deep its stack was when it began.
const DEPTH: usize = 200;
/// Most digits of an int that Python converts (`sys.int_info.default_max_str_digits`).
const DIGITS: usize = 4300;

/// Most values in one body. Each takes up many times the bytes it is written in.
const VALUES: usize = 100_000;

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unparsed {
    /// Python refuses it as well.
    #[error("it is no JSON")]
    Malformed,
    /// What Python makes of it depends on more than the text; legacy's to judge.
    #[error("its body is {0}")]
    Odd(&'static str),
}

/// Parses a body. `NaN`, `Infinity` and ints of any size are values; of a key that comes twice the last value stays, at
/// the first one's place.
///
/// # Errors
/// It is no JSON, or a kind of JSON that is left to legacy: not UTF-8, with a byte order mark, with half a surrogate
/// pair, nested deeper than 200, of more than 100 000 values, with an int longer than 4300 digits.
pub fn parse(body: &[u8]) -> Result<Value, Unparsed> {
    if body.starts_with(b"\xef\xbb\xbf") || body.iter().take(4).any(|byte| *byte == 0) {
        // Python guesses the encoding by these.
        return Err(Unparsed::Odd("not plain UTF-8"));
    }
    let text = std::str::from_utf8(body).map_err(|_| Unparsed::Odd("not plain UTF-8"))?;
    let mut parser = Parser { rest: text.chars(), values: 0 };
    parser.blank();
    let value = parser.value(0)?;
    parser.blank();
    if parser.rest.as_str().is_empty() { Ok(value) } else { Err(Unparsed::Malformed) }
}

struct Parser<'t> {
    rest: Chars<'t>,
    /// Read so far.
    values: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    fn blank(&mut self) {
        self.rest = self.rest.as_str().trim_start_matches([' ', '\t', '\n', '\r']).chars();
    }

    fn take(&mut self, word: &str) -> bool {
        match self.rest.as_str().strip_prefix(word) {
            Some(rest) => {
                self.rest = rest.chars();
                true
            }
            None => false,
        }
    }

    /// The longest run of characters of a kind.
    fn run(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let text = self.rest.as_str();
        let end = text.find(|c| !wanted(c)).unwrap_or(text.len());
        self.rest = text[end..].chars();
        &text[..end]
    }

    fn value(&mut self, depth: usize) -> Result<Value, Unparsed> {
        if depth > DEPTH {
            return Err(Unparsed::Odd("nested too deeply"));
        }
        self.values += 1;
        if self.values > VALUES {
            return Err(Unparsed::Odd("of too many values"));
        }
        match self.peek().ok_or(Unparsed::Malformed)? {
            '"' => {
                self.rest.next();
                self.text().map(Value::Str)
            }
            '{' => {
                self.rest.next();
                self.object(depth).map(Value::Dict)
            }
            '[' => {
                self.rest.next();
                self.array(depth).map(Value::List)
            }
            '-' | '0'..='9' => self.number(),
            _ => {
                for (word, value) in [
                    ("null", Value::Null),
                    ("true", Value::Bool(true)),
                    ("false", Value::Bool(false)),
                    ("NaN", Value::Float(f64::NAN)),
                    ("Infinity", Value::Float(f64::INFINITY)),
                ] {
                    if self.take(word) {
                        return Ok(value);
                    }
                }
                Err(Unparsed::Malformed)
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Vec<Value>, Unparsed> {
        let mut items = Vec::new();
        self.blank();
        if self.take("]") {
            return Ok(items);
        }
        loop {
            self.blank();
            items.push(self.value(depth + 1)?);
            self.blank();
            match self.rest.next() {
                Some(',') => {}
                Some(']') => return Ok(items),
                _ => return Err(Unparsed::Malformed),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Dict, Unparsed> {
        let mut entries = Dict::new();
        self.blank();
        if self.take("}") {
            return Ok(entries);
        }
        loop {
            self.blank();
            if !self.take("\"") {
                return Err(Unparsed::Malformed);
            }
            let key = self.text()?;
            self.blank();
            if !self.take(":") {
                return Err(Unparsed::Malformed);
            }
            self.blank();
            entries.insert(key, self.value(depth + 1)?);
            self.blank();
            match self.rest.next() {
                Some(',') => {}
                Some('}') => return Ok(entries),
                _ => return Err(Unparsed::Malformed),
            }
        }
    }

    /// The rest of a text, after its opening quote.
    fn text(&mut self) -> Result<String, Unparsed> {
        let mut text = String::new();
        loop {
            text.push_str(self.run(|c| c != '"' && c != '\\' && c >= ' '));
            match self.rest.next() {
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                _ => return Err(Unparsed::Malformed),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Unparsed> {
        Ok(match self.rest.next() {
            Some('"') => '"',
            Some('\\') => '\\',
            Some('/') => '/',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                let high = self.unit()?;
                let low = if (0xd800..0xdc00).contains(&high) && self.take("\\u") { Some(self.unit()?) } else { None };
                let units = [Some(high), low];
                let mut decoded = char::decode_utf16(units.into_iter().flatten());
                match (decoded.next(), decoded.next()) {
                    (Some(Ok(c)), None) => c,
                    _ => return Err(Unparsed::Odd("with half a surrogate pair")),
                }
            }
            _ => return Err(Unparsed::Malformed),
        })
    }

    fn unit(&mut self) -> Result<u16, Unparsed> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.rest.next().and_then(|c| c.to_digit(16)).ok_or(Unparsed::Malformed)?;
            unit = (unit << 4) | u16::try_from(digit).map_err(|_| Unparsed::Malformed)?;
        }
        Ok(unit)
    }

    fn number(&mut self) -> Result<Value, Unparsed> {
        let begun = self.rest.as_str();
        let negative = self.take("-");
        if negative && self.take("Infinity") {
            return Ok(Value::Float(f64::NEG_INFINITY));
        }
        if !self.take("0") && self.run(|c| c.is_ascii_digit()).is_empty() {
            return Err(Unparsed::Malformed);
        }
        let whole = self.so_far(begun);
        let mut float = false;
        // A point or an exponent without digits is not part of the number; what is left over is an error later on.
        let before = self.rest.clone();
        if self.take(".") {
            float = !self.run(|c| c.is_ascii_digit()).is_empty();
            if !float {
                self.rest = before;
            }
        }
        let before = self.rest.clone();
        if self.take("e") || self.take("E") {
            let _ = self.take("+") || self.take("-");
            if self.run(|c| c.is_ascii_digit()).is_empty() {
                self.rest = before;
            } else {
                float = true;
            }
        }
        if float {
            return self.so_far(begun).parse().map(Value::Float).map_err(|_| Unparsed::Malformed);
        }
        if whole.len() - usize::from(negative) > DIGITS {
            return Err(Unparsed::Odd("with an int longer than Python converts"));
        }
        whole.parse::<BigInt>().map(Value::Int).map_err(|_| Unparsed::Malformed)
    }

    /// What was taken of a text since then.
    fn so_far(&self, begun: &'t str) -> &'t str {
        &begun[..begun.len() - self.rest.as_str().len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::dumps_value;

    #[test]
    fn what_python_reads_is_read() {
        for (body, written) in [
            (" [1, 2.50, -0, -0.0, 1E2]\n", "[1, 2.5, 0, -0.0, 100.0]"),
            (r#"{"a": 1, "b": 2, "a": 3}"#, r#"{"a": 3, "b": 2}"#),
            ("[NaN, Infinity, -Infinity, 1e999]", "[NaN, Infinity, -Infinity, Infinity]"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            (r#""\ud83d\ude00\/""#, r#""\ud83d\ude00/""#),
            ("\"\u{7f}\u{2028}\"", r#""\u007f\u2028""#),
        ] {
            assert_eq!(parse(body.as_bytes()).map(|v| dumps_value(&v)), Ok(written.into()), "{body}");
        }
    }

    #[test]
    fn what_python_refuses_is_refused() {
        for body in [
            "",
            " ",
            "{bad",
            "[1,]",
            "{\"a\":1,}",
            "01",
            "1.",
            ".5",
            "+1",
            "-",
            "1e",
            "'a'",
            "\"a\nb\"",
            "\"\u{1}\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"a",
            "[1 2]",
            "{1: 2}",
            "nul",
            "nan",
            "-NaN",
            "[1]]",
            "\u{a0}1",
            "true false",
        ] {
            assert_eq!(parse(body.as_bytes()), Err(Unparsed::Malformed), "{body:?}");
        }
    }

    #[test]
    fn what_depends_on_more_than_the_text_is_left_to_legacy() {
        let deep = "[".repeat(300);
        let long = "1".repeat(4301);
        for body in
            [&b"\xef\xbb\xbf{}"[..], b"{\0}\0", b"\"\xff\"", br#""\ud800""#, br#""\udc00\ud800""#, br#""\ud800\u0041""#]
        {
            assert!(matches!(parse(body), Err(Unparsed::Odd(_))), "{body:?}");
        }
        assert!(matches!(parse(deep.as_bytes()), Err(Unparsed::Odd(_))));
        assert!(matches!(parse(long.as_bytes()), Err(Unparsed::Odd(_))));
    }
}
