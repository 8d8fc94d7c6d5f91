//! What is counted of a request.

use std::{hint::black_box, time::Duration};

use cutover::{
    flags::{Decision, Reason, Variant},
    routes::target::Target,
    telemetry::{Record, Telemetry},
};
use http::{Method, StatusCode};

use super::{repeat, samples};

/// The record of a request, from its beginning to its end, while nobody watches and the log is quiet.
pub(super) fn recorded(rounds: u64) {
    let snapshot = samples::snapshot();
    let telemetry = Telemetry::new(snapshot.endpoints);
    let (method, path) = (Method::GET, "/api/1/tags");
    let target = Target::of(path);
    let route = snapshot.table.find("tags_list");
    let decision = Decision::new(Variant::Native, Reason::Static);
    repeat(rounds, || {
        let record = Record::begin(black_box(&method), black_box(path), &target, route, &telemetry);
        record.end(black_box(decision), StatusCode::OK, Duration::from_micros(150));
    });
}
