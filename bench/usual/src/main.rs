//! Four endpoints the usual way: axum, one connection in an `Arc<Mutex<_>>`, serde_json. It does what legacy and the
//! bridge do for them, on the same SQLCipher file, and no more: no limits, no deadlines, no sessions.
//!
//! - [`shared`]: the connection, and how a handler gets at it
//! - [`handlers`]: the endpoints
//!
//! `bench-usual FILE PASSPHRASE DEFAULTS here|aside`: DEFAULTS is a file with legacy's settings. `here` has handlers take
//! the lock and ask on the runtime's thread, `aside` has them do so in `spawn_blocking`. It prints its address, and ends
//! with its input.

mod handlers;
mod shared;

use std::{error::Error, io::Read, process::ExitCode, sync::Arc};

use axum::{
    Router,
    routing::{get, post},
    serve::ListenerExt,
};
use tokio::net::TcpListener;

use crate::shared::Shared;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let served = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [file, passphrase, defaults, place @ ("here" | "aside")] => {
            run(file, passphrase, defaults, place == "aside").await
        }
        _ => Err("usage: bench-usual FILE PASSPHRASE DEFAULTS here|aside".into()),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(file: &str, passphrase: &str, defaults: &str, aside: bool) -> Result<(), Box<dyn Error>> {
    let shared = Arc::new(Shared::open(file, passphrase, defaults, aside)?);
    let router = Router::new()
        .route("/api/1/tags", get(handlers::tags))
        .route("/api/1/settings", get(handlers::settings))
        .route("/api/1/notes", post(handlers::notes))
        .route("/api/1/calendar", post(handlers::calendar))
        .with_state(shared);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on {}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    // Whoever started it may be gone without a word.
    let (gone, end) = tokio::sync::oneshot::channel::<()>();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = gone.send(());
    });
    tokio::select! {
        served = axum::serve(listener, router) => Ok(served?),
        _ = end => Ok(()),
    }
}
