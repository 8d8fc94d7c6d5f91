//! Two answers compared.

use std::hint::black_box;

use bytes::Bytes;
use cutover::{
    parity::{Response, Rulebook, compare},
    wire::Answer,
};

use super::{
    repeat,
    samples::{self, ANSWER},
};

/// Two answers that are the same byte by byte, and two that differ in a value.
pub(super) fn compared(rounds: u64) {
    let page = Answer::ok(&samples::page(20)).unwrap().body;
    let (theirs, ours) = (response(page.clone()), response(Bytes::copy_from_slice(&page)));
    let other = String::from_utf8(page.to_vec()).unwrap().replacen("\"4019\"", "\"x\"", 1).replacen("4019", "4", 1);
    let other = response(other.into());
    let rules = Rulebook::default();
    repeat(rounds, || {
        let same = compare(black_box(&theirs), black_box(&ours), &rules).unwrap();
        assert!(same.differences.is_empty());
        let different = compare(black_box(&theirs), black_box(&other), &rules).unwrap();
        assert_eq!(different.differences.len(), 1);
    });
}

fn response(body: Bytes) -> Response {
    let lines = ANSWER.split("\r\n").skip(1).filter_map(|line| line.split_once(": "));
    let headers = lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Response { status: 200, reason: "OK".to_owned(), headers, spelled: true, body }
}
