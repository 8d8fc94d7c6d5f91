//! `GET` and `DELETE /api/1/tasks/{id}`, of ours and of legacy's.

use std::{sync::Arc, time::Duration};

use http::{Method, Response};
use http_body_util::BodyExt;
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use super::asked::{AboutTasks, wait};
use crate::{
    dispatch::{Bridge, bridge::Asked, handed::Handed},
    flags::Variant,
    forward::{Body, Failure},
    routes::Snapshot,
    tasks::{ids::is_native, table::Taken},
    wire::{Answer, Cors},
};

/// Between two looks at legacy's list while a client waits for a task of legacy's.
const PAUSE: Duration = Duration::from_millis(250);

#[derive(Serialize)]
struct Status {
    status: &'static str,
    outcome: (),
}

impl Bridge {
    /// Answers a request about tasks.
    pub(in crate::dispatch) async fn about_tasks(
        self: &Arc<Self>,
        about: AboutTasks,
        asked: Asked,
        snapshot: &Snapshot,
    ) -> Result<(Response<Body>, Variant), Failure> {
        let id = match about {
            AboutTasks::List => return self.list_tasks(asked, snapshot).await,
            AboutTasks::Take(id) | AboutTasks::Look(id) | AboutTasks::Cancel(id) => id,
        };
        let longest = snapshot.config.tasks.longest_wait.unwrap_or(Duration::from_secs(3600));
        let wait = match wait(&asked.parts) {
            Ok(wait) => wait.map(|wait| wait.min(longest)).unwrap_or_default(),
            Err(_) if !is_native(id) => Duration::ZERO,
            Err(message) => {
                let cors = self.cors(&asked.parts.headers).unwrap_or_default();
                return Ok((self.answers.native(Answer::refused("wait", &message), false, &cors), Variant::Native));
            }
        };
        if !is_native(id) {
            if matches!(about, AboutTasks::Take(_)) && !wait.is_zero() {
                tokio::select! {
                    () = self.until_legacy_is_done(id, wait, snapshot) => {}
                    () = self.handover.shutting() => {}
                }
            }
            return Ok((self.forward(asked, snapshot).await?, Variant::Legacy));
        }
        let cors = self.cors(&asked.parts.headers).unwrap_or_default();
        let login = self.follow_session();
        let response = match about {
            AboutTasks::Cancel(_) => self.answers.native(cancelled(id, self.queries.cancel(id, login))?, false, &cors),
            _ => self.hand_out(id, login, wait, &asked.parts.method, &cors).await?,
        };
        Ok((response, Variant::Native))
    }

    async fn hand_out(
        self: &Arc<Self>,
        id: u64,
        login: u64,
        wait: Duration,
        method: &Method,
        cors: &Cors,
    ) -> Result<Response<Body>, Failure> {
        let head = method == Method::HEAD;
        let taken = tokio::select! {
            biased;
            taken = self.queries.take_within(id, login, wait) => taken,
            // Nobody is to wait for those who wait.
            () = self.handover.shutting() => self.queries.take(id, login),
        };
        match taken {
            Taken::Done(outcome) => {
                let response = self.answers.native(outcome.answer(), head, cors);
                if head {
                    self.queries.put_back(id, login, outcome);
                    return Ok(response);
                }
                let queries = Arc::clone(&self.queries);
                let handed = move |body| Handed::new(body, move || queries.put_back(id, login, outcome)).boxed_unsync();
                Ok(response.map(handed))
            }
            Taken::Pending => {
                let message = format!("The task with id {id} is still pending");
                let answer = shown(200, "pending", &message)?;
                Ok(self.answers.native(answer, head, cors))
            }
            Taken::Unknown => {
                let answer = shown(404, "not-found", &format!("No task with id {id} found"))?;
                Ok(self.answers.native(answer, head, cors))
            }
        }
    }

    /// Looks at legacy's list, which takes nothing away, until the task does not run any more.
    async fn until_legacy_is_done(&self, id: u64, wait: Duration, snapshot: &Snapshot) {
        let until = Instant::now() + wait;
        loop {
            let Ok((_, body)) = self.ask_about_tasks(Method::GET, "/api/1/tasks", snapshot).await else { return };
            let listed: Value = serde_json::from_slice(&body).unwrap_or_default();
            let runs = listed["result"]["pending"].as_array().is_some_and(|ids| ids.iter().any(|one| *one == id));
            if !runs || Instant::now() >= until {
                return;
            }
            tokio::time::sleep_until(until.min(Instant::now() + PAUSE)).await;
        }
    }
}

fn shown(status: u16, word: &'static str, message: &str) -> Result<Answer, Failure> {
    Answer::failure_with(status, &Status { status: word, outcome: () }, message).map_err(|error| unwritable(&error))
}

fn cancelled(id: u64, there: bool) -> Result<Answer, Failure> {
    if there {
        return Answer::ok(&true).map_err(|error| unwritable(&error));
    }
    Ok(Answer::failure(404, &format!("Did not cancel task with id {id} because it could not be found")))
}

fn unwritable(error: &serde_json::Error) -> Failure {
    Failure::Malformed(error.to_string())
}
