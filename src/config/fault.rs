//! One thing wrong with a configuration: where, what, what was expected, and the nearest valid name.

use std::{fmt, ops::Range};

/// A fault, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// File name, or `environment`, or `command line`.
    pub source: String,
    /// Line and column, both from 1; `None` for sources without lines.
    pub place: Option<(usize, usize)>,
    /// What is wrong, what was expected, and the remedy.
    pub message: String,
}

impl Fault {
    /// A fault of a source that has no lines.
    pub fn plain(source: impl Into<String>, message: impl Into<String>) -> Self {
        Self { source: source.into(), place: None, message: message.into() }
    }

    /// A fault at a byte range of a text.
    pub fn at(source: &str, text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        Self { source: source.to_owned(), place: Some(line_and_column(text, span.start)), message: message.into() }
    }

    /// The line it is on.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.place.map(|(line, _)| line)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some((line, column)) => write!(f, "{}:{line}:{column}: {}", self.source, self.message),
            None => write!(f, "{}: {}", self.source, self.message),
        }
    }
}

/// Every fault that was found; never empty when it is returned as an error.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [] => f.write_str("no faults"),
            few @ ([_] | [_, _] | [_, _, _]) => {
                let shown: Vec<String> = few.iter().map(ToString::to_string).collect();
                f.write_str(&shown.join("; "))
            }
            [first, rest @ ..] => write!(f, "{first} (and {} more; `cutover check` lists those of a file)", rest.len()),
        }
    }
}

impl std::error::Error for Faults {}

/// Line and column (both from 1, the column in characters) of a byte offset.
fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// The nearest valid name, if one is near enough to be meant.
#[must_use]
pub fn nearest<'a>(name: &str, valid: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    valid
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&name.to_lowercase(), candidate), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len().max(name.len()) / 3).max(2))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `; did you mean "x"?` or, with nothing near, the list of what is valid.
#[must_use]
pub fn remedy(name: &str, valid: &[&str]) -> String {
    match nearest(name, valid.iter().copied()) {
        Some(near) => format!("; did you mean \"{near}\"?"),
        None => format!("; expected one of {}", valid.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_lines_and_characters_from_one() {
        assert_eq!(line_and_column("a\nbö=1", 2), (2, 1));
        assert_eq!(line_and_column("a\nbö=1", 5), (2, 3));
        assert_eq!(line_and_column("", 10), (1, 1));
    }

    #[test]
    fn a_near_name_is_offered_and_a_far_one_is_not() {
        assert_eq!(nearest("precent", ["percent", "mode"]), Some("percent"));
        assert_eq!(nearest("zzzzzz", ["percent", "mode"]), None);
    }
}
