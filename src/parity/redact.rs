//! What is stored of a message: never its secrets.
//!
//! A redacted value stands for itself by six digits that are the same for the same value in this process, and in no other:
//! whether two are equal can still be seen, and nothing else.

use std::{fmt::Write, sync::OnceLock};

use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};

use super::{
    Request, Response, Rulebook,
    coding::decoded,
    message::Headers,
    path::Path,
    tree::{self, Content, Node},
};

/// Header fields that are credentials.
const HEADERS: [&str; 6] =
    ["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-auth-token"];

/// Fields of bodies and queries that are secrets wherever they stand.
const FIELDS: [&str; 16] = [
    "password",
    "new_password",
    "current_password",
    "passphrase",
    "api_key",
    "api_secret",
    "apikey",
    "secret",
    "token",
    "access_token",
    "refresh_token",
    "private_key",
    "premium_api_key",
    "premium_api_secret",
    "mnemonic",
    "xpub",
];

/// Redacts the messages of one route.
#[derive(Debug, Clone, Copy)]
pub struct Redactor<'r> {
    rules: &'r Rulebook,
    /// Further names of fields and headers, in lower case.
    names: &'r [String],
}

impl<'r> Redactor<'r> {
    /// By the route's rules, further names in lower case, and the names that are secrets everywhere.
    #[must_use]
    pub fn new(rules: &'r Rulebook, names: &'r [String]) -> Self {
        Self { rules, names }
    }

    /// A request that can be stored.
    #[must_use]
    pub fn request(&self, request: &Request) -> Request {
        let form = request
            .header("content-type")
            .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"));
        let coded = request.header("content-encoding").is_some_and(|coding| !coding.eq_ignore_ascii_case("identity"));
        let body = match std::str::from_utf8(&request.body) {
            // What cannot be read cannot be redacted.
            _ if coded && !request.body.is_empty() => bytes::Bytes::from_static(b"[redacted]"),
            Ok(text) if form => self.pairs(text).into(),
            _ => self.body(&request.body, false).into(),
        };
        let target = self.target(&request.target);
        Request { method: request.method.clone(), target, headers: self.headers(&request.headers), body }
    }

    /// A response that can be stored; its content coding is undone.
    #[must_use]
    pub fn response(&self, response: &Response) -> Response {
        let mut headers = self.headers(&response.headers);
        let body = match decoded(response) {
            Ok(body) => {
                headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-encoding"));
                self.body(&body, true).into()
            }
            // What cannot be read cannot be redacted.
            Err(_) => bytes::Bytes::from_static(b"[undecodable]"),
        };
        Response { headers, body, reason: response.reason.clone(), ..*response }
    }

    fn headers(&self, headers: &Headers) -> Headers {
        let secret = |name: &str| {
            let name = name.to_ascii_lowercase();
            let field = name.trim_start_matches("x-").replace('-', "_");
            self.is_secret(&field)
                || HEADERS.contains(&name.as_str())
                || self.names.contains(&name)
                || self.rules.redacts_header(&name)
        };
        let line = |(name, value): &(String, String)| {
            let value = if secret(name) {
                placeholder(value)
            } else if ["referer", "location", "content-location"].iter().any(|of| name.eq_ignore_ascii_case(of)) {
                self.target(value)
            } else {
                value.clone()
            };
            (name.clone(), value)
        };
        headers.iter().map(line).collect()
    }

    /// The rules are about responses; the names are secrets on both sides.
    fn body(&self, body: &[u8], ruled: bool) -> Vec<u8> {
        let Some(document) = std::str::from_utf8(body).ok().and_then(tree::read) else {
            // Places are places in JSON: of anything else a route with such rules stores nothing. What a client sent and
            // is broken, or in parts, is stored only if it speaks of no secret.
            let hidden = self.may_hold(body) || (ruled && self.rules.redacts_anything() && !body.is_empty());
            return if hidden { b"[redacted]".to_vec() } else { body.to_vec() };
        };
        let mut text = document.before.to_owned();
        self.node(&document.root, &mut Path::default(), ruled, &mut text);
        text.push_str(document.after);
        text.into_bytes()
    }

