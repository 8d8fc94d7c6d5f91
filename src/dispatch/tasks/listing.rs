//! `GET /api/1/tasks`: legacy's list and ours in one.

use std::{collections::HashSet, sync::Arc};

use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use serde::{Deserialize, Serialize};

use crate::{
    dispatch::{Bridge, bridge::Asked},
    flags::Variant,
    forward::{Body, Failure, body::full},
    routes::Snapshot,
    tasks::table::Listed,
    wire::Answer,
};

/// Largest list that is merged into.
const LARGEST: usize = 16 << 20;

#[derive(Deserialize)]
struct Theirs {
    result: Lists,
}

#[derive(Serialize, Deserialize)]
struct Lists {
    pending: Vec<u64>,
    completed: Vec<u64>,
}

impl Bridge {
    /// Answers with legacy's tasks and then ours; with ours alone if legacy can not be asked, which the message says.
    pub(super) async fn list_tasks(
        self: &Arc<Self>,
        asked: Asked,
        snapshot: &Snapshot,
    ) -> Result<(Response<Body>, Variant), Failure> {
        let login = self.follow_session();
        // Before legacy is asked: one that is adopted after that is not in its list yet.
        let before = self.adopted.ids();
        let cors = self.cors(&asked.parts.headers).unwrap_or_default();
        let answered = self.forward(asked, snapshot).await;
        let ours = self.queries.list(login);
        // One that is done since is in its list still.
        let after = if ours == Listed::default() { HashSet::new() } else { self.adopted.settled().await };
        let hidden: HashSet<u64> = before.union(&after).copied().collect();
        let nothing = ours == Listed::default() && hidden.is_empty();
        match answered {
            Ok(response) if nothing => Ok((response, Variant::Legacy)),
            Ok(response) => Ok((merge(response, &hidden, ours).await?, Variant::Legacy)),
            Err(failure) if nothing => Err(failure),
            Err(failure) => {
                let lists = Lists { pending: ours.pending, completed: ours.completed };
                let message = format!("cutover: {failure}; these are the bridge's own tasks");
                let answer = Answer::failure_with(200, &lists, &message).map_err(|_| failure)?;
                Ok((self.answers.native(answer, false, &cors), Variant::Native))
            }
        }
    }
}

async fn merge(response: Response<Body>, hidden: &HashSet<u64>, ours: Listed) -> Result<Response<Body>, Failure> {
    let (mut parts, body) = response.into_parts();
    if parts.status != StatusCode::OK || parts.headers.contains_key(header::CONTENT_ENCODING) {
        return Ok(Response::from_parts(parts, body));
    }
    let whole = Limited::new(body, LARGEST).collect().await.map_err(|error| Failure::Reset(error.to_string()))?;
    let whole = whole.to_bytes();
    let merged = serde_json::from_slice::<Theirs>(&whole).ok().and_then(|Theirs { result: mut lists }| {
        lists.pending.retain(|id| !hidden.contains(id));
        lists.completed.retain(|id| !hidden.contains(id));
        lists.pending.extend(ours.pending);
        lists.completed.extend(ours.completed);
        Answer::ok(&lists).ok()
    });
    // If it is not what legacy answers to this: whatever it is, it is the client's.
    let body = merged.map_or(whole, |answer| answer.body);
    if parts.headers.contains_key(header::CONTENT_LENGTH) {
        parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    Ok(Response::from_parts(parts, full(body)))
}
