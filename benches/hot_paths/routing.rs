//! Whose a request is, and who answers it.

use std::{
    hint::black_box,
    net::{IpAddr, Ipv4Addr},
};

use cutover::{
    config::{Mode, Percent, Sticky},
    dispatch::targeting::{self, Source},
    flags::{decide, decision::Circumstances},
    routes::{Route, target::Target},
};

use super::{
    repeat,
    samples::{self, GET, PATHS},
};

/// Paths decoded, and looked for among the routes as they are shipped.
pub(super) fn route(rounds: u64) {
    let matcher = samples::snapshot().table.matcher;
    repeat(rounds, || {
        for (method, path) in &PATHS {
            black_box(matcher.find(method, &Target::of(black_box(path))));
        }
    });
}

/// The same paths, decoded already, looked for among all endpoints of the backend.
pub(super) fn endpoint(rounds: u64) {
    let endpoints = samples::snapshot().endpoints;
    let targets = PATHS.map(|(method, path)| (method, Target::of(path)));
    repeat(rounds, || {
        for (method, target) in &targets {
            black_box(endpoints.find(method, black_box(target)));
        }
    });
}

/// A canary of every second client, told apart by a cookie.
pub(super) fn canary(rounds: u64) {
    let table = samples::snapshot().table;
    let route = Route {
        mode: Mode::Canary,
        percent: Percent::from_basis_points(5000).unwrap(),
        sticky: Sticky::Cookie("sid".to_owned()),
        ..Route::clone(table.find("tags_list").unwrap())
    };
    let headers = samples::headers(GET);
    let client = IpAddr::V4(Ipv4Addr::LOCALHOST);
    repeat(rounds, || {
        let key = targeting::key(&route.sticky, Source { headers: black_box(&headers), client, user: None });
        let circumstances = Circumstances { targeting_key: key.as_deref(), ..Circumstances::default() };
        black_box(decide(black_box(&route), circumstances).bucket.unwrap());
    });
}
