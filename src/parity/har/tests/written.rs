use std::{
    path::PathBuf,
    time::{Duration, UNIX_EPOCH},
};

use proptest::{collection::vec, option, prelude::*};
use serde_json::{Value, json};

use super::sample;
use crate::parity::{
    Request, Response,
    har::{Entry, from_slice, read, to_string},
    message::Headers,
};

fn again(entries: &[Entry]) -> Vec<Entry> {
    let recording = from_slice(to_string(entries).as_bytes()).unwrap();
    assert_eq!((recording.creator.as_str(), recording.passed_over), ("cutover", vec![]));
    recording.entries
}

#[test]
fn an_entry_has_all_that_har_requires() {
    let written: Value = serde_json::from_str(&to_string(&[sample()])).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&written["log"]["entries"][0]).unwrap());
    assert_eq!(written["log"]["version"], "1.2");
    assert_eq!(written["log"]["creator"], json!({ "name": "cutover", "version": env!("CARGO_PKG_VERSION") }));
}

#[test]
fn an_exported_sample_shows_both_sides_and_its_notes() {
    let read = again(&[sample()]).remove(0);
    assert_eq!(read, sample());
    assert_eq!(read.native.as_ref().map(|native| native.body.as_ref()), Some(&b"{}"[..]));
    assert_eq!(read.noted("_verdict"), Some(&json!("mismatched")));
}

#[test]
fn a_note_can_not_pass_for_a_field_of_the_format() {
    let mut entry = sample();
    entry.note("_sequence", "first");
    entry.note("request", "x");
    assert_eq!(again(&[entry.clone()]), [entry.clone()]);
    assert_eq!((entry.sequence, entry.noted("_request")), (Some((3, 0)), Some(&json!("x"))));
}

#[test]
fn our_own_files_are_taken_at_their_word() {
    // Each would be repaired in a browser's export: no Host, a coding that the body is not in, no body of that length, a
    // target that is no URL's, a switch of protocols.
    let line = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    for (target, status) in [("*", 200), ("//a b#c", 101), ("http://o/x", 200), ("", 304), ("@o", 200), ("@", 200)] {
        let request = Request {
            method: "CONNECT".to_owned(),
            target: target.to_owned(),
            headers: vec![line("Content-Length", "7"), line("A", "1\n2")],
            body: "".into(),
        };
        let headers = vec![line("Content-Encoding", "gzip"), line("Content-Length", "9")];
        let response = Response { status, reason: String::new(), headers, spelled: false, body: "".into() };
        let entry = Entry::new(UNIX_EPOCH, request, Ok(response));
        assert_eq!(again(std::slice::from_ref(&entry)), [entry]);
    }
}

/// Any bytes, as Latin-1.
fn latin() -> impl Strategy<Value = String> {
    vec(any::<u8>(), 0..12).prop_map(|bytes| bytes.into_iter().map(char::from).collect())
}

fn headers() -> impl Strategy<Value = Headers> {
    let name = prop_oneof![
        "[A-Za-z-]{1,12}",
        Just("Content-Length".to_owned()),
        Just("content-encoding".to_owned()),
        Just("Cookie".to_owned()),
        Just("Set-Cookie".to_owned()),
        Just("Location".to_owned()),
    ];
    vec((name, latin()), 0..5)
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![vec(any::<u8>(), 0..40), "\\PC{0,20}".prop_map(String::into_bytes)]
}

fn request() -> impl Strategy<Value = Request> {
    let target = prop_oneof!["/[ -~]{0,30}", latin()];
    let method = prop_oneof!["GET|HEAD|POST|CONNECT", "[!-~]{1,8}"];
    (method, target, headers(), body()).prop_map(|(method, target, headers, body)| Request {
        method,
        target,
        headers,
        body: body.into(),
    })
}

fn response() -> impl Strategy<Value = Response> {
    (100_u16..1000, latin(), headers(), any::<bool>(), body()).prop_map(|(status, reason, headers, spelled, body)| {
        Response { status, reason, headers, spelled, body: body.into() }
    })
}

prop_compose! {
    fn entry()(
        moment in 0_u64..4_000_000_000_000,
        took in 0_u64..1_000_000_000_000,
        request in request(),
        response in prop_oneof![9 => response().prop_map(Ok), 1 => "\\PC{0,9}".prop_map(Err)],
        native in option::of(response()),
        sequence in option::of(any::<(u64, u64)>()),
        volatile in any::<bool>(),
        comment in option::of("\\PC{0,9}"),
        note in option::of("\\PC{0,9}"),
    ) -> Entry {
        let mut entry = Entry::new(UNIX_EPOCH + Duration::from_millis(moment), request, response);
        entry.took = Duration::from_nanos(took);
        entry.native = native;
        entry.sequence = sequence;
        entry.volatile = volatile;
        entry.comment = comment;
        if let Some(note) = note {
            entry.note(&note, note.clone());
        }
        entry
    }
}

proptest! {
    #[test]
    fn any_entry_is_read_as_it_was_written(entries in vec(entry(), 0..3)) {
        // Debug output has no headers and bodies, so what differs is not to be seen in a plain assertion.
        let read = again(&entries);
        prop_assert!(read == entries, "{}", to_string(&entries));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..60), at in 0_usize..900) {
        let _ = from_slice(&bytes);
        let mut text = to_string(&[sample()]).into_bytes();
        text.splice(at..at, bytes);
        let _ = from_slice(&text);
    }
}

/// The shared corpus, if this machine has it; says so if not.
fn corpus() -> Option<PathBuf> {
    let shared = std::env::var_os("SHARED_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let corpus = shared.join("corpus");
    if corpus.is_dir() {
        return Some(corpus);
    }
    println!("skipped: there is no recorded corpus (set SHARED_DIR to the folder that has corpus/ in it)");
    None
}

#[test]
fn the_corpus_is_read_whole_and_survives_being_written() {
    let Some(corpus) = corpus() else { return };
    for (name, count, sequences, volatile) in [("reads.har", 783, 0, 10), ("writes.har", 358, 358, 30)] {
        let recording = read(&corpus.join(name)).unwrap();
        assert_eq!((recording.entries.len(), &recording.passed_over), (count, &vec![]), "{name}");
        assert!(recording.entries.iter().all(|entry| entry.response.as_ref().is_ok_and(|answer| answer.spelled)));
        assert_eq!(recording.entries.iter().filter(|entry| entry.sequence.is_some()).count(), sequences, "{name}");
        assert_eq!(recording.entries.iter().filter(|entry| entry.volatile).count(), volatile, "{name}");
        // The bodies and lines are those of the file: a second reading of it, by other means.
        let raw: Value = serde_json::from_slice(&std::fs::read(corpus.join(name)).unwrap()).unwrap();
        for (entry, raw) in recording.entries.iter().zip(raw["log"]["entries"].as_array().unwrap()) {
            let answer = entry.response.as_ref().unwrap();
            assert_eq!(answer.body, raw["response"]["content"]["text"].as_str().unwrap());
            assert_eq!(answer.headers.len(), raw["response"]["headers"].as_array().unwrap().len());
            assert_eq!(entry.request.headers.len(), raw["request"]["headers"].as_array().unwrap().len());
            assert_eq!(entry.request.body, raw["request"]["postData"]["text"].as_str().unwrap_or_default());
            assert_eq!(format!("{}{}", entry.origin, entry.request.target), raw["request"]["url"].as_str().unwrap());
        }
        assert!(again(&recording.entries) == recording.entries, "{name}");
    }
}
