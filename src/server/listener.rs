//! Accepting, the cap on connections, draining.

use std::{io, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{sleep, timeout},
};

use super::{connection, limits::Limits};
use crate::{dispatch::Bridge, wire::Answer};

/// Pause after the system had no descriptor left; without it the loop would spin.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a client that is one too many gets to take its refusal.
const REFUSAL: Duration = Duration::from_secs(2);
/// Silence after which the kernel asks whether a client is still there; websockets are silent for hours.
const KEEP_ALIVE_PROBE: Duration = Duration::from_secs(60);

/// Accepts until the bridge stops, then waits for what is running, bounded by the drain timeout.
pub async fn listen(
    listener: TcpListener,
    bridge: Arc<Bridge>,
    limits: Limits,
    cap: usize,
    mut stopping: watch::Receiver<bool>,
) {
    let limits = Arc::new(limits);
    let places = Arc::new(Semaphore::new(cap));
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stopping.wait_for(|stopping| *stopping) => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_the_clients(&error) => continue,
            Err(error) => {
                tracing::warn!(%error, "can not accept; trying again");
                sleep(PAUSE).await;
                continue;
            }
        };
        prepare(&stream);
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            tracing::warn!(cap, "a connection more than listen.max_connections was refused");
            tokio::spawn(timeout(REFUSAL, refuse(stream)));
            continue;
        };
        let place: Arc<OwnedSemaphorePermit> = Arc::new(place);
        let serving =
            connection::serve(Arc::clone(&bridge), stream, address.ip(), place, Arc::clone(&limits), stopping.clone());
        tokio::spawn(serving);
    }
    drop(listener);
    let drain = bridge.live.snapshot().config.listen.drain_timeout;
    let everyone = u32::try_from(cap).unwrap_or(u32::MAX);
    let drained = places.acquire_many(everyone);
    match drain {
        Some(bound) => match timeout(bound, drained).await {
            Ok(_) => tracing::info!("every connection was drained"),
            Err(_) => tracing::warn!(?bound, "connections were still busy at listen.drain_timeout"),
        },
        None => drop(drained.await),
    }
}

/// Failures of one connection, not of the listener.
fn is_the_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}

fn prepare(stream: &TcpStream) {
    // Neither option is needed for correctness.
    let _ = stream.set_nodelay(true);
    let probe = socket2::TcpKeepalive::new().with_time(KEEP_ALIVE_PROBE);
    let _ = socket2::SockRef::from(stream).set_tcp_keepalive(&probe);
}

/// Answers without reading, and closes.
async fn refuse(mut stream: TcpStream) {
    let answer = Answer::failure(503, "cutover: every connection is taken (listen.max_connections)");
    let head = format!(
        "HTTP/1.1 503 SERVICE UNAVAILABLE\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Retry-After: 1\r\nx-cutover-error: connections-taken\r\nConnection: close\r\n\r\n",
        answer.body.len()
    );
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(&answer.body).await;
    let _ = stream.shutdown().await;
    let mut sink = [0u8; 4096];
    while matches!(stream.read(&mut sink).await, Ok(n) if n > 0) {}
}
