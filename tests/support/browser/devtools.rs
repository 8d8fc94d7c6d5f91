//! One connection to the browser's `DevTools`: commands with their answers, and events by session.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use futures_util::{SinkExt, StreamExt};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::{
    sync::{mpsc, oneshot},
    task::AbortHandle,
    time::timeout,
};
use tokio_tungstenite::{connect_async, tungstenite::Message};

use crate::support::PATIENCE;

type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<Value>>>>;
type Listeners = Arc<Mutex<HashMap<String, Vec<Value>>>>;

/// The connection; it ends when it is dropped.
pub(super) struct Devtools {
    next: AtomicU64,
    outgoing: mpsc::Sender<String>,
    waiting: Waiting,
    events: Listeners,
    tasks: [AbortHandle; 2],
}

impl Devtools {
    pub(super) async fn connect(address: &str) -> Arc<Self> {
        let (socket, _) = connect_async(address).await.unwrap();
        let (mut sink, mut stream) = socket.split();
        let (outgoing, mut commands) = mpsc::channel::<String>(64);
        let (waiting, events) = (Waiting::default(), Listeners::default());
        let writing = tokio::spawn(async move {
            while let Some(command) = commands.recv().await {
                if sink.send(Message::text(command)).await.is_err() {
                    return;
                }
            }
        });
        let (answers, kept) = (Arc::clone(&waiting), Arc::clone(&events));
        let reading = tokio::spawn(async move {
            while let Some(Ok(message)) = stream.next().await {
                let Ok(text) = message.to_text() else { continue };
                let Ok(said) = serde_json::from_str::<Value>(text) else { continue };
                if let Some(id) = said["id"].as_u64() {
                    if let Some(waits) = answers.lock().remove(&id) {
                        let _ = waits.send(said);
                    }
                } else if let Some(session) = said["sessionId"].as_str() {
                    kept.lock().entry(session.to_owned()).or_default().push(said);
                }
            }
            // Whoever waits still is told by this that nothing will come.
            answers.lock().clear();
        });
        let tasks = [writing.abort_handle(), reading.abort_handle()];
        Arc::new(Self { next: AtomicU64::new(1), outgoing, waiting, events, tasks })
    }

    /// A command and its result; its error, as text, if it was refused.
    pub(super) async fn ask(&self, session: Option<&str>, method: &str, params: Value) -> Result<Value, String> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        self.waiting.lock().insert(id, answer);
        let mut command = json!({"id": id, "method": method, "params": params});
        if let Some(session) = session {
            command["sessionId"] = session.into();
        }
        self.outgoing.send(command.to_string()).await.map_err(|_| "the browser is gone".to_owned())?;
        let mut said = timeout(PATIENCE, answered)
            .await
            .map_err(|_| format!("the browser never answered {method}"))?
            .map_err(|_| "the browser is gone".to_owned())?;
        match said.get("error") {
            Some(error) => Err(format!("{method}: {error}")),
            None => Ok(said["result"].take()),
        }
    }

    /// A command that has to succeed.
    pub(super) async fn call(&self, session: Option<&str>, method: &str, params: Value) -> Value {
        self.ask(session, method, params).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// The events of a session so far.
    pub(super) fn events(&self, session: &str) -> Vec<Value> {
        self.events.lock().get(session).cloned().unwrap_or_default()
    }
}

impl Drop for Devtools {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}
