//! The request of an entry.
//!
//! Our own files are `exact`: what is in them was on the wire, and nothing is made up for what is not.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::{HarError, body, cookies, error::Stop, form, headers, node::Node, url::Url};
use crate::parity::{Request, message::Headers};

/// The origin and the request.
pub(super) fn read(node: &Node<'_>, exact: bool) -> Result<(String, Request), Stop> {
    let method = node.text("method")?.ok_or_else(|| node.wrong("method", "a text"))?.to_owned();
    let url = node.text("url")?.ok_or_else(|| node.wrong("url", "a text"))?;
    if !exact && method == "CONNECT" {
        return Err(Stop::PassedOver("it is a tunnel".to_owned()));
    }
    let Url { origin, host, target } = Url::read(url).map_err(Stop::PassedOver)?;
    let target = node.text("_target")?.map_or(target, str::to_owned);
    let mut headers = headers::read(node, exact)?;
    if !exact {
        if headers::first(&headers, "host").is_none() {
            headers.insert(0, ("Host".to_owned(), headers::latin(&host)));
        }
        if headers::first(&headers, "cookie").is_none()
            && let Some(line) = cookies::line(node)?
        {
            headers.push(("Cookie".to_owned(), headers::latin(&line)));
        }
    }
    let body = content(node, &headers, exact)?;
    Ok((origin, Request { method, target, headers, body }))
}

fn content(node: &Node<'_>, headers: &Headers, exact: bool) -> Result<Bytes, Stop> {
    let length = headers::content_length(headers);
    let post = node.object("postData")?;
    let Some(body) = post.map(|post| posted(&post, headers)).transpose()?.flatten() else {
        let sent = length.is_some_and(|length| length > 0) || node.count("bodySize")?.is_some_and(|size| size > 0);
        if sent && !exact {
            return Err(Stop::PassedOver("the body of its request was not recorded".to_owned()));
        }
        return Ok(Bytes::new());
    };
    match length {
        Some(length) if !exact && length != body.len() as u64 => latin(&body, length).ok_or_else(|| {
            let held = body.len();
            let reason = format!("the body of its request has {held} bytes here, and Content-Length says {length}");
            Stop::PassedOver(reason)
        }),
        _ => Ok(body),
    }
}

/// The body of `postData`, if there is one in it.
fn posted(post: &Node<'_>, headers: &Headers) -> Result<Option<Bytes>, Stop> {
    let text = post.text("text")?;
    let params = form::params(post)?;
    match text {
        Some(text) if !text.is_empty() || params.is_empty() => {
            // HAR 1.2 has no field for it here; tools call it as that of a response, we by a name that HAR leaves to us.
            let encoding = post.text("_encoding")?.or(post.text("encoding")?);
            let read = body::read(text, encoding).map(Some);
            return read.map_err(|why| Stop::PassedOver(format!("the body of its request {why}")));
        }
        None if params.is_empty() => return Ok(None),
        _ => {}
    }
    let given = post.text("mimeType")?.filter(|given| !given.is_empty());
    let kind = given.or_else(|| headers::first(headers, "content-type")).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if kind == "application/x-www-form-urlencoded" {
        return Ok(Some(form::write(&params, headers::content_length(headers)).into()));
    }
    let reason = format!("the body of its request was not recorded, only the fields of a form of type {kind:?}");
    Err(Stop::PassedOver(reason))
}

/// A body of which a tool shows every byte as one character.
fn latin(body: &[u8], length: u64) -> Option<Bytes> {
    let text = std::str::from_utf8(body).ok()?;
    let bytes = text.chars().map(u8::try_from).collect::<Result<Vec<u8>, _>>().ok()?;
    (bytes.len() as u64 == length).then(|| bytes.into())
}

pub(super) fn write(origin: &str, request: &Request) -> Value {
    let url = format!("{origin}{}", request.target);
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    let mut written = Map::new();
    let mut put = |key: &str, value: Value| written.insert(key.to_owned(), value);
    put("method", json!(request.method));
    put("url", json!(url));
    put("httpVersion", json!("HTTP/1.1"));
    put("cookies", cookies::sent(&request.headers));
    put("headers", headers::write(&request.headers));
    put("queryString", form::fields(query));
    put("headersSize", json!(-1));
    put("bodySize", json!(request.body.len()));
    if !request.body.is_empty() {
        put("postData", post(request));
    }
    // `OPTIONS *`, and what clients send that is no URL's path.
    if !Url::read(&url).is_ok_and(|url| url.target == request.target && url.origin == origin) {
        put("_target", json!(request.target));
        put("url", json!(format!("{origin}/")));
    }
    Value::Object(written)
}

fn post(request: &Request) -> Value {
    let (text, encoding) = body::write(&request.body);
    let kind = request.header("content-type").unwrap_or_default();
    match encoding {
        None => json!({ "mimeType": kind, "text": text }),
        Some(encoding) => json!({ "mimeType": kind, "text": text, "_encoding": encoding }),
    }
}

/// The error that there is no request.
pub(super) fn missing(entry: &Node<'_>) -> HarError {
    entry.wrong("request", "an object")
}
