//! Proposals put into the text of a routes.toml. The file is read with its places, and only inserted into: whatever else is
//! in it stays as it is, to the byte.

use std::{fmt::Write, ops::Range};

use thiserror::Error;
use toml_edit::{Document, Item, TableLike, Value};

use crate::config::Rule;

/// New rules of one route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addition {
    /// The route's name.
    pub route: String,
    /// What is said of it where it has no entry yet: `GET /api/1/ping`.
    pub about: String,
    /// The rules.
    pub rules: Vec<Rule>,
}

/// Why a file can not be edited.
#[derive(Debug, Error)]
pub enum EditError {
    /// It is not TOML.
    #[error("it is not valid TOML: {0}")]
    Toml(#[from] toml_edit::TomlError),
    /// A route, or its rules, are written in a way that is not edited.
    #[error("{0}")]
    Form(String),
}

/// A text, and where it goes.
type Insertion = (usize, String);

/// The text with rules added: to the `[[route]]` of that name, or to a new one at the end.
///
/// # Errors
/// The text is not what a routes.toml looks like.
pub fn edited(text: &str, additions: &[Addition]) -> Result<String, EditError> {
    let document = Document::parse(text)?;
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let routes = tables(document.get("route"))?;
    let mut insertions = Vec::new();
    let mut end = String::new();
    for addition in additions.iter().filter(|addition| !addition.rules.is_empty()) {
        let named = |table: &&Route<'_>| table.keys.get("name").and_then(Item::as_str) == Some(&addition.route);
        match routes.iter().find(named) {
            Some(route) => insertions.extend(within(text, route, addition, newline)?),
            None if routes.iter().any(|route| route.inline) => {
                return Err(EditError::Form(
                    "write routes as [[route]] tables: there is no place for a new one".into(),
                ));
            }
            None => end += &new(addition, newline),
        }
    }
    if !end.is_empty() {
        let gap = match text {
            "" => "",
            text if text.ends_with('\n') => newline,
            _ => &newline.repeat(2),
        };
        // Nothing before the first entry of an empty file.
        insertions.push((text.len(), format!("{gap}{}", end.trim_start_matches(['\r', '\n']))));
    }
    insertions.sort_by_key(|(at, _)| *at);
    let mut edited = String::with_capacity(text.len() + 1024);
    let mut from = 0;
    for (at, inserted) in insertions {
        edited += &text[from..at];
        edited += &inserted;
        from = at;
    }
    Ok(edited + &text[from..])
}

/// A route as it is written.
struct Route<'d> {
    keys: &'d dyn TableLike,
    inline: bool,
}

fn tables(routes: Option<&Item>) -> Result<Vec<Route<'_>>, EditError> {
    match routes {
        None => Ok(Vec::new()),
        Some(Item::ArrayOfTables(tables)) => Ok(tables.iter().map(|keys| Route { keys, inline: false }).collect()),
        Some(Item::Value(Value::Array(list))) => {
            let tables = list.iter().filter_map(Value::as_inline_table);
            Ok(tables.map(|keys| Route { keys, inline: true }).collect())
        }
        Some(_) => Err(EditError::Form("route is no list of tables: write [[route]]".into())),
    }
}

/// What goes into a route that is there.
fn within(text: &str, route: &Route<'_>, addition: &Addition, newline: &str) -> Result<Vec<Insertion>, EditError> {
    let rules: Vec<String> = addition.rules.iter().map(inline).collect();
    match route.keys.get("parity") {
        None => {
            let spans = route.keys.iter().filter_map(|(_, item)| item.as_value()?.span());
            let Some(last) = spans.map(|span| span.end).max() else {
                return Err(EditError::Form(format!("route \"{}\" has no place for rules", addition.route)));
            };
            if route.inline {
                return Ok(vec![(last, format!(", parity = [{}]", rules.join(", ")))]);
            }
            Ok(vec![own_lines(text, last, &list(&rules, newline), newline)])
        }
        Some(Item::Value(Value::Array(array))) => {
            let whole = array.span().filter(|span| span.end > span.start);
            let whole =
                whole.ok_or_else(|| EditError::Form(format!("parity of \"{}\" has no place", addition.route)))?;
            let last = array.iter().filter_map(Value::span).max_by_key(|span| span.end);
            Ok(append(text, &whole, last, &rules, route.inline, newline))
        }
        Some(Item::ArrayOfTables(tables)) => {
            let values = tables.iter().flat_map(|table| table.iter().filter_map(|(_, item)| item.as_value()?.span()));
            let Some(last) = values.map(|span| span.end).max() else {
                return Err(EditError::Form(format!("parity of \"{}\" is empty", addition.route)));
            };
            let tables = addition.rules.iter().map(|rule| {
                let lines = pairs(rule).into_iter().map(|(key, value)| format!("{newline}{key} = {value}"));
                format!("{newline}[[route.parity]]{}", lines.collect::<String>())
            });
            Ok(vec![own_lines(text, last, &tables.collect::<Vec<_>>().join(newline), newline)])
        }
        Some(_) => Err(EditError::Form(format!("parity of \"{}\" is no list", addition.route))),
    }
}

