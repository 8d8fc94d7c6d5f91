//! Every endpoint, a line each. What is here is in the OpenAPI document too; a test sees to that.

use std::sync::Arc;

use axum::{Router, extract::Request, middleware::from_fn_with_state, routing::any};

use super::{
    Token, compat, databases,
    endpoint::{Endpoint, guarded, open},
    endpoints, events, evidence,
    failure::Failure,
    guard::{self, Guard},
    journal, kill, log, metrics, notifier, notify, openapi, overview, parity, probe, record, routes, samples, shell,
    status, upgrade,
};
use crate::{config::fault::nearest, dispatch::Bridge};

/// The API.
pub(super) fn api() -> Vec<Endpoint> {
    vec![
        open("/healthz").get(probe::alive),
        open("/readyz").get(probe::ready),
        guarded("/metrics").get(metrics::answer),
        guarded("/openapi.json").get(openapi::document),
        guarded("/openapi/native.json").get(openapi::native),
        guarded("/notify").post(notify::notify).largest(notify::LARGEST),
        guarded("/api/status").get(status::answer),
        guarded("/api/routes").get(routes::all),
        guarded("/api/routes/{name}").get(routes::one).patch(routes::change),
        guarded("/api/reset").post(routes::reset),
        guarded("/api/journal").get(journal::page),
        guarded("/api/journal.jsonl").get(journal::whole),
        guarded("/api/evidence/{name}").get(evidence::answer),
        guarded("/api/overview").get(overview::answer),
        guarded("/api/endpoints").get(endpoints::answer),
        guarded("/api/notifier").get(notifier::answer),
        guarded("/api/databases").get(databases::answer),
        guarded("/api/events").get(events::answer),
        guarded("/api/kill-switch").put(kill::kill),
        guarded("/api/log").get(log::answer).put(log::change),
        guarded(upgrade::PATH).post(upgrade::upgrade),
        guarded("/api/samples").get(samples::list),
        // With `.har` behind the number as well; the router knows no parameter that is less than a segment.
        guarded("/api/samples/{id}").get(samples::one),
        guarded("/api/parity").get(parity::answer),
        guarded("/api/parity/record").get(record::record),
        guarded("/api/compat/invalidate").post(compat::invalidate),
        guarded("/api/compat/parts/{part}").put(compat::switch),
    ]
}

/// The dashboard: one page at each of its paths, and its files.
fn pages() -> Vec<Endpoint> {
    let page = |path| open(path).get(shell::page);
    let paths = ["/", "/routes", "/routes/{name}", "/live", "/journal", "/notifier", "/databases", "/openapi"];
    paths.into_iter().map(page).chain([open("/assets/{*file}").get(shell::asset)]).collect()
}

/// All of it, behind the guard.
pub(super) fn router(bridge: Arc<Bridge>, token: Option<Token>) -> Router {
    let guard = Guard::new(Arc::clone(&bridge.live), token);
    let router =
        api().into_iter().chain(pages()).fold(Router::new(), |router, endpoint| endpoint.mount(router, &guard));
    let router = router.layer(from_fn_with_state(Arc::clone(&bridge), upgrade::steady));
    let nothing = any(nothing).layer(from_fn_with_state(guard, guard::pass));
    router.fallback_service(nothing.with_state::<()>(())).with_state(bridge)
}

async fn nothing(request: Request) -> Failure {
    let path = request.uri().path();
    let paths: Vec<&str> = api().iter().chain(&pages()).map(|endpoint| endpoint.path).collect();
    let remedy = match nearest(path, paths) {
        Some(near) => format!("did you mean {near}?"),
        None => "GET /openapi.json lists what there is".to_owned(),
    };
    Failure::unknown(format!("there is nothing at {path}; {remedy}"))
}
