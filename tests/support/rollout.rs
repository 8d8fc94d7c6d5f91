//! What the rollout of a bridge says, and the users whose requests it decides on.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::{
    bridge::Bridge,
    eventually, raw,
    raw::{Answer, Connection},
};

/// One route, whole.
pub async fn route(bridge: &Bridge, name: &str) -> Value {
    let answer = raw::get(bridge.admin, &format!("/api/routes/{name}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// `canary 10`, as routes are shown here.
pub fn position(of: &Value) -> String {
    let mode = of["mode"].as_str().unwrap_or_default();
    if mode == "canary" { format!("canary {}", of["percent"]) } else { mode.to_owned() }
}

/// Waits until a route is somewhere.
pub async fn until_at(bridge: &Bridge, name: &str, wanted: &str) -> Value {
    eventually(&format!("{name} is at {wanted}"), || async {
        let route = route(bridge, name).await;
        (position(&route) == wanted).then_some(route)
    })
    .await
}

/// Asks for a change of a route.
pub async fn change(bridge: &Bridge, name: &str, body: &Value) -> Answer {
    raw::send_json(bridge.admin, "PATCH", &format!("/api/routes/{name}"), body).await
}

/// A change that is made.
pub async fn changed(bridge: &Bridge, name: &str, body: &Value) -> Value {
    let answer = change(bridge, name, body).await;
    assert_eq!(answer.status, 200, "{body}: {}", answer.text());
    answer.json()
}

/// The journal, oldest first, each entry as `id action route old > new REASON by kind`.
pub async fn journal(bridge: &Bridge) -> Vec<String> {
    let answer = raw::get(bridge.admin, "/api/journal.jsonl").await;
    answer.text().lines().map(|line| shown(&serde_json::from_str(line).unwrap())).collect()
}

fn shown(entry: &Value) -> String {
    let text = |name: &str| entry[name].as_str().unwrap_or("-").to_owned();
    let at = |name: &str| if entry[name].is_null() { "-".to_owned() } else { position(&entry[name]) };
    let kind = entry["by"]["kind"].as_str().unwrap_or_default();
    format!(
        "{} {} {} {} > {} {} by {kind}",
        entry["id"],
        text("action"),
        text("route"),
        at("old"),
        at("new"),
        text("reason")
    )
}

/// Users who ask for the same again and again, each on a connection of its own.
pub struct Users {
    stop: Arc<AtomicBool>,
    running: Vec<JoinHandle<Vec<Seen>>>,
}

/// An answer: its status and its reason.
pub type Seen = (u16, String);

impl Users {
    /// So many of them, who want this answer.
    pub fn ask(bridge: &Bridge, count: usize, target: &'static str, wanted: &'static str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let address = bridge.address;
        let one = |_| {
            let stop = Arc::clone(&stop);
            tokio::spawn(async move {
                let mut connection = Connection::open(address).await;
                let mut seen = Vec::new();
                while !stop.load(Ordering::SeqCst) {
                    connection.send(format!("GET {target} HTTP/1.1\r\nHost: {address}\r\n\r\n")).await;
                    let answer = connection.answer().await;
                    assert_eq!(answer.text(), wanted, "{}", answer.status);
                    seen.push((answer.status, answer.header("x-cutover-reason").unwrap_or_default().to_owned()));
                }
                seen
            })
        };
        Self { running: (0..count).map(one).collect(), stop }
    }

    /// Ends it, and gives what each of them saw.
    pub async fn end(self) -> Vec<Vec<Seen>> {
        self.stop.store(true, Ordering::SeqCst);
        let mut all = Vec::new();
        for user in self.running {
            all.push(user.await.unwrap());
        }
        all
    }
}

/// A change to a mode.
pub fn to(mode: &str) -> Value {
    json!({"mode": mode, "by": "ann", "why": "a test"})
}

/// An action.
pub fn action(word: &str) -> Value {
    json!({"action": word, "by": "ann", "why": "a test"})
}
