//! The listener: so many connections, each with so much time for a head.

use std::{
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Extension, Router, extract::ConnectInfo};
use hyper::{
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, Semaphore, watch},
    time::{sleep, timeout},
};

use super::{body::Patience, guard::Token, router::router};
use crate::dispatch::Bridge;

/// Pause after the system had no descriptor left; without it the loop would spin.
const PAUSE: Duration = Duration::from_millis(100);
/// Longest time to tell somebody so.
const PARTING: Duration = Duration::from_secs(1);
/// Longest time for the first request of a client that comes when the listener ends.
const LATE: Duration = Duration::from_secs(1);
/// What somebody is told for whom there is no place.
const FULL: &str = "{\"error\":\"every connection is taken; close some, or raise admin.max_connections\"}";

/// The address of ours that a connection was made to; none if the system does not say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Local(pub(super) Option<SocketAddr>);

/// Serves the admin API until the last client is served, to whoever has the token, if there is one.
pub async fn serve(
    listener: TcpListener,
    bridge: Arc<Bridge>,
    token: Option<Token>,
    mut drained: watch::Receiver<bool>,
) {
    let config = bridge.live.snapshot().config.admin.clone();
    let patience = Patience(config.body_timeout);
    let places = Arc::new(Semaphore::new(config.max_connections));
    let router = router(bridge, token);
    loop {
        let accepted = tokio::select! {
            biased;
            _ = drained.wait_for(|drained| *drained) => break,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "the admin listener can not accept; trying again");
                sleep(PAUSE).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            tracing::warn!("the admin listener is full (admin.max_connections)");
            tokio::spawn(timeout(PARTING, refuse(stream)));
            continue;
        };
        let local = Local(stream.local_addr().ok());
        let service =
            TowerToHyperService::new(router.clone().layer(Extension(ConnectInfo(local))).layer(Extension(patience)));
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(config.header_timeout);
        let drained = drained.clone();
        tokio::spawn(async move {
            if let Err(error) = talk(stream, service, &builder, drained).await {
                tracing::debug!(%error, "an admin connection ended");
            }
            drop(place);
        });
    }
    drop(listener);
    // Each connection has a place, and gives it back.
    let all = u32::try_from(config.max_connections).unwrap_or(u32::MAX);
    let _ = places.acquire_many(all).await;
}

/// One client, until it has gone, or the listener ends and its last request is answered. To one that has just come, and was
/// not heard yet, an end would not tell whether it was.
async fn talk(
    stream: TcpStream,
    service: TowerToHyperService<Router>,
    builder: &http1::Builder,
    mut drained: watch::Receiver<bool>,
) -> hyper::Result<()> {
    let (heard, hears) = (AtomicBool::new(false), Notify::new());
    let answering = service_fn(|request| {
        heard.store(true, Ordering::SeqCst);
        hears.notify_one();
        service.call(request)
    });
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), answering));
    tokio::select! {
        ended = connection.as_mut() => return ended,
        // The guard of the watched value must not live across the next await.
        () = async { drop(drained.wait_for(|drained| *drained).await) } => {}
    }
    if !heard.load(Ordering::SeqCst) {
        tokio::select! {
            ended = connection.as_mut() => return ended,
            () = hears.notified() => {}
            () = sleep(LATE) => {}
        }
    }
    connection.as_mut().graceful_shutdown();
    connection.await
}

/// Says so, and reads until the client is gone: what it sent and nobody read would reset the connection before it has the
/// answer.
async fn refuse(mut stream: TcpStream) {
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Retry-After: 1\r\nConnection: close\r\n\r\n{FULL}",
        FULL.len()
    );
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
    let mut sink = [0; 1024];
    while matches!(stream.read(&mut sink).await, Ok(n) if n > 0) {}
}
