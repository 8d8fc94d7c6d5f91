//! JSON as it is written: every token with its place in the text, so that two documents can be compared to the byte and a
//! difference can still be given a path. Reads what Python writes, `NaN` and `Infinity` included.

use std::borrow::Cow;

/// Most values of a document that are told apart; one with more is compared as text.
const MOST: usize = 1_000_000;

/// Deepest nesting that is read; a document that goes deeper is compared as text.
const DEEPEST: usize = 256;

/// One value and the text it is written with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node<'t> {
    /// The text, from its first byte to its last, without blanks around it.
    pub text: &'t str,
    /// What it is.
    pub content: Content<'t>,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content<'t> {
    /// `null`, `true`, `false`.
    Word,
    /// Digits alone, perhaps with a minus.
    Int,
    /// A number with a point or an exponent; `NaN`, `Infinity`.
    Float,
    /// A text, its escapes decoded.
    Text(Cow<'t, str>),
    /// A list: each item with the glue before it, and the glue before the bracket.
    List(Vec<Item<'t>>, &'t str),
    /// An object likewise.
    Object(Vec<Member<'t>>, &'t str),
}

/// An item of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item<'t> {
    /// Blanks and the comma before it.
    pub glue: &'t str,
    /// The value.
    pub value: Node<'t>,
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member<'t> {
    /// Blanks and the comma before it.
    pub glue: &'t str,
    /// The key as it is written, with its quotes.
    pub written: &'t str,
    /// The key.
    pub key: Cow<'t, str>,
    /// Blanks and the colon behind it.
    pub colon: &'t str,
    /// The value.
    pub value: Node<'t>,
}

/// A document: a value, and the blanks around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document<'t> {
    /// Blanks before it.
    pub before: &'t str,
    /// The value.
    pub root: Node<'t>,
    /// Blanks behind it.
    pub after: &'t str,
}

/// Reads a document; `None` if it is no JSON, or nested too deeply.
#[must_use]
pub fn read(text: &str) -> Option<Document<'_>> {
    let mut reader = Reader { text, at: 0, left: MOST };
    let before = reader.blanks();
    let root = reader.value(0)?;
    let after = reader.blanks();
    (reader.at == text.len()).then_some(Document { before, root, after })
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// Values that may still come.
    left: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn since(&self, start: usize) -> &'t str {
        &self.text[start..self.at]
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) -> &'t str {
        let start = self.at;
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        self.since(start)
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    fn value(&mut self, depth: usize) -> Option<Node<'t>> {
        if depth > DEEPEST {
            return None;
        }
        self.left = self.left.checked_sub(1)?;
        let start = self.at;
        let content = match self.peek()? {
            b'{' => self.object(depth)?,
            b'[' => self.list(depth)?,
            b'"' => Content::Text(self.string()?),
            _ => self.scalar()?,
        };
        Some(Node { text: self.since(start), content })
    }

    fn list(&mut self, depth: usize) -> Option<Content<'t>> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            let start = self.at;
            self.blanks();
            if self.peek()? == b']' {
                let glue = self.since(start);
                self.at += 1;
                return Some(Content::List(items, glue));
            }
            if !items.is_empty() {
                self.eat(b',')?;
                self.blanks();
            }
            let glue = self.since(start);
            items.push(Item { glue, value: self.value(depth + 1)? });
        }
    }

    fn object(&mut self, depth: usize) -> Option<Content<'t>> {
        self.at += 1;
        let mut members = Vec::new();
        loop {
            let start = self.at;
            self.blanks();
            if self.peek()? == b'}' {
                let glue = self.since(start);
                self.at += 1;
                return Some(Content::Object(members, glue));
            }
            if !members.is_empty() {
                self.eat(b',')?;
                self.blanks();
            }
            let glue = self.since(start);
            let start = self.at;
            let key = self.string()?;
            let written = self.since(start);
            let start = self.at;
            self.blanks();
            self.eat(b':')?;
            self.blanks();
            let colon = self.since(start);
            members.push(Member { glue, written, key, colon, value: self.value(depth + 1)? });
        }
    }

    /// A text with its quotes. Control characters stand for themselves: this compares, it does not judge.
    fn string(&mut self) -> Option<Cow<'t, str>> {
        self.eat(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.at += 1;
                    // Whatever is escaped, it is one character at least, and may be of many bytes.
                    self.at += self.rest().chars().next()?.len_utf8();
                }
                _ => self.at += 1,
            }
        }
        let raw = self.since(start);
        self.at += 1;
        if escaped { unescape(raw).map(Cow::Owned) } else { Some(Cow::Borrowed(raw)) }
    }

    fn scalar(&mut self) -> Option<Content<'t>> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')) {
            self.at += 1;
        }
        match self.since(start) {
            "null" | "true" | "false" => Some(Content::Word),
            "NaN" | "Infinity" | "-Infinity" => Some(Content::Float),
            number => number_of(number),
        }
    }
}

