//! The response of an entry.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::{HarError, body, cookies, headers, node::Node};
use crate::parity::{Response, message::Headers};

/// The response, or why there is nothing to compare with. `head` says that it answers HEAD, and so has no body; `exact`
/// is as in a request.
pub(super) fn read(node: Option<&Node<'_>>, head: bool, exact: bool) -> Result<Result<Response, String>, HarError> {
    let Some(node) = node else { return Ok(Err("no answer was recorded".to_owned())) };
    let status = match node.count("status")? {
        None | Some(0) => {
            let reason = node.text("_error")?.filter(|reason| exact || !reason.is_empty());
            return Ok(Err(reason.unwrap_or("there was no answer").to_owned()));
        }
        Some(status) => u16::try_from(status).map_err(|_| node.wrong("status", "a status code"))?,
    };
    let mut headers = headers::read(node, exact)?;
    let version = node.text("httpVersion")?.unwrap_or_default();
    let spelled = node.flag("_spelled")?.unwrap_or_else(|| headers::spelled(version, &headers));
    let reason = node.text("statusText")?.unwrap_or_default().to_owned();
    let bodiless = head || matches!(status, 100..200 | 204 | 304);
    let body = match content(node, &headers, bodiless || exact)? {
        Ok(body) => body,
        Err(why) => return Ok(Err(why)),
    };
    if !exact && !bodiless {
        settle(&mut headers, &body, version);
    }
    Ok(Ok(Response { status, reason, headers, spelled, body }))
}

/// The status of a response, whether it is usable or not.
pub(super) fn status(node: &Node<'_>) -> Result<Option<u64>, HarError> {
    node.count("status")
}

fn content(node: &Node<'_>, headers: &Headers, bodiless: bool) -> Result<Result<Bytes, String>, HarError> {
    let content = node.object("content")?;
    let (text, size, encoding) = match &content {
        Some(content) => (content.text("text")?, content.count("size")?, content.text("encoding")?),
        None => (None, None, None),
    };
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        return Ok(body::read(text, encoding).map_err(|why| format!("the body of its answer {why}")));
    }
    // No text can be an empty body, or one that the tool does not have any more; some say 0 of that, too, and then
    // Content-Length says more.
    let empty = match (size, headers::content_length(headers)) {
        _ if bodiless => true,
        (None, None) => text.is_some(),
        (size, length) => size.unwrap_or(0) == 0 && length.unwrap_or(0) == 0,
    };
    Ok(if empty { Ok(Bytes::new()) } else { Err("the body of its answer was not recorded".to_owned()) })
}

/// Takes out what does not fit the body as it was recorded.
fn settle(headers: &mut Headers, body: &[u8], version: &str) {
    let coding = headers::first(headers, "content-encoding").map(str::to_owned);
    let decoded =
        coding.is_some_and(|coding| !coding.eq_ignore_ascii_case("identity") && !body::is_coded(body, &coding));
    if decoded {
        headers::remove(headers, "content-encoding");
        headers::remove(headers, "content-length");
    }
    // HTTP/2 frames the body itself, and the tools in between may have decoded it, and the header gone.
    let framed = version.to_ascii_lowercase().starts_with("http/1");
    if !framed && headers::content_length(headers).is_some_and(|length| length != body.len() as u64) {
        headers::remove(headers, "content-length");
    }
}

pub(super) fn write(response: &Response) -> Value {
    let version = "HTTP/1.1";
    let mut written = common(response.status, &response.reason, version);
    let mut put = |key: &str, value: Value| written.insert(key.to_owned(), value);
    put("cookies", cookies::set(&response.headers));
    put("headers", headers::write(&response.headers));
    put("content", text(response));
    put("redirectURL", json!(response.header("location").unwrap_or_default()));
    put("bodySize", json!(response.body.len()));
    if response.spelled != headers::spelled(version, &response.headers) {
        put("_spelled", json!(response.spelled));
    }
    Value::Object(written)
}

/// No response: as browsers have it for a request that was aborted.
pub(super) fn absent(reason: &str) -> Value {
    let mut written = common(0, "", "");
    written.insert("_error".to_owned(), json!(reason));
    Value::Object(written)
}

fn common(status: u16, reason: &str, version: &str) -> Map<String, Value> {
    let fields = [
        ("status", json!(status)),
        ("statusText", json!(reason)),
        ("httpVersion", json!(version)),
        ("cookies", json!([])),
        ("headers", json!([])),
        ("content", json!({ "size": 0, "mimeType": "" })),
        ("redirectURL", json!("")),
        ("headersSize", json!(-1)),
        ("bodySize", json!(-1)),
    ];
    fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn text(response: &Response) -> Value {
    let (text, encoding) = body::write(&response.body);
    let kind = response.header("content-type").unwrap_or_default();
    let size = response.body.len();
    match encoding {
        None => json!({ "size": size, "mimeType": kind, "text": text }),
        Some(encoding) => json!({ "size": size, "mimeType": kind, "text": text, "encoding": encoding }),
    }
}
