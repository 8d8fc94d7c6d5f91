//! Tests of the format as a whole.
//!
//! - `tools`: what browsers and other tools export
//! - `faults`: what is no HAR, or a broken one
//! - `written`: what is written is read again, the corpus too
//! - `files`: a file that grows

mod faults;
mod files;
mod tools;
mod written;

use std::time::{Duration, UNIX_EPOCH};

use super::Entry;
use crate::parity::{Request, Response};

/// An exchange with a bit of everything.
fn sample() -> Entry {
    let line = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let request = Request {
        method: "POST".to_owned(),
        target: "/api/1/tags?async_query=true&name=a%20b".to_owned(),
        headers: vec![
            line("Host", "127.0.0.1"),
            line("Cookie", "session=1; theme=dark"),
            line("Content-Type", "application/json"),
            line("X-Name", "caf\u{e9}"),
        ],
        body: "{\"name\": \"\u{540d}\"}".into(),
    };
    let response = Response {
        status: 302,
        reason: "FOUND".to_owned(),
        headers: vec![
            line("Content-Type", "application/octet-stream"),
            line("Set-Cookie", "session=2; Path=/; HttpOnly"),
            line("Location", "/login"),
        ],
        spelled: true,
        body: vec![0xff, 0x00, 0x01].into(),
    };
    let mut entry = Entry::new(UNIX_EPOCH + Duration::from_millis(1_784_116_800_250), request, Ok(response));
    entry.took = Duration::from_micros(12_345);
    entry.sequence = Some((3, 0));
    entry.volatile = true;
    entry.comment = Some("a remark".to_owned());
    entry.native = Some(Response {
        status: 200,
        reason: "OK".to_owned(),
        headers: vec![line("content-type", "application/json")],
        spelled: true,
        body: "{}".into(),
    });
    entry.note("_route", "tags.edit");
    entry.note("verdict", "mismatched");
    entry
}
