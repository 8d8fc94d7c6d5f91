//! What the package asks for, over HTTP: to be connected, and to be heard. Bodies are JSON and short; `{"error": …}` says
//! what is wrong with one.

use std::convert::Infallible;

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, DefaultBodyLimit, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::post,
};
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::json;

use super::{
    attached::Scheduler,
    attachment::Introduction,
    inside::{Inside, Reply, not_attached, ok, read, refused},
    parts::Said,
    peer::Peer,
    reports,
};
use crate::{config::Backgrounds, session::zone::Zone};

/// Version of the protocol.
const VERSION: u32 = 1;
/// Largest body.
const LARGEST: usize = 64 << 10;

/// The routes, for a listener that knows its [`Peer`]s.
pub fn router(inside: Inside) -> Router {
    Router::new()
        .route("/attach", post(attach))
        .route("/ack", post(ack))
        .route("/parts", post(parts))
        .route("/session", post(reports::report))
        .route("/run", post(run))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(inside)
}

#[derive(Deserialize)]
struct Attach {
    version: u32,
    pid: u32,
    backend: String,
    parts: Said,
    #[serde(default)]
    zone: Option<Zone>,
}

async fn attach(State(inside): State<Inside>, ConnectInfo(peer): ConnectInfo<Peer>, body: Bytes) -> Response {
    let asked: Attach = match read(&body) {
        Ok(asked) => asked,
        Err(refused) => return refused.into_response(),
    };
    let Attach { version, pid, backend, parts, zone } = asked;
    if version != VERSION {
        let why = format!("version {version} of the protocol; this bridge speaks version {VERSION}");
        return refused(StatusCode::BAD_REQUEST, why).into_response();
    }
    match inside.attachment.attach(Introduction { pid, backend, parts: parts.into() }, peer) {
        Ok(lines) => {
            inside.session.learn(|facts| facts.learn_zone(zone));
            let body = Body::from_stream(lines.map(Ok::<_, Infallible>));
            ([(CONTENT_TYPE, "application/x-ndjson")], body).into_response()
        }
        Err(other) => refused(StatusCode::CONFLICT, format!("process {other} is attached")).into_response(),
    }
}

#[derive(Deserialize)]
struct Ack {
    id: u64,
    ok: bool,
    #[serde(default)]
    error: Option<String>,
    #[serde(flatten)]
    scheduling: Scheduler,
}

async fn ack(State(inside): State<Inside>, ConnectInfo(peer): ConnectInfo<Peer>, body: Bytes) -> Reply {
    let Ack { id, ok: done, error, scheduling } = match read(&body) {
        Ok(answer) => answer,
        Err(refused) => return refused,
    };
    let answer = if done { Ok(scheduling) } else { Err(error.unwrap_or_else(|| "no".to_owned())) };
    if inside.attachment.answered(id, answer, peer) {
        ok()
    } else {
        refused(StatusCode::NOT_FOUND, format!("nobody waits for {id}"))
    }
}

async fn parts(State(inside): State<Inside>, ConnectInfo(peer): ConnectInfo<Peer>, body: Bytes) -> Reply {
    let said: Said = match read(&body) {
        Ok(said) => said,
        Err(refused) => return refused,
    };
    if inside.attachment.set_parts(said.into(), peer) { ok() } else { not_attached() }
}

#[derive(Deserialize)]
struct Run {
    task: String,
}

/// A background task that somebody in legacy wants done now. Refused, it is legacy's to do.
async fn run(State(inside): State<Inside>, ConnectInfo(peer): ConnectInfo<Peer>, body: Bytes) -> Reply {
    let Run { task } = match read(&body) {
        Ok(run) => run,
        Err(refused) => return refused,
    };
    if inside.attachment.with(peer, |_| ()).is_none() {
        return not_attached();
    }
    match Backgrounds::named([task.as_str()]).iter().next() {
        None => refused(StatusCode::NOT_FOUND, "no such background task"),
        Some(task) if (inside.runner.0)(task) => (StatusCode::OK, Json(json!({"started": true}))),
        Some(_) => refused(StatusCode::CONFLICT, "it is legacy's to do"),
    }
}