    fn node<'t>(&self, node: &'t Node<'t>, path: &mut Path<'t>, ruled: bool, text: &mut String) {
        if ruled && self.rules.redacts(&path.texts()) {
            _ = write!(text, "\"{}\"", placeholder(node.text));
            return;
        }
        match &node.content {
            Content::List(items, close) => {
                text.push('[');
                for (at, item) in items.iter().enumerate() {
                    text.push_str(item.glue);
                    path.index(at);
                    self.node(&item.value, path, ruled, text);
                    path.back();
                }
                text.push_str(close);
                text.push(']');
            }
            Content::Object(members, close) => {
                text.push('{');
                for member in members {
                    text.push_str(member.glue);
                    text.push_str(member.written);
                    text.push_str(member.colon);
                    if self.is_secret(&member.key) && member.value.text != "null" {
                        _ = write!(text, "\"{}\"", placeholder(member.value.text));
                        continue;
                    }
                    path.key(&member.key);
                    self.node(&member.value, path, ruled, text);
                    path.back();
                }
                text.push_str(close);
                text.push('}');
            }
            _ => text.push_str(node.text),
        }
    }

    /// A target or a URL, whose query and fragment may hold secrets.
    #[must_use]
    pub fn link(&self, target: &str) -> String {
        self.target(target)
    }

    fn target(&self, target: &str) -> String {
        let (rest, fragment) = match target.split_once('#') {
            Some((rest, fragment)) => (rest, format!("#{}", self.pairs(fragment))),
            None => (target, String::new()),
        };
        match rest.split_once('?') {
            Some((path, query)) => format!("{path}?{}{fragment}", self.pairs(query)),
            None => format!("{rest}{fragment}"),
        }
    }

    /// Whether the name of a secret is anywhere in it.
    fn may_hold(&self, body: &[u8]) -> bool {
        // Python reads JSON in UTF-16 and UTF-32 too, and a secret's name looks different there.
        if body.contains(&0) && body.len() < 1 << 20 {
            let narrow: Vec<u8> = body.iter().copied().filter(|byte| *byte != 0).collect();
            return self.may_hold(&narrow);
        }
        let text = String::from_utf8_lossy(body).to_ascii_lowercase();
        let plain = percent_decode_str(&text).decode_utf8_lossy();
        // An escaped letter may be one of a name's.
        let escaped = text.contains("\\u00");
        let mut names = FIELDS.iter().copied().chain(self.names.iter().map(String::as_str));
        escaped || names.any(|name| text.contains(name) || plain.contains(name))
    }

    /// A query, or a form.
    #[must_use]
    pub fn pairs(&self, text: &str) -> String {
        let pair = |pair: &str| match pair.split_once('=') {
            Some((name, value)) if self.is_secret(&percent_decode_str(name).decode_utf8_lossy()) => {
                format!("{name}={}", stand_in(value))
            }
            _ => pair.to_owned(),
        };
        text.split('&').map(pair).collect::<Vec<_>>().join("&")
    }

    fn is_secret(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        FIELDS.contains(&name.as_str()) || self.names.contains(&name)
    }
}

/// What stands for a secret in a place that is part of a URL.
#[must_use]
pub fn stand_in(secret: &str) -> String {
    placeholder(secret).replace(['[', ']', ' '], "")
}

