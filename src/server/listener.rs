//! Accepting, draining.

use std::{io, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    time::{sleep, timeout},
};

use super::{
    connection,
    limits::Limits,
    places::{Places, Taken},
    workers::Workers,
};
use crate::{dispatch::Bridge, wire::Answer};

/// Pause after the system had no descriptor left; without it the loop would spin.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a client that is one too many gets to take its refusal.
const REFUSAL: Duration = Duration::from_secs(2);
/// How many do so at once.
const REFUSALS: usize = 64;
/// Silence after which the kernel asks whether a client is still there; websockets are silent for hours.
const KEEP_ALIVE_PROBE: Duration = Duration::from_secs(60);

/// Accepts until the bridge stops, then waits for what is running, bounded by the drain timeout.
pub async fn listen(
    listener: TcpListener,
    workers: &Workers,
    bridge: Arc<Bridge>,
    limits: Limits,
    cap: usize,
    mut stopping: watch::Receiver<bool>,
) {
    let limits = Arc::new(limits);
    let places = Places::new(cap);
    let parting = Arc::new(Semaphore::new(REFUSALS));
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
        let place = match places.take(address.ip(), &bridge.live.snapshot().config.listen) {
            Ok(place) => place,
            Err(taken) => {
                tracing::warn!(cap, client = %address.ip(), "a connection was refused: {}", reason(taken));
                refuse(stream, taken, &parting);
                continue;
            }
        };
        let (bridge, limits, stopping) = (Arc::clone(&bridge), Arc::clone(&limits), stopping.clone());
        workers.serve(stream, move |stream| {
            connection::serve(bridge, stream, address.ip(), Arc::new(place), limits, stopping)
        });
    }
    drop(listener);
    let drain = bridge.live.snapshot().config.listen.drain_timeout;
    match drain {
        Some(bound) => match timeout(bound, places.all_free()).await {
            Ok(()) => tracing::info!("every connection was drained"),
            Err(_) => tracing::warn!(?bound, "connections were still busy at listen.drain_timeout"),
        },
        None => places.all_free().await,
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

fn reason(taken: Taken) -> &'static str {
    match taken {
        Taken::All => "every connection is taken (listen.max_connections)",
        Taken::Share => "one client holds its share of all connections (listen.client_share)",
    }
}

/// Answers without reading, and closes. So many are parted from in peace; of more the connection just ends, since each
/// is a descriptor that somebody else could have.
fn refuse(stream: TcpStream, taken: Taken, parting: &Arc<Semaphore>) {
    let Ok(place) = Arc::clone(parting).try_acquire_owned() else { return };
    let answer = Answer::failure(503, &format!("cutover: {}", reason(taken)));
    let code = match taken {
        Taken::All => "connections-taken",
        Taken::Share => "client-share-taken",
    };
    let head = format!(
        "HTTP/1.1 503 SERVICE UNAVAILABLE\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Retry-After: 1\r\nx-cutover-error: {code}\r\nConnection: close\r\n\r\n",
        answer.body.len()
    );
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(&answer.body);
    tokio::spawn(async move {
        let _ = timeout(REFUSAL, part(stream, bytes)).await;
        drop(place);
    });
}

/// Sends the last bytes, and reads until the client is gone: what it sent and nobody read would reset the connection
/// before it has them.
async fn part(mut stream: TcpStream, bytes: Vec<u8>) {
    let _ = stream.write_all(&bytes).await;
    let _ = stream.shutdown().await;
    let mut sink = [0u8; 1024];
    while matches!(stream.read(&mut sink).await, Ok(n) if n > 0) {}
}
