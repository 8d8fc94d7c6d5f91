//! Every endpoint of the backend, migrated or not: what a forwarded request is counted under.

use std::{collections::HashMap, ops::Range, path::Path, sync::Arc};

use http::Method;

use super::{pattern::Pattern, patterns::Patterns, target::Target};
use crate::{
    config::{Fault, Faults},
    schema::endpoints::ROTKI,
};

/// Most endpoints of a list: each has counts of its own.
const MOST: usize = 4096;

/// The backend's endpoints, in the order of their list.
#[derive(Debug, Default)]
pub struct Endpoints {
    list: Vec<Pattern>,
    matcher: Patterns<usize>,
}

impl Endpoints {
    /// Reads a list: a method and a path a line, as in `GET /api/1/tags/{id:int}`. Empty lines, and those that begin with
    /// `#`, are for people.
    ///
    /// # Errors
    /// Every line that is no endpoint, or the same as an earlier one.
    pub fn parse(source: &str, text: &str) -> Result<Self, Faults> {
        let mut list: Vec<(Pattern, usize)> = Vec::new();
        let mut known = HashMap::new();
        let mut faults = Vec::new();
        let mut at = 0;
        for (number, line) in text.split_inclusive('\n').enumerate() {
            let span = at..at + line.len();
            at = span.end;
            let written = line.trim();
            if written.is_empty() || written.starts_with('#') {
                continue;
            }
            let mut fault = |message: String| faults.push(fault_at(source, text, span.clone(), message));
            match Pattern::parse(written) {
                Ok(pattern) => match known.get(&pattern.shape()).and_then(|at: &usize| list.get(*at)) {
                    Some((other, line)) => fault(format!("{pattern} is there twice: line {line} has {other}")),
                    None => {
                        known.insert(pattern.shape(), list.len());
                        list.push((pattern, number + 1));
                    }
                },
                Err(message) => fault(message),
            }
        }
        if list.len() > MOST {
            faults.push(Fault::plain(source, format!("has {} endpoints; {MOST} are the most", list.len())));
        }
        if !faults.is_empty() {
            return Err(Faults(faults));
        }
        let list: Vec<Pattern> = list.into_iter().map(|(pattern, _)| pattern).collect();
        let matcher = Patterns::new(list.iter().cloned().zip(0..));
        Ok(Self { list, matcher })
    }

    /// The list in a file, or rotki's own without one. Blocking file I/O.
    ///
    /// # Errors
    /// The file can not be read, or some of its lines.
    pub fn load(file: Option<&Path>) -> Result<Arc<Self>, Faults> {
        let Some(path) = file else { return Self::parse("built-in endpoints", ROTKI).map(Arc::new) };
        let source = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| {
            Faults(vec![Fault::plain(&source, format!("can not be read (legacy.endpoints): {error}"))])
        })?;
        Self::parse(&source, &text).map(Arc::new)
    }

    /// Which of them a request is for.
    #[must_use]
    pub fn find(&self, method: &Method, target: &Target) -> Option<usize> {
        self.matcher.find(method, target).map(|(at, _)| *at)
    }

    /// Which of them has the same requests as a pattern.
    #[must_use]
    pub fn place_of(&self, pattern: &Pattern) -> Option<usize> {
        self.list.iter().position(|known| known.same_requests(pattern))
    }

    /// All of them, in the order of their list.
    #[must_use]
    pub fn list(&self) -> &[Pattern] {
        &self.list
    }
}

/// The place is where the text of the line begins.
fn fault_at(source: &str, text: &str, line: Range<usize>, message: String) -> Fault {
    let indent = text[line.clone()].len() - text[line.clone()].trim_start().len();
    Fault::at(source, text, line.start + indent..line.end, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rotki() -> Arc<Endpoints> {
        Endpoints::load(None).unwrap()
    }

    #[test]
    fn the_built_in_list_is_that_of_the_survey_where_that_is_there() {
        let survey = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/design/endpoints.csv");
        let Ok(survey) = std::fs::read_to_string(survey) else {
            println!("skipped: there is no ../shared/design/endpoints.csv");
            return;
        };
        // It does not tell numbers from texts.
        let plain = |line: String| line.replace(":int}", "}").replace("/v{version}", "/{version}");
        let surveyed: Vec<String> = survey
            .lines()
            .skip(1)
            .map(|line| plain(line.splitn(3, ',').take(2).collect::<Vec<_>>().join(" ")))
            .collect();
        let ours: Vec<String> = rotki().list().iter().map(|pattern| plain(pattern.to_string())).collect();
        assert_eq!(ours, surveyed);
    }

    #[test]
    fn a_request_is_for_its_most_specific_endpoint_or_none() {
        let endpoints = rotki();
        let of = |method: &str, path: &str| {
            let at = endpoints.find(&Method::from_bytes(method.as_bytes()).unwrap(), &Target::of(path))?;
            Some(endpoints.list()[at].to_string())
        };
        for (method, path, expected) in [
            ("GET", "/api/1/ping", Some("GET /api/1/ping")),
            ("HEAD", "/api/1/ping", Some("GET /api/1/ping")),
            ("DELETE", "/api/1/tasks/7", Some("DELETE /api/1/tasks/{task_id:int}")),
            ("POST", "/api/1/users/ada", Some("POST /api/1/users/{name}")),
            ("GET", "/api/1/tasks/x", None),
            ("DELETE", "/api/1/ping", None),
            ("GET", "/", None),
        ] {
            assert_eq!(of(method, path).as_deref(), expected, "{method} {path}");
        }
    }

    #[test]
    fn a_bad_line_is_named_with_its_place_and_what_was_expected() {
        let text = "# ours\nGET /a\n\n  GOT /b\nGET /a/{x:uuid}\nGET a\nGET /t/{a}\nGET /t/{b}\n";
        let faults = Endpoints::parse("api.txt", text).unwrap_err();
        let shown: Vec<String> = faults.0.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        api.txt:4:3: unknown method "GOT"; expected one of GET, PUT, POST, PATCH, DELETE
        api.txt:5:1: unknown converter "uuid"; expected one of string, int, path
        api.txt:6:1: the path must begin with a slash, got "a"
        api.txt:8:1: GET /t/{b} is there twice: line 7 has GET /t/{a}
        "#);
    }
}
