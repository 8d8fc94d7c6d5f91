//! The contract of evidence, on real files.

mod bounds;
mod counts;
mod faults;
mod files;
mod samples;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{Evidence, Exchange, Limits, Noted, RouteSummary, Sample};
use crate::{
    config::Mode,
    parity::{Difference, Kind, Request, Response, Verdict},
};

fn limits() -> Limits {
    // Nothing in these tests is to depend on how long they take.
    Limits { refresh: Duration::from_secs(3600), ..Limits::default() }
}

/// A folder, and the path of a file in it.
fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evidence.sqlite");
    (folder, path)
}

fn open(path: &Path) -> Evidence {
    Evidence::open(Some(path), limits()).unwrap()
}

fn difference(kind: Kind, path: &str) -> Difference {
    let side = |text: &str| text.to_owned();
    Difference { kind, path: side("/exact/0"), general: path.to_owned(), expected: side("1"), actual: side("2") }
}

fn mismatch(path: &str) -> Verdict {
    Verdict::Mismatched(vec![difference(Kind::Value, path)])
}

fn exchange(body: &[u8]) -> Exchange {
    let response = |status, body: &[u8]| Response {
        status,
        reason: "OK".into(),
        headers: vec![("Content-Type".into(), "application/json".into()), ("X".into(), "\u{e9}".into())],
        spelled: true,
        body: body.to_vec().into(),
    };
    Exchange {
        mode: Mode::Shadow,
        at: SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_123),
        request: Request {
            method: "POST".into(),
            target: "/api/1/x?y=%20".into(),
            headers: vec![("Host".into(), "localhost".into())],
            body: body.to_vec().into(),
        },
        expected: Some(response(200, body)),
        actual: Some(response(500, b"")),
        version: "0.1.0".into(),
    }
}

fn note(evidence: &Evidence, route: &str, verdict: Verdict, sample: Option<Exchange>) {
    let rules: Arc<[String]> = ["unordered /result".to_owned(), "ignore /time".to_owned()].into();
    evidence.note(Noted { route: route.into(), verdict, rules, sample: sample.map(Box::new) });
}

fn route(evidence: &Evidence, route: &str) -> RouteSummary {
    evidence.summary().routes.into_iter().find(|summary| summary.route == route).unwrap()
}

/// The bodies of the samples kept, oldest first.
async fn kept(evidence: &Evidence) -> Vec<String> {
    let mut bodies = Vec::new();
    for head in evidence.samples(None).await.unwrap().iter().rev() {
        let sample = evidence.sample(head.id).await.unwrap().unwrap();
        bodies.push(String::from_utf8(sample.exchange.request.body.to_vec()).unwrap());
    }
    bodies
}

fn without_id(sample: Sample) -> Sample {
    Sample { id: 0, ..sample }
}

/// Bytes that do not deflate, other ones for every number.
fn noise(number: u64, length: usize) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..length).map(|_| next()).collect()
}
