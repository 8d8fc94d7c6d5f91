//! The formats of a report, by their words.

use std::{fmt, str::FromStr};

use super::{html, json, junit, markdown};
use crate::parity::Run;

/// A format that is written to a file. The one for terminals is [`super::terminal()`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// One self-contained page.
    Html,
    /// Everything, for programs.
    Json,
    /// For CI servers.
    Junit,
    /// For a comment on a pull request.
    Markdown,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Html, Self::Json, Self::Junit, Self::Markdown];

    /// The word on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Markdown => "md",
        }
    }

    /// How its files end, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Junit => "xml",
            other => other.as_str(),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// There is no such format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no format of a report; there are html, json, junit and md")]
pub struct UnknownFormat(pub String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(word: &str) -> Result<Self, UnknownFormat> {
        let found = Self::ALL.into_iter().find(|format| format.as_str() == word);
        found.or((word == "markdown").then_some(Self::Markdown)).ok_or_else(|| UnknownFormat(word.to_owned()))
    }
}

/// The whole report.
#[must_use]
pub fn write(format: Format, run: &Run) -> String {
    match format {
        Format::Html => html::html(run),
        Format::Json => json::json(run),
        Format::Junit => junit::junit(run),
        Format::Markdown => markdown::markdown(run),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_read_by_its_word() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        assert_eq!("markdown".parse(), Ok(Format::Markdown));
        assert_eq!(Format::Junit.extension(), "xml");
        let unknown = "pdf".parse::<Format>().unwrap_err().to_string();
        assert_eq!(unknown, "\"pdf\" is no format of a report; there are html, json, junit and md");
    }
}