/// What stands for a secret.
fn placeholder(secret: &str) -> String {
    static KEY: OnceLock<[u8; 32]> = OnceLock::new();
    let digest = Sha256::new().chain_update(KEY.get_or_init(rand::random)).chain_update(secret).finalize();
    format!("[redacted {:02x}{:02x}{:02x}]", digest[0], digest[1], digest[2])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Rule;

    fn request(target: &str, kind: &str, body: &str) -> Request {
        Request {
            method: "POST".into(),
            target: target.into(),
            headers: vec![("Content-Type".into(), kind.into()), ("Cookie".into(), "sid=s3cret".into())],
            body: body.to_owned().into(),
        }
    }

    #[test]
    fn no_secret_of_a_request_is_left_and_all_else_is_as_it_was() {
        let rules = Rulebook::default();
        let names = ["pin".to_owned()];
        let redactor = Redactor::new(&rules, &names);
        let asked = request(
            "/x?a=1&Token=s3cret&b",
            "application/json",
            r#"{"password": "s3cret", "deep": [{"PIN" : 12345}], "token":null, "n": 1.0}"#,
        );
        let stored = redactor.request(&asked);
        let body = String::from_utf8(stored.body.to_vec()).unwrap();
        let shown = format!("{} {body} {:?}", stored.target, stored.headers);
        assert!(!shown.contains("s3cret") && !shown.contains("12345"), "{shown}");
        assert!(stored.target.starts_with("/x?a=1&Token=redacted") && stored.target.ends_with("&b"), "{shown}");
        assert!(body.starts_with(r#"{"password": "[redacted "#), "{body}");
        assert!(body.ends_with(r#"]"}], "token":null, "n": 1.0}"#), "{body}");
        let form = redactor.request(&request("/x", "application/x-www-form-urlencoded", "user=a&password=s3cret"));
        assert!(form.body.starts_with(b"user=a&password=redacted"), "{:?}", form.body);
    }

    #[test]
    fn what_can_not_be_read_and_speaks_of_a_secret_is_not_stored() {
        let rules = Rulebook::default();
        let redactor = Redactor::new(&rules, &[]);
        let parts = "--x\r\nContent-Disposition: form-data; name=\"Password\"\r\n\r\ns3cret\r\n--x--\r\n";
        for (body, stored) in
            [(r#"{"password": "s3cret""#, "[redacted]"), (parts, "[redacted]"), ("{broken", "{broken"), ("", "")]
        {
            assert_eq!(redactor.request(&request("/x", "x/y", body)).body, stored, "{body}");
        }
        let mut asked = request("/x", "", "");
        asked.headers.push(("referer".to_owned(), "http://h/?token=s3cret&a=1".to_owned()));
        let referer = &redactor.request(&asked).headers[2].1;
        assert!(referer.starts_with("http://h/?token=redacted") && referer.ends_with("&a=1"), "{referer}");
    }

    #[test]
    fn what_can_not_be_read_and_may_hold_a_secret_is_not_stored() {
        let rules = Rulebook::default();
        let redactor = Redactor::new(&rules, &[]);
        let wide: String = r#"{"password": "s3cret"}"#.chars().flat_map(|c| [c, '\0']).collect();
        let bodies = [
            wide.as_str(),
            r#"{"pass\u0077ord": "s3cret""#,
            "pass%77ord=s3cret",
            "{\"api_key\": \"s3cret\"}\n{\"api_key\": \"b\"}",
        ];
        for body in bodies {
            assert_eq!(redactor.request(&request("/x", "text/plain", body)).body, "[redacted]", "{body}");
        }
        let mut packed = request("/x", "application/json", "s3cret");
        packed.headers.push(("Content-Encoding".into(), "gzip".into()));
        assert_eq!(redactor.request(&packed).body, "[redacted]");
        let location = "/cb?token=s3cret#access_token=s3cret";
        let response = Response {
            status: 302,
            reason: "Found".into(),
            headers: vec![("Location".into(), location.into()), ("Api-Key".into(), "s3cret".into())],
            spelled: true,
            body: bodies[3].to_owned().into(),
        };
        let stored = redactor.response(&response);
        assert!(!format!("{:?} {:?}", stored.headers, stored.body).contains("s3cret"));
    }

    #[test]
    fn a_rule_redacts_its_place_in_the_response_and_equal_values_stay_equal() {
        let rule = |place: &str| Rule { redact: Some(place.into()), reason: "x".into(), ..Rule::default() };
        let rules = Rulebook::new(&[rule("/result/*/address"), rule("header:x-owner")]);
        let redactor = Redactor::new(&rules, &[]);
        let response = |body: &str| Response {
            status: 200,
            reason: "OK".into(),
            headers: vec![("X-Owner".into(), "ada".into())],
            spelled: true,
            body: body.to_owned().into(),
        };
        let stored =
            redactor.response(&response(r#"{"result": [{"address": "0xa"}, {"address": "0xb"}, {"address": "0xa"}]}"#));
        assert!(stored.headers[0].1.starts_with("[redacted "));
        let body: serde_json::Value = serde_json::from_slice(&stored.body).unwrap();
        let address = |at: usize| body["result"][at]["address"].as_str().unwrap();
        assert!(address(0).starts_with("[redacted ") && address(0) == address(2) && address(0) != address(1));
        assert_eq!(redactor.response(&response("0xa is no JSON")).body, "[redacted]");
    }
}
