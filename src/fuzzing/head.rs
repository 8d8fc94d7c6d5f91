//! The head of a request, judged by the guard, against a second reading of it.

use std::sync::LazyLock;

use crate::{
    config::{Layers, settings::TraceContext},
    forward::{Peer, fast::request::Line},
    routes::Snapshot,
    server::{
        guard::head::{Framing, end_of_head, judge, judge_partial},
        limits::Limits,
    },
};

static LIMITS: LazyLock<Limits> = LazyLock::new(|| {
    let snapshot = Snapshot::from_text(&Layers::default(), None, &[], 1).unwrap();
    Limits::of(&snapshot.config.listen)
});

/// Room for what is added on the way to legacy.
static WIDER: LazyLock<Limits> = LazyLock::new(|| {
    let Limits { head, headers, .. } = *LIMITS;
    Limits { head: 2 * head + 1024, headers: headers + 8, ..LIMITS.clone() }
});

/// What is let in has one reading: each beginning of it passes too, the parser behind reads the same, and what frames its
/// body is there once.
pub fn run(data: &[u8]) {
    let end = end_of_head(data, 0);
    for from in 0..data.len().min(64) {
        if end.is_none_or(|end| end >= from + 4) {
            assert_eq!(end_of_head(data, from), end, "searched from {from}");
        }
    }
    let Some(end) = end else {
        let _ = judge_partial(data, &LIMITS);
        return;
    };
    let head = &data[..end];
    let framing = match judge(head, &LIMITS) {
        Ok(framing) => framing,
        Err(rejection) => {
            assert!((400..=505).contains(&rejection.status) && !rejection.message.is_empty());
            return;
        }
    };
    for cut in (0..end).step_by(end.div_ceil(64)) {
        assert_eq!(judge_partial(&head[..cut], &LIMITS), Ok(()), "at {cut}");
    }
    let mut lines = [httparse::EMPTY_HEADER; 256];
    let mut request = httparse::Request::new(&mut lines);
    let parsed = request.parse(head).expect("what is let in is parsed");
    assert_eq!(parsed, httparse::Status::Complete(end));
    assert!(http::Uri::try_from(request.path.unwrap()).is_ok());
    let all = |wanted: &str| -> Vec<&[u8]> {
        let of_name = request.headers.iter().filter(|line| line.name.eq_ignore_ascii_case(wanted));
        of_name.map(|line| line.value).collect()
    };
    let (hosts, lengths, codings) = (all("host"), all("content-length"), all("transfer-encoding"));
    assert!(hosts.len() <= 1 && lengths.len() + codings.len() <= 1);
    assert!(request.version == Some(0) || hosts.len() == 1);
    let length = lengths.first().map(|text| std::str::from_utf8(text).unwrap().parse::<u64>().unwrap());
    match framing {
        Framing::Length(announced) => assert_eq!(length, Some(announced)),
        Framing::Chunked => assert!(codings.first().is_some_and(|coding| coding.eq_ignore_ascii_case(b"chunked"))),
        Framing::None => {
            assert!(length.is_none() && codings.is_empty());
            passed_on(head);
        }
        Framing::Upgrade => {
            assert!(length.unwrap_or(0) == 0 && codings.is_empty());
            assert!(!all("upgrade").is_empty() && !all("connection").is_empty());
        }
    }
}

/// What goes on as bytes has one reading for legacy as well, and asks for the same.
fn passed_on(head: &[u8]) {
    let Some(line) = Line::of(head) else { return };
    for trusted in [false, true] {
        let peer = Peer { address: std::net::Ipv4Addr::LOCALHOST.into(), trusted };
        let Some((request, lines)) = line.rewritten(peer, "127.0.0.1", TraceContext::Given) else { continue };
        assert_eq!(judge(&request, &WIDER), Ok(Framing::None));
        assert_eq!(end_of_head(&request, 0), Some(request.len()));
        let mut space = [httparse::EMPTY_HEADER; 300];
        let mut parsed = httparse::Request::new(&mut space);
        assert!(parsed.parse(&request).expect("what is passed on is parsed").is_complete());
        assert_eq!((parsed.method, parsed.path), (Some(line.method.as_str()), Some(line.target)));
        let host = parsed.headers.iter().find(|line| line.name.eq_ignore_ascii_case("host")).map(|line| line.value);
        assert_eq!(host, Some(lines.host));
        assert!(parsed.headers.iter().all(|line| !line.name.contains('_')));
    }
}
