//! What is counted of a request.

use std::{
    hint::black_box,
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use cutover::{
    flags::{Decision, Reason, Variant},
    routes::target::Target,
    telemetry::{Asked, Record, Telemetry},
};
use http::{Method, StatusCode, Version};

use super::{repeat, samples};

/// The record of a request, from its beginning to its end, while nobody watches and the log is quiet.
pub(super) fn recorded(rounds: u64) {
    let snapshot = samples::snapshot();
    let telemetry = Telemetry::new(snapshot.endpoints);
    let (method, path) = (Method::GET, "/api/1/tags");
    let target = Target::of(path);
    let route = snapshot.table.find("tags_list");
    let decision = Decision::new(Variant::Native, Reason::Static);
    let came = Instant::now();
    repeat(rounds, || {
        let asked = Asked {
            method: black_box(&method),
            path: black_box(path),
            target: &target,
            version: Version::HTTP_11,
            route,
            client: Ipv4Addr::LOCALHOST.into(),
            came,
        };
        let record = Record::begin(&asked, &telemetry);
        drop(record.end(black_box(decision), StatusCode::OK, Duration::from_micros(150)));
    });
}
