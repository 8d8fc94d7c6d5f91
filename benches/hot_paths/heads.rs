//! The head of a request: judged, and made fit for legacy.

use std::{
    hint::black_box,
    net::{IpAddr, Ipv4Addr},
};

use cutover::{
    forward::{
        Peer,
        headers::{prepare, strip_hop_by_hop},
    },
    server::guard::head::{end_of_head, judge},
};
use http::{HeaderValue, Version};

use super::{
    repeat,
    samples::{self, ANSWER, GET, POST},
};

/// The guard finds the end of two heads, and judges them.
pub(super) fn judged(rounds: u64) {
    let limits = samples::limits();
    repeat(rounds, || {
        for head in [GET, POST] {
            let bytes = black_box(head.as_bytes());
            let end = end_of_head(bytes, 0).unwrap();
            let _ = black_box(judge(&bytes[..end], &limits).unwrap());
        }
    });
}

/// A request's headers on their way to legacy, and an answer's on their way back. Each time on a copy, which is counted.
pub(super) fn prepared(rounds: u64) {
    let (request, answer) = (samples::headers(POST), samples::headers(ANSWER));
    let peer = Peer { address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)), trusted: false };
    let host = HeaderValue::from_static("127.0.0.1:4242");
    repeat(rounds, || {
        let mut there = request.clone();
        prepare(&mut there, black_box(peer), &host, Version::HTTP_11);
        black_box(&there);
        let mut back = answer.clone();
        strip_hop_by_hop(&mut back);
        black_box(&back);
    });
}
