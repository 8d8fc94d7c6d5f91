//! What the routes work with, and how they answer.

use std::{fmt, sync::Arc};

use axum::{Json, http::StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::attachment::Attachment;
use crate::{config::Background, session::Session, tasks::Queries};

/// Has a background task done at once, and says whether it is ours to do.
#[derive(Clone)]
pub struct Runner(pub Arc<dyn Fn(Background) -> bool + Send + Sync>);

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Runner")
    }
}

/// What the routes work with.
#[derive(Debug, Clone)]
pub struct Inside {
    /// The package's connection.
    pub attachment: Arc<Attachment>,
    /// What is known of legacy's session.
    pub session: Arc<Session>,
    /// The tasks that clients have asked for, which end with their user's session.
    pub queries: Arc<Queries>,
    /// Has a background task done at once.
    pub runner: Runner,
}

/// An answer.
pub(super) type Reply = (StatusCode, Json<Value>);

pub(super) fn ok() -> Reply {
    (StatusCode::OK, Json(json!({})))
}

pub(super) fn refused(status: StatusCode, why: impl std::fmt::Display) -> Reply {
    (status, Json(json!({"error": why.to_string()})))
}

/// Nothing of the sender's is in the words: it may be a secret.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Reply> {
    serde_json::from_slice(body).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        refused(StatusCode::BAD_REQUEST, format!("not what is expected here, at {place}"))
    })
}

pub(super) fn not_attached() -> Reply {
    refused(StatusCode::CONFLICT, "this process is not attached")
}
