//! Whether what the client was told, what legacy was asked and what the stream says are one and the same.

use std::{iter::Peekable, net::Ipv4Addr};

use sha2::{Digest, Sha256};

use super::{
    client::{After, Seen, is_refusal},
    oracle::{Asked, End, Fields, Framing, Persists, Reading, tokens},
    records::Record,
};
use crate::support::raw::Answer;

/// RFC 9110 section 7.6.1: they end at a proxy.
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
/// Fields that no Connection line takes away.
const KEPT: [&str; 3] = ["cookie", "authorization", "content-length"];
/// Fields that the bridge sets or answers itself.
const BRIDGES: [&str; 9] = [
    "host",
    "content-length",
    "expect",
    "x-cutover-variant",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
    "via",
    "connection",
];

/// What became of a stream's requests.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tally {
    pub forwarded: usize,
    pub native: usize,
    pub refused: usize,
    pub broken_off: usize,
}

/// Where the sides are that are compared.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    pub client: Ipv4Addr,
    pub legacy: &'a str,
}

/// Compares.
///
/// # Errors
/// The first thing that is not as it must be.
pub fn judge(reading: &Reading, seen: &Seen, records: &[Record], sides: Sides<'_>) -> Result<Tally, String> {
    let mut tally = Tally::default();
    let mut records = records.iter().peekable();
    let mut may_end = false;
    let mut refused = None;
    for (at, answer) in seen.answers.iter().enumerate() {
        // Of a HEAD with a body legacy says that it wants none before all of it is there.
        let asked = reading.requests.get(at).or_else(|| reading.end.begun().filter(|begun| begun.beyond_legacy));
        if is_refusal(answer) {
            let begun = match (asked, &reading.end) {
                (Some(asked), _) if asked.refusable.is_some() || asked.beyond_legacy => Some(asked),
                (Some(_), _) => return Err(format!("request {at} has one reading and was refused: {}", answer.text())),
                (None, end @ (End::Refused(..) | End::Partial(_))) => end.begun(),
                (None, _) => return Err(format!("a refusal of nothing: {}", answer.text())),
            };
            answer_is_final(answer)?;
            tally.refused += 1;
            refused = Some(begun);
            break;
        }
        let Some(asked) = asked else { return Err(format!("answer {at} is to what is no request: {}", told(answer))) };
        may_end = forwarded_or_not(at, asked, answer, &mut records, sides, &mut tally)?
            || asked.persists == Persists::Perhaps;
    }
    let expected = reading.requests.len() + usize::from(matches!(reading.end, End::Refused(..)));
    if seen.answers.len() < expected && refused.is_none() && !may_end {
        return Err(format!("{} answers in place of {expected}; then {:?}", seen.answers.len(), seen.after));
    }
    match &seen.after {
        After::Hung => return Err("nothing more happened".into()),
        After::More(bytes) => return Err(format!("more came: {}", bytes.escape_ascii())),
        After::Broke(why) if !why.contains("left over: \"\"") && !why.contains("reset") => {
            return Err(format!("broke off: {why}"));
        }
        _ => {}
    }
    // A request of which not all came, or not all was right, may have been begun. Never is it a whole one.
    let begun = match (refused, &reading.end) {
        (Some(begun), _) => begun,
        (None, end @ End::Partial(_)) => end.begun(),
        _ => None,
    };
    for (at, record) in records.enumerate() {
        let same = begun.is_some_and(|begun| begun.method == record.method && begun.target == record.target);
        let refused_there = record.refused.is_some() && begun.is_some_and(|begun| begun.beyond_legacy);
        if at > 0 || !((record.broken.is_some() && same) || refused_there) {
            return Err(format!("legacy saw more than was answered: {}", record.shown()));
        }
        tally.broken_off += 1;
    }
    Ok(tally)
}

fn answer_is_final(answer: &Answer) -> Result<(), String> {
    let closes = answer.header("connection") == Some("close");
    if !(400..600).contains(&answer.status) || !closes {
        return Err(format!("a refusal that does not end the connection: {}", told(answer)));
    }
    Ok(())
}

/// Gives whether the connection may end after it.
fn forwarded_or_not<'r>(
    at: usize,
    asked: &Asked,
    answer: &Answer,
    records: &mut Peekable<impl Iterator<Item = &'r Record>>,
    sides: Sides<'_>,
    tally: &mut Tally,
) -> Result<bool, String> {
    if answer.header("x-cutover-variant") == Some("native") {
        tally.native += 1;
        // Its body may be unread.
        return Ok(!asked.body.is_empty() || asked.framing == Framing::Chunked);
    }
    tally.forwarded += 1;
    let number = answer.header("x-legacy-record").and_then(|number| number.parse().ok());
    if asked.beyond_legacy && number.is_none() && records.peek().is_none_or(|record| record.refused.is_none()) {
        // pywsgi does not read on to see whose line it is that it finds too long.
        return Ok(true);
    }
    let Some(record) = records.next() else {
        return Err(format!("request {at} was answered, and legacy never asked: {}", told(answer)));
    };
    if asked.upgrades {
        let one = record.upgrade || record.unasked;
        return if one && record.method == "GET" { Ok(true) } else { Err(format!("no upgrade: {}", record.shown())) };
    }
    if record.refused.is_some() && asked.beyond_legacy {
        return Ok(true);
    }
    // The application of legacy fails at an asterisk, and pywsgi's own 500 has no number.
    if number != Some(record.number) && (asked.target.starts_with('/') || number.is_some()) {
        return Err(format!("request {at} was answered as record {number:?}, but asked as {}", record.shown()));
    }
    same(asked, record, sides).map_err(|why| format!("request {at}: {why}: {}", record.shown()))?;
    Ok(false)
}

