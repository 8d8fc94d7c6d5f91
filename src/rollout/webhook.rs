//! Changes, told to somebody else's server: each entry of the journal by POST, with a text for people in it.

use std::{sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::{sync::broadcast::error::RecvError, task::spawn_blocking};

use super::{
    entry::{Actor, Entry},
    rollout::Rollout,
    webhook_address::{self, WebhookError},
};
use crate::config::{Layers, settings};

/// Longest time for one try.
const PATIENCE: Duration = Duration::from_secs(10);
/// Pauses between tries.
const RETRIES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(25)];

impl Rollout {
    /// Tells every change to `rollout.webhook`, where there is one, without end. One that can not be told after some tries
    /// is given up, with a line in the log.
    pub async fn tell(self: Arc<Self>) {
        let mut changes = self.changes();
        let mut loads = self.live.loads();
        let mut client: Option<reqwest::Client> = None;
        // Where the last one was sent: a file that can not be read for a moment is no reason to say nothing.
        let mut last: Option<SecretString> = None;
        loop {
            let change = tokio::select! {
                change = changes.recv() => change,
                Ok(()) = loads.changed() => {
                    self.of_the_webhook(webhook_address::checked).await;
                    continue;
                }
            };
            let entry = match change {
                Ok(entry) => entry,
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(missed, "the webhook is too slow; it is not told of these changes");
                    continue;
                }
                Err(RecvError::Closed) => return,
            };
            if let Some(address) = self.of_the_webhook(webhook_address::address).await {
                last = address;
            }
            let Some(address) = &last else { continue };
            if client.is_none() {
                // Reads the certificates of the system, which takes a moment that nobody should pay for nothing.
                let built = spawn_blocking(|| reqwest::Client::builder().timeout(PATIENCE).build()).await;
                client = built.ok().and_then(Result::ok);
            }
            if let Some(client) = &client {
                tell(client, address.expose_secret(), &entry).await;
            }
        }
    }

    /// Looks at where the webhook is, which may read a file; none, said in the log, if that says of no address.
    async fn of_the_webhook<T: Send + 'static>(
        &self,
        look: fn(&Layers, &settings::Rollout) -> Result<T, WebhookError>,
    ) -> Option<T> {
        let live = Arc::clone(&self.live);
        let looked = spawn_blocking(move || look(live.layers(), &live.snapshot().config.rollout)).await;
        looked.ok()?.inspect_err(|error| tracing::warn!("{error}")).ok()
    }
}

async fn tell(client: &reqwest::Client, address: &str, entry: &Entry) {
    let body = payload(entry).to_string();
    for pause in RETRIES.into_iter().map(Some).chain([None]) {
        let request = client.post(address).header("content-type", "application/json").body(body.clone());
        let failure = match request.send().await {
            Ok(answer) if answer.status().is_success() => return,
            Ok(answer) => format!("it answered {}", answer.status()),
            // Its own text may have the address with a secret in it.
            Err(error) => error.without_url().to_string(),
        };
        match pause {
            Some(pause) => tokio::time::sleep(pause).await,
            None => tracing::warn!(id = entry.id, failure, "the webhook could not be told of a change"),
        }
    }
}

/// The entry, with a sentence in `text`, which is what chat servers show.
fn payload(entry: &Entry) -> Value {
    let route = entry.route.as_deref().unwrap_or("all routes");
    let moved = match (entry.old, entry.new) {
        (Some(old), Some(new)) if old != new => format!(" from {old} to {new}"),
        _ => String::new(),
    };
    let action = serde_json::to_value(entry.action).unwrap_or_default();
    let action = action.as_str().unwrap_or_default().replace('_', " ");
    let why = if entry.why.is_empty() { String::new() } else { format!(": {}", entry.why) };
    let by = match (entry.by.kind, &entry.by.name) {
        (Actor::Guardrail, Some(name)) => format!(" {name}"),
        _ => String::new(),
    };
    let mut payload = json!(entry);
    payload["text"] = json!(format!("cutover: {action} of {route}{moved} ({}{by}){why}", entry.reason.as_str()));
    payload
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::{
        config::{Mode, Position},
        rollout::{
            entry::{Action, Cause, Who},
            guardrail::Guardrail,
        },
    };

    #[test]
    fn a_change_is_told_in_a_sentence() {
        let entry = Entry {
            id: 1,
            at: SystemTime::UNIX_EPOCH,
            by: Who::guardrail(Guardrail::Errors),
            action: Action::Rollback,
            route: Some("tags_list".into()),
            old: Some(Position::new(Mode::Canary, "50".parse().unwrap())),
            new: Some(Position::LEGACY),
            reason: Cause::Guardrail,
            why: "20 of 20 requests failed".into(),
            evidence: None,
        };
        assert_eq!(
            payload(&entry)["text"],
            "cutover: rollback of tags_list from canary 50% to legacy (GUARDRAIL errors): 20 of 20 requests failed"
        );
        let step = Entry {
            by: Who::of(Actor::Start),
            action: Action::StepBack,
            route: None,
            old: None,
            why: String::new(),
            ..entry
        };
        assert_eq!(payload(&step)["text"], "cutover: step back of all routes (GUARDRAIL)");
        assert_eq!(payload(&step)["id"], 1);
    }
}
