//! The listener: so many connections, each with so much time for a head.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Extension, extract::ConnectInfo};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    time::{sleep, timeout},
};

use super::{body::Patience, guard::Token, router::router};
use crate::dispatch::Bridge;

/// Pause after the system had no descriptor left; without it the loop would spin.
const PAUSE: Duration = Duration::from_millis(100);
/// Longest time to tell somebody so.
const PARTING: Duration = Duration::from_secs(1);
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
    let graceful = GracefulShutdown::new();
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
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(config.header_timeout)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "an admin connection ended");
            }
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
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
