//! Patterns and paths: `METHOD /pattern` a line, an empty line, then `METHOD /path` a line.

use std::cmp::Ordering;

use http::Method;

use crate::routes::{
    pattern::{Pattern, Segment},
    patterns::Patterns,
    target::Target,
};

/// Patterns that could be in one table, and the requests to find one for.
#[derive(Debug)]
pub(super) struct Input<'a> {
    pub(super) patterns: Vec<Pattern>,
    pub(super) requests: Vec<(Method, &'a str)>,
}

impl<'a> Input<'a> {
    pub(super) fn read(data: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(data).ok()?;
        let (patterns, requests) = text.split_once("\n\n")?;
        let mut table: Vec<Pattern> = Vec::new();
        for line in patterns.lines().take(8) {
            let Ok(pattern) = Pattern::parse(line) else { continue };
            assert_eq!(Pattern::parse(&pattern.to_string()).as_ref(), Ok(&pattern));
            if !table.iter().any(|other| other.same_requests(&pattern)) {
                table.push(pattern);
            }
        }
        let request = |line: &'a str| {
            let (method, path) = line.split_once(' ')?;
            Some((Method::from_bytes(method.as_bytes()).ok()?, path))
        };
        Some(Self { patterns: table, requests: requests.lines().take(8).filter_map(request).collect() })
    }
}

/// The pattern found is the most specific of those that match, by the rules one after the other.
pub fn run(data: &[u8]) {
    let Some(Input { patterns, requests }) = Input::read(data) else { return };
    let compiled = Patterns::new(patterns.iter().cloned().zip(0usize..));
    for (method, path) in requests {
        let target = Target::of(path);
        let found = compiled.find(&method, &target);
        let mut best: Option<(usize, Option<Vec<String>>)> = None;
        let asked = if method == Method::HEAD { &Method::GET } else { &method };
        for (at, pattern) in patterns.iter().enumerate().filter(|(_, pattern)| pattern.method == *asked) {
            // One that wants a slash at the end stands where it would match with it.
            let slashed = || plainly(pattern, &format!("{path}/")).filter(|_| pattern.path().ends_with('/'));
            let Some(values) = plainly(pattern, path).map(Some).or_else(|| slashed().map(|_| None)) else { continue };
            if best.as_ref().is_none_or(|(other, _)| order(pattern, &patterns[*other]) == Ordering::Less) {
                best = Some((at, values));
            }
        }
        // A number in digits of other scripts is legacy's to read.
        let best = best.and_then(|(at, values)| Some((at, values?))).filter(|(at, values)| {
            let variables = patterns[*at].segments.iter().filter(|segment| segment.name().is_some());
            variables.zip(values).all(|(segment, value)| !matches!(segment, Segment::Int(_)) || value.is_ascii())
        });
        let found = found.map(|(at, values)| (*at, values.iter().map(|(_, value)| (*value).to_owned()).collect()));
        assert_eq!(found, best, "{method} {path:?} among {patterns:?}");
    }
}

/// Whether a pattern matches, decoded and cut by hand.
fn plainly(pattern: &Pattern, raw: &str) -> Option<Vec<String>> {
    let mut bytes = Vec::new();
    let mut rest = raw.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let pair = after.get(..2).filter(|pair| byte == b'%' && pair.iter().all(u8::is_ascii_hexdigit));
        if let Some(pair) = pair {
            bytes.push(u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    let decoded = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))?;
    let mut rest = decoded.trim_start_matches('/');
    let mut values = Vec::new();
    for (at, segment) in pattern.segments.iter().enumerate() {
        let last = at + 1 == pattern.segments.len();
        if let Segment::Path(_) = segment {
            let inside = rest.chars().skip(1).any(|c| c == '\n');
            return (!rest.is_empty() && !rest.starts_with('/') && !inside).then(|| {
                values.push(rest.to_owned());
                values
            });
        }
        let (part, after) = match rest.split_once('/') {
            Some((part, after)) if !last => (part, after),
            None if last => (rest, ""),
            _ => return None,
        };
        match segment {
            Segment::Literal(text) if text == part => {}
            Segment::Int(_)
                if !part.is_empty()
                    && part.chars().all(|c| c.is_ascii_digit() || (!c.is_ascii() && c.is_numeric())) =>
            {
                values.push(part.to_owned());
            }
            Segment::Text(_) if !part.is_empty() => values.push(part.to_owned()),
            _ => return None,
        }
        rest = after;
    }
    Some(values)
}

/// Constants before numbers, numbers before texts, texts before paths, at the first segment where two differ in kind.
fn order(a: &Pattern, b: &Pattern) -> Ordering {
    let kind = |segment: &Segment| match segment {
        Segment::Literal(_) => 0,
        Segment::Int(_) => 1,
        Segment::Text(_) => 2,
        Segment::Path(_) => 3,
    };
    a.segments.iter().map(kind).cmp(b.segments.iter().map(kind))
}
