//! Places in a response, as rules of parity name them.

use std::{fmt, str::FromStr};

/// One place, or all that a pattern covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// `status`: the status line.
    Status,
    /// `header:NAME`: the header lines of this name, kept in lower case.
    Header(String),
    /// A JSON Pointer (RFC 6901, section 3) into the body. A step that is `*` stands for any one key or index, one that is
    /// `**` for any number of steps, none included. The whole body has no pointer here.
    Body(Vec<Step>),
}

/// One step of a pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// This key, or this index.
    Name(String),
    /// Any one.
    Any,
    /// Any number of them.
    Deep,
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "status" {
            return Ok(Self::Status);
        }
        if let Some(name) = text.strip_prefix("header:") {
            return match http::HeaderName::from_bytes(name.as_bytes()) {
                Ok(name) => Ok(Self::Header(name.as_str().to_owned())),
                Err(_) => Err(format!("{name:?} is no header name")),
            };
        }
        pointer(text).map(Self::Body).ok_or_else(|| {
            format!(
                "{text:?} is no JSON Pointer; write one such as \"/result\" or \"/result/*/name\", or \"status\", or \
                 \"header:NAME\""
            )
        })
    }
}

/// The steps of a pointer that is not empty.
fn pointer(text: &str) -> Option<Vec<Step>> {
    let step = |raw: &str| match raw {
        "*" => Some(Step::Any),
        "**" => Some(Step::Deep),
        raw if raw.split('~').skip(1).all(|after| after.starts_with(['0', '1'])) => {
            Some(Step::Name(raw.replace("~1", "/").replace("~0", "~")))
        }
        _ => None,
    };
    text.strip_prefix('/')?.split('/').map(step).collect()
}

impl Place {
    /// Whether it is the place in the body that these steps lead to.
    #[must_use]
    pub fn covers(&self, path: &[&str]) -> bool {
        matches!(self, Self::Body(steps) if covers(steps, path))
    }
}

fn covers(steps: &[Step], path: &[&str]) -> bool {
    match (steps.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((Step::Deep, later)), _) => {
            covers(later, path) || path.split_first().is_some_and(|(_, rest)| covers(steps, rest))
        }
        (Some((Step::Any, later)), Some((_, rest))) => covers(later, rest),
        (Some((Step::Name(name), later)), Some((key, rest))) => name == key && covers(later, rest),
        _ => false,
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status => f.write_str("status"),
            Self::Header(name) => write!(f, "header:{name}"),
            Self::Body(steps) => steps.iter().try_for_each(|step| match step {
                Step::Any => f.write_str("/*"),
                Step::Deep => f.write_str("/**"),
                Step::Name(name) => write!(f, "/{}", name.replace('~', "~0").replace('/', "~1")),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pattern_covers_what_its_steps_and_stars_lead_to() {
        let covers = |pattern: &str, path: &[&str]| pattern.parse::<Place>().unwrap().covers(path);
        assert!(covers("/result", &["result"]));
        assert!(!covers("/result", &["result", "0"]));
        assert!(covers("/result/*/name", &["result", "7", "name"]));
        assert!(!covers("/result/*/name", &["result", "name"]));
        assert!(covers("/result/**/name", &["result", "name"]));
        assert!(covers("/result/**/name", &["result", "a", "b", "name"]));
        assert!(!covers("/result/**/name", &["result", "a", "names"]));
        assert!(covers("/**", &["result"]));
        assert!(covers("/a~1b/~0", &["a/b", "~"]));
        assert!(!covers("status", &["status"]));
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for bad in ["", "result", "/a~2", "/a~", "header:", "header:a b"] {
            assert!(bad.parse::<Place>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_place_is_written_as_it_was_read(text in "(/[a-z~01*]{0,4}){1,4}|header:[a-z-]{1,5}|\\PC{0,9}") {
            if let Ok(place) = text.parse::<Place>() {
                prop_assert_eq!(place.to_string().parse::<Place>(), Ok(place));
            }
        }
    }
}
