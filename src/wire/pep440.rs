//! Versions as Python packages have them ([PEP 440](https://peps.python.org/pep-0440/)): read, ordered and printed as
//! `packaging.version.Version` does it (packaging 24.0, which legacy uses).

use std::{
    cmp::{Ordering, Reverse},
    fmt,
};

use thiserror::Error;

/// Longest text that is looked at; Python has other bounds, far beyond any version.
const LONGEST: usize = 256;

/// Why a text is no version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unversioned {
    /// Python refuses it as well (`InvalidVersion`).
    #[error("it is no version")]
    Invalid,
    /// What Python makes of it is Python's to say: letters beyond ASCII, numbers beyond 64 bits.
    #[error("it is a version of an unusual kind")]
    Odd,
}

/// A version.
#[derive(Debug, Clone)]
pub struct Version {
    epoch: u64,
    release: Vec<u64>,
    pre: Option<(Stage, u64)>,
    post: Option<u64>,
    dev: Option<u64>,
    local: Vec<Local>,
}

/// What comes before a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Alpha,
    Beta,
    Candidate,
}

/// A part of a local version; numbers are newer than words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Local {
    Word(String),
    Number(u64),
}

/// Spellings of each stage, longer ones before those that they begin with.
const STAGES: [(&str, Stage); 8] = [
    ("alpha", Stage::Alpha),
    ("a", Stage::Alpha),
    ("beta", Stage::Beta),
    ("b", Stage::Beta),
    ("preview", Stage::Candidate),
    ("pre", Stage::Candidate),
    ("rc", Stage::Candidate),
    ("c", Stage::Candidate),
];

impl Version {
    /// Reads a version: in any case, with a `v`, with blanks around it.
    ///
    /// # Errors
    /// It is none, or not one to be judged here.
    pub fn parse(text: &str) -> Result<Self, Unversioned> {
        if !text.is_ascii() || text.len() > LONGEST {
            return Err(Unversioned::Odd);
        }
        // What Python's `\s` matches in ASCII.
        let blank = |c: char| matches!(c, ' ' | '\t'..='\r' | '\x1c'..='\x1f');
        let text = text.trim_matches(blank).to_ascii_lowercase();
        let mut cursor = Cursor(text.strip_prefix('v').unwrap_or(&text));
        let mut first = cursor.number().ok_or(Unversioned::Invalid)??;
        let mut epoch = 0;
        if cursor.take("!") {
            epoch = first;
            first = cursor.number().ok_or(Unversioned::Invalid)??;
        }
        let mut release = vec![first];
        while let Some(number) = cursor.after(".", Cursor::number) {
            release.push(number?);
        }
        let pre = cursor.labelled(&STAGES).transpose()?;
        let post = match cursor.after("-", Cursor::number) {
            Some(number) => Some(number?),
            None => cursor.labelled(&[("post", ()), ("rev", ()), ("r", ())]).transpose()?.map(|((), number)| number),
        };
        let dev = cursor.labelled(&[("dev", ())]).transpose()?.map(|((), number)| number);
        let local = if cursor.take("+") { local(cursor.0)? } else { Vec::new() };
        if local.is_empty() && !cursor.0.is_empty() {
            return Err(Unversioned::Invalid);
        }
        Ok(Self { epoch, release, pre, post, dev, local })
    }

    /// What decides which of two is newer, in this order. A development release of a final one is older than its
    /// pre-releases; zeros at the end of a release mean nothing.
    fn key(&self) -> impl Ord + '_ {
        let significant = self.release.iter().rposition(|number| *number != 0).map_or(0, |at| at + 1);
        let pre = match (self.pre, self.post, self.dev) {
            (Some(pre), ..) => (1, Some(pre)),
            (None, None, Some(_)) => (0, None),
            (None, ..) => (2, None),
        };
        let dev = (Reverse(self.dev.is_some()), self.dev);
        (self.epoch, &self.release[..significant], pre, self.post, dev, &self.local)
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

/// In its normal form.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.epoch != 0 {
            write!(f, "{}!", self.epoch)?;
        }
        let release: Vec<String> = self.release.iter().map(u64::to_string).collect();
        f.write_str(&release.join("."))?;
        if let Some((stage, number)) = self.pre {
            let stage = match stage {
                Stage::Alpha => "a",
                Stage::Beta => "b",
                Stage::Candidate => "rc",
            };
            write!(f, "{stage}{number}")?;
        }
        for (word, number) in [("post", self.post), ("dev", self.dev)] {
            if let Some(number) = number {
                write!(f, ".{word}{number}")?;
            }
        }
        for (at, part) in self.local.iter().enumerate() {
            f.write_str(if at == 0 { "+" } else { "." })?;
            match part {
                Local::Word(word) => f.write_str(word)?,
                Local::Number(number) => write!(f, "{number}")?,
            }
        }
        Ok(())
    }
}

