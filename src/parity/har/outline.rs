//! Where in a file its entries are. They are cut out here and read one by one, so that one of them with what JSON allows
//! and a text can not hold, such as half of a surrogate pair, does not spoil the file.

use std::{borrow::Cow, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{error::Category, value::RawValue};

use super::HarError;

/// How many keys of a file that is something else are told.
const TOLD: usize = 5;

/// The parts of a file.
#[derive(Default)]
pub(super) struct Outline<'a> {
    pub(super) creator: Option<&'a RawValue>,
    pub(super) entries: Vec<&'a RawValue>,
    has_log: bool,
    has_entries: bool,
    /// Keys of the outermost object, to say what it is if it is no HAR.
    keys: Vec<String>,
}

impl<'a> Outline<'a> {
    /// # Errors
    /// The text is no HAR; says what it is instead.
    pub(super) fn of(text: &'a str) -> Result<Self, HarError> {
        if let Some(other) = other(text) {
            return Err(HarError::NotHar(other.to_owned()));
        }
        let mut outline = Self::default();
        let mut json = serde_json::Deserializer::from_str(text);
        let read = Part { outline: &mut outline, place: Place::File }.deserialize(&mut json).and_then(|()| json.end());
        if let Err(fault) = read {
            let entries = outline.entries.len();
            return Err(match fault.classify() {
                Category::Syntax if ends_in_number(text, &fault) => cut_off(entries, &fault),
                Category::Eof => cut_off(entries, &fault),
                Category::Data => HarError::NotHar(format!("other JSON ({fault})")),
                Category::Syntax | Category::Io => HarError::Json { entries, fault },
            });
        }
        if outline.has_entries {
            return Ok(outline);
        }
        Err(HarError::NotHar(match (outline.has_log, outline.keys.as_slice()) {
            (true, _) => "a JSON object whose log has no entries".to_owned(),
            (false, []) => "an empty JSON object".to_owned(),
            (false, keys) => format!("a JSON object with {}", keys.join(", ")),
        }))
    }
}

fn cut_off(entries: usize, fault: &serde_json::Error) -> HarError {
    HarError::Truncated { entries, line: fault.line(), column: fault.column() }
}

/// Whether what is wrong is a number such as `12.` at the very end, which is not told as an end by the parser.
fn ends_in_number(text: &str, fault: &serde_json::Error) -> bool {
    let last = text.lines().last().unwrap_or_default();
    text.ends_with(['-', '+', '.', 'e', 'E']) && fault.line() == text.lines().count() && fault.column() >= last.len()
}

/// What a text is that does not even begin as a HAR does.
fn other(text: &str) -> Option<&'static str> {
    let begin = text.trim_start();
    let head: String = begin.chars().take(15).collect::<String>().to_ascii_lowercase();
    match head.chars().next() {
        None => Some("an empty file"),
        Some('{') => None,
        Some('[') => Some("a JSON list"),
        Some('<') if head.starts_with("<!doctype html") || head.starts_with("<html") => Some("an HTML page"),
        Some('<') => Some("XML"),
        Some(_) => Some("a text that is no JSON object"),
    }
}

#[derive(Clone, Copy)]
enum Place {
    File,
    Log,
    Entries,
}

struct Part<'o, 'a> {
    outline: &'o mut Outline<'a>,
    place: Place,
}

impl<'a> DeserializeSeed<'a> for Part<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Part<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.place {
            Place::File => "an object",
            Place::Log => "an object as log",
            Place::Entries => "a list as log.entries",
        })
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { outline, place } = self;
        while let Some(key) = map.next_key::<Cow<'a, str>>()? {
            match (place, key.as_ref()) {
                (Place::Entries, _) => return Err(A::Error::custom("log.entries is an object, not a list")),
                (Place::File, "log") => {
                    outline.has_log = true;
                    map.next_value_seed(Part { outline: &mut *outline, place: Place::Log })?;
                }
                (Place::Log, "entries") => {
                    outline.has_entries = true;
                    map.next_value_seed(Part { outline: &mut *outline, place: Place::Entries })?;
                }
                (Place::Log, "creator") => outline.creator = Some(map.next_value()?),
                (place, key) => {
                    if matches!(place, Place::File) && outline.keys.len() < TOLD {
                        outline.keys.push(key.to_owned());
                    }
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut list: A) -> Result<(), A::Error> {
        if !matches!(self.place, Place::Entries) {
            return Err(A::Error::custom("log is a list, not an object"));
        }
        while let Some(entry) = list.next_element()? {
            self.outline.entries.push(entry);
        }
        Ok(())
    }
}
