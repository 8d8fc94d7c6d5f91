//! Paths that are an endpoint's, or nearly, or look like one to somebody who decodes, merges, resolves, trims or folds
//! more than Flask does.

use crate::support::dice::Dice;

/// For text variables: percent-encoded or not, dots, slashes, what is no UTF-8, and words that other rules have there.
const TEXTS: &[&str] = &[
    "a", "a%20b", "a%2fb", "a%2Fb", "%2f", "%2F%2f", ".", "..", "%2e%2e", "%2E", "...", "a;b", "a;", ";", "%3b", "%00",
    "a%00", "%ff", "a%ffb", "%c3", "%c3%a9", "%F0%9F%98%80", "%25", "%2525", "%252f", "%2e%2e%2f", "evm", "eth", "eth2",
    "type", "all", "data", "events", "stake", "accounts", "nodes", "modules", "supported", "conflicts", "1", "007", "v1", "v",
    "a%3fb", "a%23", "%23", "~", "%0a", "a%0a", "%0d%0a", "\\", "%5c", "%c0%ae", "%c0%af", "%e0%80%af", "%ed%a0%80",
    "%ef%bf%bd", "%ef%bb%bf", "a+b", "{x}", "{}", "%7bname%7d", "%3cstring%3aname%3e", "null", "%", "%2", "%zz", "%u002f",
    "A", "%C2%A0", "%E2%80%AE", "%e2%88%95", "%ef%bc%8f", "*", "|", "^", "\"", "%7f", "%09", "'", "(a)", "a=b", "a&b", "@", "a:b", "",
];

/// For numbers: signs, zeros, other digits, other bases, and more of them than fits anywhere.
const NUMBERS: &[&str] = &[
    "0", "7", "007", "00", "-1", "-0", "+1", "%2b1", "%2d1", "1.0", "1e3", "%201", "1%20", "%D9%A3", "1%D9%A3", "%EF%BC%91", "%C2%B2",
    "%e0%a5%a7", "%F0%9D%9F%8E", "1%0a", "%0a1", "1%00", "0x1", "1_0", "99999999999999999999", "18446744073709551616",
    "9223372036854775808", "", "%31", "%3", "1%2f", "1;", "1,0", "NaN", "1%ff", "true", "%e2%85%a0", "%C2%BD",
];

const METHODS: &[&str] = &["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "get", "Put", "TRACE", "PROPFIND"];

/// One request line's worth.
#[derive(Debug, Clone)]
pub struct Line {
    pub method: String,
    /// In pieces that can be left out; the first is a slash.
    pub pieces: Vec<String>,
}

impl Line {
    /// The one of a seed and a number. `rules` are methods and patterns.
    pub fn of(seed: u64, index: u64, rules: &[(String, String)]) -> Self {
        let mut dice = Dice::of(seed, index);
        let (method, pattern) = dice.pick(rules).clone();
        let method = if dice.percent(75) { method } else { (*dice.pick(METHODS)).to_owned() };
        let segments: Vec<String> = pattern[1..].split('/').map(|segment| filled(&mut dice, segment)).collect();
        let mut pieces: Vec<String> = Vec::new();
        for segment in segments {
            pieces.push("/".into());
            pieces.extend(split(&segment));
        }
        for _ in 0..*dice.pick(&[0, 0, 0, 1, 1, 1, 2, 4]) {
            disguise(&mut dice, &mut pieces);
        }
        if dice.percent(15) {
            pieces.push((*dice.pick(&["?", "?a=b", "??", "?/", "?a=/../", "?%2f", "?a=%zz", "?x=http://h/"])).into());
        }
        if pieces[0] != "/" {
            pieces.insert(0, "/".into());
        }
        Self { method, pieces }
    }

    /// An endpoint as it is meant to be asked for.
    pub fn plain(method: &str, pattern: &str) -> Self {
        let segment = |segment: &str| match segment {
            number if number.ends_with(":int}") => "12".to_owned(),
            text if text.starts_with('{') => "abc".to_owned(),
            word => word.to_owned(),
        };
        let path: Vec<String> = pattern.split('/').map(segment).collect();
        Self { method: method.to_owned(), pieces: vec![path.join("/")] }
    }

    pub fn target(&self) -> String {
        self.pieces.concat()
    }
}

fn filled(dice: &mut Dice, segment: &str) -> String {
    if !segment.contains('{') {
        return segment.to_owned();
    }
    let number = segment.ends_with(":int}") != dice.percent(10);
    let plain = dice.percent(30);
    match (number, plain) {
        (true, true) => "12".into(),
        (false, true) => "abc".into(),
        (true, false) => (*dice.pick(NUMBERS)).into(),
        (false, false) => (*dice.pick(TEXTS)).into(),
    }
}

/// Characters, and encoded bytes whole.
fn split(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let encoded = rest.len() >= 3 && first == '%' && rest.as_bytes()[1..3].iter().all(u8::is_ascii_hexdigit);
        let (piece, more) = rest.split_at(if encoded { 3 } else { first.len_utf8() });
        pieces.push(piece.to_owned());
        rest = more;
    }
    pieces
}

fn disguise(dice: &mut Dice, pieces: &mut Vec<String>) {
    let at = dice.below(pieces.len());
    let byte = pieces[at].bytes().next().filter(|_| pieces[at].len() == 1);
    match (dice.below(12), byte) {
        (0, Some(byte)) => pieces[at] = format!("%{byte:02x}"),
        (1, Some(byte)) => pieces[at] = format!("%{byte:02X}"),
        (2, Some(byte)) => pieces[at] = format!("%25{byte:02x}"),
        (3, Some(byte)) => pieces[at] = format!("%{:02x}", byte.to_ascii_uppercase()),
        (4, Some(byte)) => pieces[at] = char::from(byte).to_ascii_uppercase().to_string(),
        // The overlong form of a character.
        (5, Some(byte)) => pieces[at] = format!("%c{:x}%{:02x}", byte >> 6, 0x80 | (byte & 0x3f)),
        (6, _) => pieces.insert(at, (*dice.pick(TEXTS)).into()),
        (7, _) => pieces.insert(at, (*dice.pick(&["/", "//", "/./", "/../", "/x/../", "%2f", "%2F/", "/%2e%2e/", "./", "\\"])).into()),
        (8, _) => {
            let tail = ["/", "//", "%2f", "/.", "/..", ";", ";x=1", "%00", "%20", "%0a", ".json", "%23", "%3f", "+", ",", "%", "~"];
            pieces.push((*dice.pick(&tail)).into());
        }
        (9, _) => pieces.insert(0, (*dice.pick(&["/", "//", "/.", "/..", "/%2f", "/%2F%2f", "/;", "/x", "/%00", "/%5c"])).into()),
        (10, _) => {
            pieces.remove(at);
        }
        _ => {
            let other = dice.below(pieces.len());
            pieces.swap(at, other);
        }
    }
    if pieces.is_empty() {
        pieces.push("/".into());
    }
}
