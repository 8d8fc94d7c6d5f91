//! Request smuggling: streams with broken framing against the real legacy. What its server parses has to be what the
//! bridge meant, request by request and byte by byte, and what has one reading has to be let in.
//!
//! `SMUGGLING_CASES` says how many streams (3 000 by default), `SMUGGLING_SEED` which ones, `SMUGGLING_FROM` from which
//! number on. A failure names both, and the smallest stream that still fails.

mod arena;
mod chunked;
mod client;
mod generator;
mod message;
mod oracle;
mod records;
mod shrink;
mod target;
mod verdict;
#[rustfmt::skip] // lists
mod words;

use std::time::Instant;

use arena::{Arena, Failure};
use client::Seen;
use generator::Case;
use oracle::{Asked, End, Reading};
use verdict::Tally;

/// Cases between two looks at what legacy has seen.
const BATCH: u64 = 1000;
/// Failures that are made smaller, and shown.
const SHOWN: usize = 3;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn legacy_parses_the_requests_that_the_bridge_meant_and_no_others() {
    let (cases, seed, from) =
        (number("SMUGGLING_CASES", 3000), number("SMUGGLING_SEED", 1), number("SMUGGLING_FROM", 0));
    let started = Instant::now();
    let mut arena = Arena::start().await;
    let (mut tally, mut failures) = (Tally::default(), Vec::new());
    let mut at = from;
    while at < from + cases && failures.is_empty() {
        let end = (at + BATCH).min(from + cases);
        let (more, failed) = arena.run(seed, at..end).await;
        tally.forwarded += more.forwarded;
        tally.native += more.native;
        tally.refused += more.refused;
        tally.broken_off += more.broken_off;
        failures.extend(failed);
        at = end;
    }
    println!(
        "seed {seed}: {} streams in {:.1} s: {} requests forwarded, {} answered natively, {} refused, {} broken off; legacy saw {}",
        at - from,
        started.elapsed().as_secs_f64(),
        tally.forwarded,
        tally.native,
        tally.refused,
        tally.broken_off,
        arena.recorded()
    );
    let count = failures.len();
    let mut report = String::new();
    for failure in failures.into_iter().take(SHOWN) {
        report += &explained(&mut arena, seed, failure).await;
    }
    assert!(count == 0, "{count} streams are not read as they should be\n{report}");
    // Neither a generator that makes nothing but nonsense nor a bridge that refuses everything says anything.
    let share = usize::try_from(cases / 5).unwrap();
    assert!(cases < 500 || (tally.forwarded > share && tally.refused > share), "{tally:?}");
}

/// Bytes as a string of most languages has them, a long run of one byte as how long it is.
fn shown(bytes: &[u8]) -> String {
    let runs = bytes.chunk_by(|a, b| a == b);
    let short = |run: &[u8]| match run.len() {
        0..=40 => run.escape_ascii().to_string(),
        length => format!("{{{} times {length}}}", run[..1].escape_ascii()),
    };
    runs.map(short).collect()
}

/// A failure, with all that is needed to see it again.
async fn explained(arena: &mut Arena, seed: u64, failure: Failure) -> String {
    let Failure { index, why, seen, records } = failure;
    if index == u64::MAX {
        return format!("\nseed {seed}, of no case that is known: {why}\n");
    }
    let case = Case::of(seed, index);
    let mut lines = vec![
        format!("\nSMUGGLING_SEED={seed} SMUGGLING_FROM={index} SMUGGLING_CASES=1: {why}"),
        format!("  stream   {}", shown(&case.bytes())),
    ];
    let Reading { requests, end } = oracle::read(&case.bytes());
    lines.extend(requests.iter().map(|Asked { method, target, framing, refusable, .. }| {
        format!("  means    {method} {} {framing:?} {refusable:?}", shown(target.as_bytes()))
    }));
    lines.push(match end {
        End::Refused(why, _) => format!("  and then what is to be refused: {why}"),
        End::Partial(_) => "  and then a part of a request".into(),
        end => format!("  and then {end:?}"),
    });
    if let Some(Seen { answers, after }) = seen {
        lines.extend(answers.iter().map(|answer| format!("  answer   {} {}", answer.status, answer.text())));
        lines.push(format!("  and then {after:?}"));
    }
    lines.extend(records.iter().map(|record| format!("  legacy   {}", record.shown())));
    lines.push(match shrink::shrink(arena, &case).await {
        Some((small, why)) => format!("  smallest {}\n  because  {why}", shown(&small.bytes())),
        None => "  alone it does not fail".into(),
    });
    lines.join("\n")
}

#[test]
fn the_oracle_reads_what_the_standard_says() {
    let reads = |stream: &str| {
        let reading = oracle::read(stream.as_bytes());
        let end = match reading.end {
            End::Clean => "clean",
            End::Closed => "closed",
            End::Upgraded => "upgraded",
            End::Partial(_) => "partial",
            End::Refused(..) => "refused",
        };
        let of = |asked: &oracle::Asked| format!("{} {}", asked.target, String::from_utf8_lossy(&asked.body));
        (reading.requests.iter().map(of).collect::<Vec<_>>().join("|"), end)
    };
    let two = "GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n";
    for (stream, requests, end) in [
        (two.to_owned(), "/a |/b ", "clean"),
        (
            format!(
                "\r\n{}",
                two.replace("HTTP/1.1\r\nHost: h\r\n\r\nGET", "HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\nGET")
            ),
            "/a ",
            "closed",
        ),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 05\r\n\r\nhello\r\n".into(), "/ hello", "clean"),
        (
            "POST / HTTP/1.1\r\nHost: h\r\ntransfer-encoding: Chunked\r\n\r\n3;x=\"y\"\r\nabc\r\n00\r\nT: v\r\n\r\nG"
                .into(),
            "/ abc",
            "partial",
        ),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n".into(),
            "",
            "refused",
        ),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n".into(),
            "",
            "refused",
        ),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n".into(), "", "refused"),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\na".into(), "", "refused"),
        ("GET / HTTP/1.1\r\nHost: h\n\r\n".into(), "", "partial"),
        ("GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n".into(), "", "refused"),
        ("GET / HTTP/1.1\r\n\r\n".into(), "", "refused"),
        ("GET / HTTP/1.0\r\n\r\nGET /b HTTP/1.0\r\n\r\n".into(), "/ ", "closed"),
        ("GET http://x/a?b HTTP/1.1\r\nHost: h\r\n\r\n".into(), "/a?b ", "clean"),
        (
            "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nxyz".into(),
            "/ws ",
            "upgraded",
        ),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhel".into(), "", "partial"),
    ] {
        assert_eq!(reads(&stream), (requests.to_owned(), end), "{stream:?}");
    }
}

#[test]
fn a_case_is_the_same_whenever_it_is_made() {
    for index in 0..200 {
        assert_eq!(Case::of(7, index).bytes(), Case::of(7, index).bytes());
    }
    assert_ne!(Case::of(7, 0).bytes(), Case::of(8, 0).bytes());
}
