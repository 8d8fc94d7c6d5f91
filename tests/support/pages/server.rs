//! Serves the files, and the answers of a test.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use futures_util::stream;
use http_body_util::BodyExt;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::{
    net::TcpListener,
    sync::{broadcast, oneshot},
};

/// The policy of the shell, as the admin API promises it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A request to the API.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    /// With its query.
    pub target: String,
    pub headers: HeaderMap,
    /// Null if there was none.
    pub body: Value,
}

type Answer = Arc<dyn Fn(&Asked) -> (u16, Value) + Send + Sync>;

/// The served files, until dropped.
pub struct Pages {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    events: broadcast::Sender<String>,
    _stop: oneshot::Sender<()>,
}

impl Pages {
    /// With these answers to everything below `/api` except the events.
    pub async fn start(answer: impl Fn(&Asked) -> (u16, Value) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (events, _) = broadcast::channel(64);
        let (stop, stopped) = oneshot::channel::<()>();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let answer: Answer = Arc::new(answer);
        // A weak one: the streams end with the server, not the server with its streams.
        let (seen, sender) = (Arc::clone(&asked), events.downgrade());
        let router = Router::new().fallback(move |request: Request| {
            let (answer, seen, events) = (Arc::clone(&answer), Arc::clone(&seen), sender.upgrade());
            async move { respond(request, &answer, &seen, events).await }
        });
        let stopping = async move {
            let _ = stopped.await;
        };
        tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(stopping).await });
        Self { address, asked, events, _stop: stop }
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What the API was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().clone()
    }

    /// An event, to all streams that are open; how many there are.
    pub fn tell(&self, kind: &str, data: &Value) -> usize {
        self.events.send(format!("event: {kind}\ndata: {data}\n\n")).unwrap_or(0)
    }
}

async fn respond(
    request: Request,
    answer: &Answer,
    seen: &Mutex<Vec<Asked>>,
    events: Option<broadcast::Sender<String>>,
) -> Response {
    let (head, body) = request.into_parts();
    let path = head.uri.path().to_owned();
    if !(path.starts_with("/api/") || path.starts_with("/openapi/")) {
        return file(&path);
    }
    let bytes = body.collect().await.unwrap().to_bytes();
    let asked = Asked {
        method: head.method.to_string(),
        target: head.uri.to_string(),
        headers: head.headers,
        body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
    };
    seen.lock().push(asked.clone());
    let (status, said) = answer(&asked);
    if path == "/api/events" && status == 200 {
        return open(events);
    }
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(said.to_string()))
        .unwrap()
}

/// A stream of events: a comment at once, then what the test tells.
fn open(events: Option<broadcast::Sender<String>>) -> Response {
    let heard = events.map(|events| events.subscribe());
    let all = stream::unfold((true, heard), |(first, heard)| async move {
        let mut heard = heard?;
        let text = if first { ": ok\n\n".to_owned() } else { heard.recv().await.ok()? };
        Some((Ok::<_, std::io::Error>(text), (false, Some(heard))))
    });
    Response::builder().header(header::CONTENT_TYPE, "text/event-stream").body(Body::from_stream(all)).unwrap()
}

/// An asset, or the shell for every other path.
fn file(path: &str) -> Response {
    let path = path.strip_prefix("/assets/").unwrap_or("index.html");
    let Ok(bytes) = std::fs::read(folder().join(path)) else {
        return Response::builder().status(StatusCode::NOT_FOUND).body(Body::empty()).unwrap();
    };
    let kind = match Path::new(path).extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        _ => "image/svg+xml",
    };
    Response::builder()
        .header(header::CONTENT_TYPE, kind)
        .header(header::CONTENT_SECURITY_POLICY, POLICY)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .body(Body::from(bytes))
        .unwrap()
}

/// Where the files are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/admin/dashboard")
}
