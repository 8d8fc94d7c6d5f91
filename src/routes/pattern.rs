//! One method and path pattern, as in `GET /api/1/tasks/{id:int}`, matched as Flask's converters match.

use std::fmt;

use http::Method;

/// A piece of a pattern between two slashes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Segment {
    /// Exactly this text.
    Literal(String),
    /// `{name}`: anything but a slash, at least one character (Flask's default converter).
    Text(String),
    /// `{name:int}`: decimal digits (Flask's `int`; no sign).
    Int(String),
    /// `{name:path}`: the rest, slashes included, at least one character; last segment only.
    Path(String),
}

/// A method and a path pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    /// The method. A GET pattern also matches HEAD, as in Flask.
    pub method: Method,
    /// The path, without the leading slash, split at slashes.
    pub segments: Vec<Segment>,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it and what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (method, path) = text
            .split_once(' ')
            .ok_or_else(|| format!("expected a method and a path as in \"GET /api/1/tags\", got {text:?}"))?;
        let known = ["GET", "PUT", "POST", "PATCH", "DELETE"];
        if !known.contains(&method) {
            return Err(format!("unknown method {method:?}{}", crate::config::fault::remedy(method, &known)));
        }
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| format!("bad method {method:?}"))?;
        let rest = path.strip_prefix('/').ok_or_else(|| format!("the path must begin with a slash, got {path:?}"))?;
        if let Some(bad) = rest.chars().find(|c| c.is_whitespace() || c.is_control() || "?#%".contains(*c)) {
            return Err(format!("the path may not have {bad:?} in it; patterns match the decoded path without query"));
        }
        let parts: Vec<&str> = rest.split('/').collect();
        let last = parts.len() - 1;
        let segments =
            parts.iter().enumerate().map(|(at, part)| segment(part, at == last)).collect::<Result<Vec<_>, _>>()?;
        if parts[..last].iter().any(|part| part.is_empty()) {
            return Err("the path has two slashes in a row; Flask redirects such a path, it never matches".into());
        }
        let names: Vec<&str> = segments.iter().filter_map(Segment::name).collect();
        if let Some(twice) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
            return Err(format!("the variable {{{}}} is there twice", twice.1));
        }
        Ok(Self { method, segments })
    }

    /// The path as written.
    #[must_use]
    pub fn path(&self) -> String {
        self.segments.iter().fold(String::new(), |path, segment| format!("{path}/{segment}"))
    }

    /// The same text for patterns that match the same requests, whatever their variables are called.
    #[must_use]
    pub fn shape(&self) -> String {
        self.segments.iter().fold(self.method.to_string(), |shape, segment| match segment {
            Segment::Literal(text) => shape + "/" + text,
            Segment::Text(_) => shape + "/{}",
            Segment::Int(_) => shape + "/{int}",
            Segment::Path(_) => shape + "/{path}",
        })
    }

    /// Whether some path could match both: such a pair would make the answer depend on order.
    #[must_use]
    pub fn same_requests(&self, other: &Self) -> bool {
        self.shape() == other.shape()
    }
}

/// Whether a decoded segment is a number to Flask. Digits of other scripts pass for such, as they do in Werkzeug; what
/// they come to is legacy's to say.
pub(super) fn is_number(segment: &str) -> bool {
    let is_digit = |c: char| if c.is_ascii() { c.is_ascii_digit() } else { c.is_numeric() };
    !segment.is_empty() && segment.chars().all(is_digit)
}

/// Whether the rest of a decoded path is one to Flask: Werkzeug's `[^/].*?`, whose point stands for no line feed.
pub(super) fn is_path(rest: &str) -> bool {
    !(rest.is_empty() || rest.starts_with('/') || rest.rfind('\n').is_some_and(|at| at > 0))
}

fn segment(part: &str, last: bool) -> Result<Segment, String> {
    let Some(inner) = part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
        return if part.contains(['{', '}']) {
            Err(format!("{part:?} mixes text and a variable; a variable is a whole segment, as in {{name}}"))
        } else {
            Ok(Segment::Literal(part.to_owned()))
        };
    };
    let (name, kind) = inner.split_once(':').unwrap_or((inner, "string"));
    let good = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !good {
        return Err(format!("{name:?} is no name for a variable; use letters, digits and underscores"));
    }
    let name = name.to_owned();
    match kind {
        "string" => Ok(Segment::Text(name)),
        "int" => Ok(Segment::Int(name)),
        "path" if last => Ok(Segment::Path(name)),
        "path" => Err(format!("{{{name}:path}} takes the rest of the path and must come last")),
        other => Err(format!(
            "unknown converter {other:?}{}",
            crate::config::fault::remedy(other, &["string", "int", "path"])
        )),
    }
}

impl Segment {
    /// The variable's name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Literal(_) => None,
            Self::Text(name) | Self::Int(name) | Self::Path(name) => Some(name),
        }
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(text) => f.write_str(text),
            Self::Text(name) => write!(f, "{{{name}}}"),
            Self::Int(name) => write!(f, "{{{name}:int}}"),
            Self::Path(name) => write!(f, "{{{name}:path}}"),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pattern_is_written_as_it_was_read() {
        for text in [
            "GET /",
            "GET /api/1/tags",
            "PATCH /api/1/users/{name}",
            "GET /a/{id:int}/b",
            "PUT /x/{rest:path}",
            "GET /a/",
        ] {
            assert_eq!(Pattern::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_bad_pattern_says_what_was_expected() {
        let bad = [
            "",
            "GET",
            "get /x",
            "GET x",
            "GET /a//b",
            "GET /a?b",
            "GET /a%20b",
            "GET /x{a}",
            "GET /{1}",
            "GET /{a:uuid}",
            "GET /{a:path}/b",
            "GET /{a}/{a}",
        ];
        let shown: Vec<String> =
            bad.iter().map(|text| format!("{text:?}: {}", Pattern::parse(text).unwrap_err())).collect();
        insta::assert_snapshot!(shown.join("\n"));
    }

    proptest! {
        #[test]
        fn reading_a_pattern_never_panics(text in "\\PC{0,60}") {
            if let Ok(pattern) = Pattern::parse(&text) {
                prop_assert_eq!(Pattern::parse(&pattern.to_string()).unwrap(), pattern);
            }
        }
    }
}
