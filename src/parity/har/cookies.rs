//! Cookies, which HAR lists beside the header lines that they are in.

use serde_json::{Map, Value, json};

use super::{HarError, moment, node::Node};
use crate::parity::message::Headers;

/// The Cookie line of what a request lists; none if it lists none.
pub(super) fn line(request: &Node<'_>) -> Result<Option<String>, HarError> {
    let mut pairs = Vec::new();
    for cookie in request.objects("cookies")? {
        let name = cookie.text("name")?.ok_or_else(|| cookie.wrong("name", "a text"))?;
        pairs.push(format!("{name}={}", cookie.text("value")?.unwrap_or_default()));
    }
    Ok((!pairs.is_empty()).then(|| pairs.join("; ")))
}

/// The cookies of a request's header lines.
pub(super) fn sent(headers: &Headers) -> Value {
    let lines = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("cookie"));
    let pairs = lines.flat_map(|(_, value)| value.split(';')).map(str::trim).filter(|pair| !pair.is_empty());
    pairs.map(|pair| Value::Object(named(pair))).collect()
}

/// The cookies that a response's header lines set.
pub(super) fn set(headers: &Headers) -> Value {
    let lines = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    lines.map(|(_, value)| Value::Object(attributed(value))).collect()
}

fn named(pair: &str) -> Map<String, Value> {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    [("name", name), ("value", value)].into_iter().map(|(key, part)| (key.to_owned(), json!(part))).collect()
}

/// A cookie with those attributes (RFC 6265, section 4.1) that HAR has a field for.
fn attributed(line: &str) -> Map<String, Value> {
    let mut parts = line.split(';').map(str::trim);
    let mut cookie = named(parts.next().unwrap_or_default());
    for part in parts {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let field = match name.to_ascii_lowercase().as_str() {
            "path" => Some(("path", json!(value))),
            "domain" => Some(("domain", json!(value))),
            "expires" => httpdate::parse_http_date(value).ok().map(|date| ("expires", json!(moment::write(date)))),
            "httponly" => Some(("httpOnly", json!(true))),
            "secure" => Some(("secure", json!(true))),
            _ => None,
        };
        if let Some((key, value)) = field {
            cookie.insert(key.to_owned(), value);
        }
    }
    cookie
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_listed_with_their_attributes() {
        let line = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let cookies = sent(&vec![line("Cookie", "a=1; b=x=y;c"), line("cookie", "d=")]);
        let expected = json!([
            { "name": "a", "value": "1" }, { "name": "b", "value": "x=y" }, { "name": "c", "value": "" },
            { "name": "d", "value": "" },
        ]);
        assert_eq!(cookies, expected);
        let expires = "Wed, 15 Jul 2026 12:00:00 GMT";
        let cookies =
            set(&vec![line("Set-Cookie", &format!("s=1; Path=/; HttpOnly; secure; Expires={expires}; Max-Age=9"))]);
        let expected = json!([{
            "name": "s", "value": "1", "path": "/", "httpOnly": true, "secure": true,
            "expires": "2026-07-15T12:00:00.000Z",
        }]);
        assert_eq!(cookies, expected);
    }
}