/// RFC 8259 section 6.
fn number_of(text: &str) -> Option<Content<'static>> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let sound = digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)));
    sound.then_some(if fraction.is_none() && exponent.is_none() { Content::Int } else { Content::Float })
}

/// Decodes escapes; a lone surrogate stands for U+FFFD, which is good enough to compare by.
fn unescape(raw: &str) -> Option<String> {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let escape = rest[at + 1..].chars().next()?;
        rest = &rest[at + 1 + escape.len_utf8()..];
        text.push(match escape {
            '"' | '\\' | '/' => escape,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let high = unit(&mut rest)?;
                let mut low = rest.strip_prefix("\\u").unwrap_or_default();
                match (high, unit(&mut low)) {
                    (0xD800..=0xDBFF, Some(second @ 0xDC00..=0xDFFF)) => {
                        rest = low;
                        char::from_u32(0x10000 + ((high - 0xD800) << 10) + (second - 0xDC00))?
                    }
                    _ => char::from_u32(high).unwrap_or('\u{FFFD}'),
                }
            }
            _ => return None,
        });
    }
    text.push_str(rest);
    Some(text)
}

/// Four hexadecimal digits.
fn unit(rest: &mut &str) -> Option<u32> {
    let digits = rest.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    *rest = &rest[4..];
    u32::from_str_radix(digits, 16).ok()
}

impl Node<'_> {
    /// The word for its type.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self.content {
            Content::Word if self.text == "null" => "null",
            Content::Word => "bool",
            Content::Int => "int",
            Content::Float => "float",
            Content::Text(_) => "text",
            Content::List(..) => "list",
            Content::Object(..) => "object",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Puts the text together again from its parts.
    fn written(node: &Node<'_>) -> String {
        match &node.content {
            Content::List(items, close) => {
                let items: String = items.iter().map(|item| item.glue.to_owned() + &written(&item.value)).collect();
                format!("[{items}{close}]")
            }
            Content::Object(members, close) => {
                let member = |m: &Member<'_>| format!("{}{}{}{}", m.glue, m.written, m.colon, written(&m.value));
                format!("{{{}{close}}}", members.iter().map(member).collect::<String>())
            }
            _ => node.text.to_owned(),
        }
    }

    #[test]
    fn what_is_json_is_read_and_nothing_else() {
        for good in
            ["{}", " [ 1 , -2.5e+3,NaN, -Infinity ] ", r#"{"a" : "\u00e9\ud83d\ude00\n", "a": null}"#, "0", "\"\""]
        {
            assert!(read(good).is_some(), "{good}");
        }
        for bad in
            ["", "{", "[1,]", "[,1]", "{\"a\"}", "01", "1.", ".5", "1e", "+1", "nul", "\"a", "[1] 2", "{1: 2}", "'a'"]
        {
            assert!(read(bad).is_none(), "{bad}");
        }
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(read(&deep(DEEPEST)).is_some());
        assert!(read(&deep(100_000)).is_none());
    }

    #[test]
    fn texts_are_decoded_and_numbers_told_apart() {
        let text = |written: &str| match read(written).unwrap().root.content {
            Content::Text(text) => text.into_owned(),
            other => panic!("{other:?}"),
        };
        assert_eq!(text(r#""\u00e9\ud83d\ude00\/\"""#), "é😀/\"");
        assert_eq!(text(r#""\ud83dx""#), "\u{FFFD}x");
        let kind = |written: &str| read(written).unwrap().root.type_name();
        assert_eq!(
            ["1", "-0", "1.0", "1e3", "NaN", "true", "null"].map(kind),
            ["int", "int", "float", "float", "float", "bool", "null"]
        );
    }

    proptest! {
        #[test]
        fn nothing_of_the_text_is_lost(text in r#"([\[\]{}:, "0-9a-e.\\-]|null|true|"a"|"\\u00e9"){0,24}"#) {
            if let Some(document) = read(&text) {
                prop_assert_eq!(format!("{}{}{}", document.before, written(&document.root), document.after), text);
            }
        }

        #[test]
        fn what_serde_reads_is_read(text in r#"([\[\]{}:, "0-9a-e.\\-]|null|true|"a":|"\\u00e9"){0,12}"#) {
            if serde_json::from_str::<serde_json::Value>(&text).is_ok() {
                prop_assert!(read(&text).is_some(), "{}", text);
            }
        }
    }
}
