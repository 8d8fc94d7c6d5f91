//! A task of legacy's in place of one that could not be done here.
//!
//! A handler may find out in the middle of its work that the request is legacy's, when its client has the id of a task of
//! ours already. Then the request is made to legacy as it came, legacy's own task is waited for, and its outcome is ours.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, header, request::Parts};
use http_body_util::{BodyExt, Limited};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::{sync::RwLock, time::timeout};

use crate::{
    dispatch::{Bridge, gate::may_write, outward::timeouts},
    forward::{Exchange, Failure, Peer, exchange::Outgoing},
    routes::{Snapshot, matcher::Found},
    tasks::Outcome,
    wire::{Answer, Style},
};

/// Largest outcome that is taken.
const LARGEST: usize = 64 << 20;
/// Between two looks at a task of legacy's.
const PAUSE: Duration = Duration::from_millis(250);

/// How long one that has ended is hidden still: a list that has it may be on its way.
const REMEMBERED: Duration = Duration::from_secs(2);
/// Longest wait for legacy to say which task it has begun.
const PATIENCE: Duration = Duration::from_secs(5);

/// Tasks of legacy's that stand behind tasks of ours. Clients are not shown them.
#[derive(Debug, Default)]
pub struct Adopted {
    /// Each with the moment of its end, if it has ended.
    ids: Mutex<HashMap<u64, Option<Instant>>>,
    /// Shared while legacy is asked for a task: it may have begun one whose id is on its way to us.
    asking: RwLock<()>,
}

impl Adopted {
    /// Those there are.
    #[must_use]
    pub fn ids(&self) -> HashSet<u64> {
        let mut ids = self.ids.lock();
        ids.retain(|_, ended| ended.is_none_or(|ended| ended.elapsed() < REMEMBERED));
        ids.keys().copied().collect()
    }

    fn ended(&self, id: u64) {
        self.ids.lock().insert(id, Some(Instant::now()));
    }

    /// Those there are, once those that legacy has begun by now are known.
    pub async fn settled(&self) -> HashSet<u64> {
        let _ = timeout(PATIENCE, self.asking.write()).await;
        self.ids()
    }
}

/// A request as it came, to be made again.
#[derive(Debug)]
pub struct Again {
    pub(in crate::dispatch) found: Found,
    pub(in crate::dispatch) parts: Parts,
    pub(in crate::dispatch) body: Bytes,
    pub(in crate::dispatch) peer: Peer,
    pub(in crate::dispatch) snapshot: Arc<Snapshot>,
}

/// A task of legacy's that is waited for. If nobody waits any more it is cancelled.
struct Claim {
    bridge: Arc<Bridge>,
    snapshot: Arc<Snapshot>,
    id: u64,
    ended: bool,
}

impl Bridge {
    /// Has legacy do it.
    ///
    /// Cancellation: its task is cancelled.
    pub(super) async fn in_legacys_task(self: &Arc<Self>, again: Again) -> Outcome {
        let snapshot = Arc::clone(&again.snapshot);
        let asking = self.adopted.asking.read().await;
        let asked = self.ask_again(again).await;
        let (status, body) = match asked {
            Ok(answered) => answered,
            Err(failure) => return failed(&failure),
        };
        match serde_json::from_slice::<Value>(&body).ok().and_then(|answer| answer["result"]["task_id"].as_u64()) {
            Some(id) if status == StatusCode::OK => {
                self.adopted.ids.lock().insert(id, None);
                drop(asking);
                Claim { bridge: Arc::clone(self), snapshot, id, ended: false }.outcome().await
            }
            // It did not come to a task: this is what the client would have had.
            _ => Outcome::of(&Answer { status: status.as_u16(), body, style: Style::Rest, broken: false }),
        }
    }

    async fn ask_again(&self, again: Again) -> Result<(StatusCode, Bytes), Failure> {
        let Again { found, parts, body, peer, snapshot } = again;
        let writes = may_write(&parts.method, Some(&found));
        let head = self.head(parts, peer, None)?;
        let turn = if writes { self.turn_to_write(Some(&found), &snapshot).await } else { None };
        let body = if body.is_empty() { Outgoing::Empty } else { Outgoing::Whole(body) };
        let answered = self.whole_answer(Exchange { head, body, once: true, fresh: false }, &snapshot).await;
        drop(turn);
        answered
    }

    /// A question of our own about tasks.
    pub(super) async fn ask_about_tasks(
        &self,
        method: Method,
        path: &str,
        snapshot: &Snapshot,
    ) -> Result<(StatusCode, Bytes), Failure> {
        let mut head = Request::new(());
        *head.method_mut() = method;
        *head.uri_mut() = path.parse().map_err(|_| Failure::Malformed(path.to_owned()))?;
        let host = HeaderValue::from_str(&self.forwarder.pool.url().authority());
        head.headers_mut().insert(header::HOST, host.unwrap_or(HeaderValue::from_static("localhost")));
        self.whole_answer(Exchange { head, body: Outgoing::Empty, once: true, fresh: false }, snapshot).await
    }

    async fn whole_answer(&self, exchange: Exchange, snapshot: &Snapshot) -> Result<(StatusCode, Bytes), Failure> {
        let (parts, body) = self.pass(exchange, timeouts(snapshot)).await?.into_parts();
        let whole = Limited::new(body, LARGEST).collect().await;
        let whole = whole.map_err(|error| Failure::Reset(error.to_string()))?;
        Ok((parts.status, whole.to_bytes()))
    }
}

impl Claim {
    async fn outcome(mut self) -> Outcome {
        let path = format!("/api/1/tasks/{}", self.id);
        loop {
            // Legacy counts anew after a restart: an id that it answers for then may be another task's.
            let (status, body) = match self.bridge.ask_about_tasks(Method::GET, &path, &self.snapshot).await {
                Ok(answered) => answered,
                Err(failure) => {
                    self.ended = true;
                    return failed(&failure);
                }
            };
            let shown: Value = serde_json::from_slice(&body).unwrap_or_default();
            match shown["result"]["status"].as_str() {
                Some("completed") => {
                    self.ended = true;
                    return Outcome::adopted(body);
                }
                Some("pending") => tokio::time::sleep(PAUSE).await,
                _ => {
                    self.ended = true;
                    return Outcome::died(&format!("legacy has no such task any more ({status})"));
                }
            }
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let (bridge, snapshot, id) = (Arc::clone(&self.bridge), Arc::clone(&self.snapshot), self.id);
        if self.ended {
            bridge.adopted.ended(id);
            return;
        }
        // Hidden until it is gone.
        tokio::spawn(async move {
            let _ = bridge.ask_about_tasks(Method::DELETE, &format!("/api/1/tasks/{id}"), &snapshot).await;
            bridge.adopted.ended(id);
        });
    }
}

fn failed(failure: &Failure) -> Outcome {
    Outcome::of(&Answer::failure(failure.status().as_u16(), &format!("cutover: {failure}")))
}
