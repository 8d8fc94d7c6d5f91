//! The bridge's own questions to legacy: who is logged in, what it is, what it answers to a request without Origin.
//!
//! They run on a connection of their own, which is kept: its end is how the bridge learns at once that legacy is gone,
//! even when nobody asks anything.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::Value;
use tokio::{sync::watch, time::timeout};

use super::bridge::Bridge;
use crate::{
    forward::{
        Failure,
        body::full,
        connecting::{Attended, connect_to},
    },
    session::{check::Round, shown::Question},
    wire::Cors,
};

/// First wait before legacy is tried again, doubled up to the last.
const FIRST_RETRY: Duration = Duration::from_millis(10);
const LAST_RETRY: Duration = Duration::from_millis(250);
/// Time between rounds while a task of legacy's is waited for.
const TASK_INTERVAL: Duration = Duration::from_millis(200);
/// Longest wait for one of our own answers; a busy legacy is busy, not gone.
const PATIENCE: Duration = Duration::from_secs(30);
/// Largest answer that is read.
const LARGEST: usize = 4 << 20;

/// Asks until the bridge stops.
pub async fn keep_asking(bridge: Arc<Bridge>, mut stopping: watch::Receiver<bool>) {
    let stop = async move {
        let _ = stopping.wait_for(|stopping| *stopping).await;
    };
    tokio::select! {
        () = stop => {}
        () = asking(&bridge) => {}
    }
}

async fn asking(bridge: &Bridge) {
    let mut retry = FIRST_RETRY;
    loop {
        let bound = Some(Duration::from_secs(2));
        match connect_to(bridge.forwarder.pool.url(), bound).await {
            Ok(connection) => {
                // It may be another process than before: nothing is answered for its user until it was asked.
                bridge.session.doubt();
                let failure = converse(bridge, connection, &mut retry).await;
                tracing::debug!(%failure, "the connection for questions ended");
            }
            Err(failure) => {
                bridge.session.gone();
                tracing::debug!(%failure, "legacy can not be asked");
            }
        }
        // Jitter: after a restart not everyone should ask at once.
        tokio::select! {
            () = tokio::time::sleep(retry.mul_f64(rand::random_range(0.5..1.0))) => {}
            () = bridge.session.check_wanted() => {}
        }
        retry = (retry * 2).min(LAST_RETRY);
    }
}

/// Asks on one connection until it ends.
async fn converse(bridge: &Bridge, mut connection: Attended, retry: &mut Duration) -> Failure {
    let session = &bridge.session;
    let snapshot = bridge.live.snapshot();
    let interval = snapshot.config.session.check_interval.unwrap_or(Duration::from_secs(3600));
    let mut first = true;
    loop {
        session.check_begins();
        match round(bridge, &mut connection, first).await {
            Ok(round) => {
                *retry = FIRST_RETRY;
                if session.back() {
                    bridge.forwarder.pool.clear();
                }
                session.apply(&round);
                bridge.follow_session();
                bridge.ready.store(true, std::sync::atomic::Ordering::SeqCst);
                session.was_asked();
                first = false;
            }
            Err(failure) => {
                session.gone();
                return failure;
            }
        }
        let pause = if session.waits_for_tasks() { TASK_INTERVAL } else { interval };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = session.check_wanted() => {}
            _ = &mut connection.ended => {
                session.gone();
                return Failure::Reset("legacy closed it".into());
            }
        }
    }
}

async fn round(bridge: &Bridge, connection: &mut Attended, first: bool) -> Result<Round, Failure> {
    let session = &bridge.session;
    let epoch = session.epoch();
    if first {
        let (status, headers, info) = ask(bridge, connection, Question::Info.path()).await?;
        session.learn(|facts| {
            facts.forget();
            facts.learn_cors(None, Cors::of(&headers));
        });
        if let Some(info) = Question::Info.answered(status, info) {
            session.take_in(Question::Info, &info);
        }
        if let Some(started) = shown(bridge, connection, Question::Configuration).await? {
            session.take_in(Question::Configuration, &started);
        }
    }
    let running = if session.waits_for_tasks() {
        let (status, _, tasks) = ask(bridge, connection, "/api/1/tasks").await?;
        let ids = tasks["result"]["pending"].as_array().map(|ids| ids.iter().filter_map(Value::as_u64).collect());
        (status == StatusCode::OK).then_some(ids).flatten()
    } else {
        None
    };
    // Behind the login, small, from the database, and without effect.
    let (status, ..) = ask(bridge, connection, "/api/1/queried_addresses").await?;
    let inside = if status == StatusCode::OK { Ok(()) } else { Err(status.as_u16()) };
    let settings = if inside.is_ok() && session.wants_settings() {
        shown(bridge, connection, Question::Settings).await?
    } else {
        None
    };
    let counterparties = if inside.is_ok() && (settings.is_some() || session.wants_counterparties()) {
        shown(bridge, connection, Question::Counterparties).await?
    } else {
        None
    };
    let users = shown(bridge, connection, Question::Users).await?;
    Ok(Round { epoch, users, inside, settings, counterparties, running })
}

async fn shown(bridge: &Bridge, connection: &mut Attended, question: Question) -> Result<Option<Value>, Failure> {
    let (status, _, answer) = ask(bridge, connection, question.path()).await?;
    Ok(question.answered(status, answer))
}

async fn ask(
    bridge: &Bridge,
    connection: &mut Attended,
    path: &'static str,
) -> Result<(StatusCode, HeaderMap, Value), Failure> {
    let asking = async {
        let reset = |error: hyper::Error| Failure::Reset(error.to_string());
        connection.sender.ready().await.map_err(reset)?;
        let host = bridge.forwarder.pool.url().authority();
        let request = Request::get(path)
            .header(header::HOST, host)
            .header(header::USER_AGENT, concat!("cutover/", env!("CARGO_PKG_VERSION")))
            .body(full(Bytes::new()))
            .map_err(|error| Failure::Malformed(error.to_string()))?;
        let response = connection.sender.send_request(request).await.map_err(reset)?;
        let (parts, body) = response.into_parts();
        let body = http_body_util::Limited::new(body, LARGEST).collect().await;
        let body = body.map_err(|error| Failure::Reset(error.to_string()))?.to_bytes();
        Ok((parts.status, parts.headers, serde_json::from_slice(&body).unwrap_or_default()))
    };
    timeout(PATIENCE, asking).await.map_err(|_| Failure::HeaderTimeout(PATIENCE))?
}
