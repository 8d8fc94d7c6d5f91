use std::fmt::Write as _;

use super::sample;
use crate::parity::har::{HarError, from_slice, read, to_string};

fn fault(bytes: &[u8]) -> String {
    from_slice(bytes).unwrap_err().to_string()
}

#[test]
fn a_file_that_is_no_har_is_told_what_it_is() {
    let mut told = String::new();
    for bytes in [
        &b""[..],
        b" \n",
        b"<!DOCTYPE html><html></html>",
        b"<?xml version='1.0'?>",
        b"GET / HTTP/1.1",
        b"[]",
        b"{}",
        b"{\"_type\": \"export\", \"resources\": []}",
        b"{\"log\": {}}",
        b"{\"log\": []}",
        b"{\"log\": 7}",
        b"{\"log\": {\"entries\": {\"0\": {}}}}",
        b"{\"log\": {\"entries\": null}}",
        b"\x1f\x8b\x08\x00\xff",
        b"\xff\xfe{\x00",
        b"PK\x03\x04\xff",
        b"{\"log\": {\"entries\": [}}",
        b"{\"log\": {\"entries\": []}} {}",
    ] {
        writeln!(told, "{}\n    {}", String::from_utf8_lossy(bytes).escape_debug(), fault(bytes)).unwrap();
    }
    insta::assert_snapshot!(told);
}

#[test]
fn a_file_that_is_cut_off_says_after_which_entry() {
    let whole = to_string(&[sample(), sample(), sample()]);
    let third = whole.rfind("startedDateTime").unwrap();
    let error = from_slice(&whole.as_bytes()[..third + 40]).unwrap_err();
    assert!(matches!(error, HarError::Truncated { entries: 2, line: 4, .. }), "{error}");
    // Wherever it is cut, within a number or a character too, that is what is said.
    let (mut begin, mut ends) = (0, Vec::new());
    for line in whole.lines() {
        ends.push(begin + line.trim_end_matches(',').len());
        begin += line.len() + 1;
    }
    for end in 1..whole.trim_end().len() {
        let error = from_slice(&whole.as_bytes()[..end]).unwrap_err();
        let HarError::Truncated { entries, .. } = error else { panic!("cut at {end}: {error}") };
        assert_eq!(entries, ends[1..4].iter().filter(|whole| **whole <= end).count(), "cut at {end}");
    }
}

#[test]
fn a_field_of_a_wrong_type_is_named_with_its_entry() {
    let good = r#"{"log":{"entries":[{"startedDateTime":"2026-07-15T12:00:00Z","time":1,"request":{"method":"GET","url":"http://h/","headers":[{"name":"A","value":"1"}]},"response":{"status":200,"content":{"text":"x"}}}]}}"#;
    assert!(from_slice(good.as_bytes()).is_ok());
    let mut told = String::new();
    for (from, to) in [
        ("\"2026-07-15T12:00:00Z\"", "7"),
        ("2026-07-15T12:00:00Z", "yesterday"),
        ("\"time\":1", "\"time\":\"1 ms\""),
        ("\"method\":\"GET\",", ""),
        ("\"http://h/\"", "[]"),
        ("[{\"name\":\"A\",\"value\":\"1\"}]", "{\"A\":\"1\"}"),
        ("{\"name\":\"A\",\"value\":\"1\"}", "\"A: 1\""),
        ("\"value\":\"1\"", "\"value\":1"),
        ("\"name\":\"A\",", ""),
        ("\"status\":200", "\"status\":\"200\""),
        ("\"status\":200", "\"status\":70000"),
        ("\"text\":\"x\"", "\"text\":{\"a\":1}"),
        ("{\"text\":\"x\"}", "true"),
        ("\"time\":1", "\"_volatile\":\"yes\""),
        ("\"time\":1", "\"_sequence\":1"),
        ("\"time\":1,\"request\"", "\"asked\""),
    ] {
        assert!(good.contains(from), "{from}");
        writeln!(told, "{to}\n    {}", fault(good.replacen(from, to, 1).as_bytes())).unwrap();
    }
    insta::assert_snapshot!(told);
}

#[test]
fn an_error_names_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.har");
    assert!(read(&path).unwrap_err().to_string().contains("a.har: it can not be read: "));
    std::fs::write(&path, "").unwrap();
    assert!(read(&path).unwrap_err().to_string().contains("a.har: it is no HAR but an empty file; "));
}