/// Whether legacy read the request that was meant.
fn same(asked: &Asked, record: &Record, sides: Sides<'_>) -> Result<(), String> {
    if (&record.method, &record.target, record.version.as_str()) != (&asked.method, &asked.target, "HTTP/1.1") {
        return Err(format!("asked was {} {}", asked.method, asked.target));
    }
    let digest = Sha256::digest(&asked.body).iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    if (record.body_bytes, record.body_sha256.as_ref()) != (asked.body.len() as u64, Some(&digest)) {
        return Err(format!("the body was {:?}", asked.body.escape_ascii().to_string()));
    }
    let mut found = Fields::new();
    for (name, value) in &record.headers {
        found.entry(name.to_ascii_lowercase()).or_default().push(super::records::latin(value));
    }
    framed(asked, &found)?;
    let host = asked.authority.clone().or_else(|| asked.fields.get("host").and_then(|lines| lines.first()).cloned());
    let host = host.filter(|host| !host.is_empty()).unwrap_or_else(|| sides.legacy.as_bytes().to_vec());
    for (name, value) in [("host", &host), ("x-forwarded-host", &host), ("x-forwarded-proto", &b"http".to_vec())] {
        if found.get(name) != Some(&vec![value.clone()]) {
            return Err(format!("{name} is not {:?} alone", value.escape_ascii().to_string()));
        }
    }
    let chain = found.get("x-forwarded-for").map_or(0, Vec::len);
    if chain != 1 || record.client() != Some(sides.client) {
        return Err("X-Forwarded-For is not one line with the client at its end".into());
    }
    let mut expected = end_to_end(&asked.fields);
    let listed = tokens(&asked.fields, "connection").iter().any(|name| name == "via");
    let mut via = asked.fields.get("via").filter(|_| !listed).cloned().unwrap_or_default();
    // RFC 9110 section 7.6.3: with the version in which it came.
    via.push(if asked.old { b"1.0 cutover".to_vec() } else { b"1.1 cutover".to_vec() });
    expected.insert("via".into(), via);
    found.retain(|name, _| name == "via" || !(BRIDGES.contains(&name.as_str()) || name == "transfer-encoding"));
    if found == expected { Ok(()) } else { Err(format!("the fields should be {}", listed_fields(&expected))) }
}

/// The two fields that frame the body: one of them, and right.
fn framed(asked: &Asked, found: &Fields) -> Result<(), String> {
    let lengths = found.get("content-length").map_or(&[][..], Vec::as_slice);
    let codings = found.get("transfer-encoding").map_or(&[][..], Vec::as_slice);
    let number = |text: &Vec<u8>| String::from_utf8_lossy(text).parse::<u64>().ok();
    let right = match (asked.framing, lengths, codings) {
        (Framing::None | Framing::Length(0), [], []) => true,
        (Framing::None, [length], []) => number(length) == Some(0),
        (Framing::Length(wanted), [length], []) => number(length) == Some(wanted),
        // Read for a handler that declined: its length is known.
        (Framing::Chunked, [length], []) => number(length) == Some(asked.body.len() as u64),
        (Framing::Chunked, [], [coding]) => coding == b"chunked",
        (Framing::Chunked, [], []) => asked.body.is_empty(),
        _ => false,
    };
    let alone = found.get("connection").is_none() && !found.contains_key("te") && !found.contains_key("trailer");
    if right && alone { Ok(()) } else { Err(format!("it was framed as {:?}", asked.framing)) }
}

fn told(answer: &Answer) -> String {
    format!("{} {}", answer.status, answer.text())
}

fn listed_fields(fields: &Fields) -> String {
    let lines = fields.iter().flat_map(|(name, lines)| lines.iter().map(move |line| (name, line)));
    lines.map(|(name, line)| format!("{name}: {:?}", line.escape_ascii().to_string())).collect::<Vec<_>>().join(", ")
}

/// What of a request's fields is for legacy.
fn end_to_end(fields: &Fields) -> Fields {
    let listed = tokens(fields, "connection");
    let kept = |name: &str| {
        let dropped = HOP_BY_HOP.contains(&name) || BRIDGES.contains(&name) || name.contains('_');
        !dropped && (KEPT.contains(&name) || !listed.iter().any(|token| token == name))
    };
    fields.iter().filter(|(name, _)| kept(name)).map(|(name, lines)| (name.clone(), lines.clone())).collect()
}