/// Lines of their own behind the line that has this place in it.
fn own_lines(text: &str, place: usize, lines: &str, newline: &str) -> Insertion {
    match text[place..].find('\n') {
        Some(at) => (place + at + 1, format!("{lines}{newline}")),
        None => (text.len(), format!("{newline}{lines}")),
    }
}

/// More items for a list, in its style.
fn append(
    text: &str,
    whole: &Range<usize>,
    last: Option<Range<usize>>,
    rules: &[String],
    inline: bool,
    newline: &str,
) -> Vec<Insertion> {
    let close = whole.end - 1;
    let Some(last) = last else {
        if inline {
            return vec![(close, rules.join(", "))];
        }
        let lines = lines(rules, newline);
        // Behind a comment the line has ended already.
        let begun = text[whole.start + 1..close].contains('\n');
        let first = if begun { String::new() } else { newline.to_owned() };
        return vec![(if begun { line_start(text, close) } else { close }, format!("{first}{lines}"))];
    };
    let comma = comma(text, last.end, close);
    if !text[last.end..close].contains('\n') && !text[whole.start..last.start].contains('\n') {
        let joined = rules.join(", ");
        return match comma {
            Some(at) => vec![(at + 1, format!(" {joined},"))],
            None => vec![(last.end, format!(", {joined}"))],
        };
    }
    let start = line_start(text, last.start);
    let indent = &text[start..last.start];
    let indent = if indent.trim().is_empty() { indent } else { "    " };
    let bracket = line_start(text, close);
    if bracket > last.end {
        // The bracket begins a line: before it, and behind whatever is said about the last item.
        let lines = rules.iter().map(|rule| format!("{indent}{rule}"));
        let mut lines = lines.collect::<Vec<_>>().join(&format!(",{newline}"));
        if comma.is_some() {
            lines.push(',');
        }
        let mut insertions = vec![(bracket, lines + newline)];
        if comma.is_none() {
            insertions.push((last.end, ",".to_owned()));
        }
        return insertions;
    }
    let (at, first) = comma.map_or((last.end, ","), |at| (at + 1, ""));
    let lines = rules.iter().map(|rule| format!("{newline}{indent}{rule}")).collect::<Vec<_>>().join(",");
    vec![(at, format!("{first}{lines}{}", if comma.is_some() { "," } else { "" }))]
}

/// The comma behind the last item, which may be behind a comment.
fn comma(text: &str, from: usize, to: usize) -> Option<usize> {
    let mut comment = false;
    text[from..to].char_indices().find_map(|(at, c)| {
        comment = (comment || c == '#') && c != '\n';
        (c == ',' && !comment).then_some(from + at)
    })
}

fn line_start(text: &str, place: usize) -> usize {
    text[..place].rfind('\n').map_or(0, |at| at + 1)
}

fn new(addition: &Addition, newline: &str) -> String {
    let Addition { route, about, rules } = addition;
    let rules: Vec<String> = rules.iter().map(inline).collect();
    let about = if about.is_empty() { String::new() } else { format!(" # {about}") };
    let list = list(&rules, newline);
    format!("{newline}[[route]]{newline}name = {}{about}{newline}{list}{newline}", quoted(route))
}

fn lines(rules: &[String], newline: &str) -> String {
    rules.iter().flat_map(|rule| ["    ", rule, ",", newline]).collect()
}

/// A list with one rule per line.
fn list(rules: &[String], newline: &str) -> String {
    let lines = lines(rules, newline);
    format!("parity = [{newline}{lines}]")
}

fn inline(rule: &Rule) -> String {
    let pairs = pairs(rule).into_iter().map(|(key, value)| format!("{key} = {value}"));
    format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
}

/// The keys of a rule, in the order in which people write them.
fn pairs(rule: &Rule) -> Vec<(&'static str, String)> {
    let Rule { ignore, unordered, by, tolerance, absolute, relative, mask, pattern, redact, reason } = rule;
    let texts = [("ignore", ignore), ("unordered", unordered), ("by", by), ("tolerance", tolerance)];
    let numbers = [("absolute", absolute), ("relative", relative)];
    let more = [("mask", mask), ("pattern", pattern), ("redact", redact)];
    let text = |(key, value): (&'static str, &Option<String>)| Some((key, quoted(value.as_deref()?)));
    let number = |(key, value): (&'static str, &Option<String>)| {
        let value = value.as_deref()?;
        // As a number if TOML has one of this form, else by its digits.
        let is_number = value.parse::<Value>().is_ok_and(|value| value.is_float() || value.is_integer());
        Some((key, if is_number { value.to_owned() } else { quoted(value) }))
    };
    let mut pairs: Vec<_> = texts.into_iter().filter_map(text).collect();
    pairs.extend(numbers.into_iter().filter_map(number));
    pairs.extend(more.into_iter().filter_map(text));
    pairs.push(("reason", quoted(reason)));
    pairs
}

/// A text as TOML writes it: in single quotes where that saves escapes.
fn quoted(text: &str) -> String {
    let plain = !text.contains(['\'', '\n', '\r']) && text.contains(['\\', '"']) && !text.chars().any(char::is_control);
    if plain { format!("'{text}'") } else { one_line(text) }
}

/// A basic string; a list of rules has one line for each.
fn one_line(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted += "\\\"",
            '\\' => quoted += "\\\\",
            // Writing into a String does not fail.
            c if c.is_control() => _ = write!(quoted, "\\u{:04X}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