/// What is left of a text.
struct Cursor<'t>(&'t str);

impl Cursor<'_> {
    fn take(&mut self, word: &str) -> bool {
        match self.0.strip_prefix(word) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn number(&mut self) -> Option<Result<u64, Unversioned>> {
        let end = self.0.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.0.len());
        let (digits, rest) = self.0.split_at(end);
        if digits.is_empty() {
            return None;
        }
        self.0 = rest;
        Some(digits.parse().map_err(|_| Unversioned::Odd))
    }

    /// What comes after a word; nothing is taken if either is missing.
    fn after<T>(&mut self, word: &str, read: impl Fn(&mut Self) -> Option<T>) -> Option<T> {
        let mut ahead = Cursor(self.0.strip_prefix(word)?);
        let found = read(&mut ahead)?;
        self.0 = ahead.0;
        Some(found)
    }

    /// One of the words and a number, 0 if there is none, with separators before and after the word.
    fn labelled<T: Copy>(&mut self, words: &[(&str, T)]) -> Option<Result<(T, u64), Unversioned>> {
        let separators = ['-', '_', '.'];
        let rest = self.0.strip_prefix(separators).unwrap_or(self.0);
        let (rest, label) = words.iter().find_map(|(word, label)| Some((rest.strip_prefix(word)?, *label)))?;
        self.0 = rest.strip_prefix(separators).unwrap_or(rest);
        Some(self.number().unwrap_or(Ok(0)).map(|number| (label, number)))
    }
}

/// What stands behind the plus sign.
fn local(text: &str) -> Result<Vec<Local>, Unversioned> {
    let parts = text.split(['-', '_', '.']).map(|part| {
        if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            Err(Unversioned::Invalid)
        } else if part.bytes().all(|byte| byte.is_ascii_digit()) {
            part.parse().map(Local::Number).map_err(|_| Unversioned::Odd)
        } else {
            Ok(Local::Word(part.to_owned()))
        }
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    /// What packaging 24.0 made of texts that were put together by chance.
    #[derive(Deserialize)]
    struct Vectors {
        /// Each with its normal form, or null if it was refused.
        read: Vec<(String, Option<String>)>,
        /// Older ones first, equal ones together.
        ordered: Vec<Vec<String>>,
    }

    fn vectors() -> Vectors {
        serde_json::from_str(include_str!("pep440.vectors.json")).unwrap()
    }

    #[test]
    fn a_version_is_read_and_printed_as_packaging_does() {
        for (text, normal) in vectors().read {
            let read = Version::parse(&text);
            assert_eq!(read.as_ref().ok().map(ToString::to_string), normal, "{text:?}");
            assert!(read.is_ok() || read.unwrap_err() == Unversioned::Invalid, "{text:?}");
        }
    }

    #[test]
    fn versions_are_ordered_as_packaging_does() {
        let ordered = vectors().ordered;
        let flat: Vec<(usize, Version)> = ordered
            .iter()
            .enumerate()
            .flat_map(|(rank, equal)| equal.iter().map(move |text| (rank, Version::parse(text).unwrap())))
            .collect();
        for (rank, one) in &flat {
            for (other_rank, other) in &flat {
                assert_eq!(one.cmp(other), rank.cmp(other_rank), "{one} and {other}");
            }
        }
    }

    #[test]
    fn what_only_python_can_judge_is_neither_read_nor_refused() {
        for odd in ["1.0\u{212a}", "1.99999999999999999999", "1.0+99999999999999999999", &"1".repeat(300)] {
            assert_eq!(Version::parse(odd).unwrap_err(), Unversioned::Odd, "{odd}");
        }
    }

    proptest! {
        #[test]
        fn a_normal_form_is_read_as_the_same_version(text in "v?[0-9]{1,2}(\\.[0-9]{1,2}){0,3}([-_.]?(a|rc|pre)[0-9]?)?([-_.]?(post|r)[0-9]?)?(\\.dev[0-9]?)?(\\+[a-z0-9]{1,3})?") {
            let version = Version::parse(&text).unwrap();
            let again = Version::parse(&version.to_string()).unwrap();
            prop_assert_eq!(&version, &again);
            prop_assert_eq!(version.to_string(), again.to_string());
        }
    }
}
