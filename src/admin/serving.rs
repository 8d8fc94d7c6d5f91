//! The listener.

use std::{net::SocketAddr, sync::Arc};

use axum::{extract::connect_info::Connected, serve::IncomingStream};
use tokio::{net::TcpListener, sync::watch};

use super::{guard::Token, router::router};
use crate::dispatch::Bridge;

/// The address of ours that a connection was made to; none if the system does not say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Local(pub(super) Option<SocketAddr>);

impl Connected<IncomingStream<'_, TcpListener>> for Local {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
        Self(stream.io().local_addr().ok())
    }
}

/// Serves the admin API until the bridge stops, to whoever has the token, if there is one.
pub async fn serve(
    listener: TcpListener,
    bridge: Arc<Bridge>,
    token: Option<Token>,
    mut stopping: watch::Receiver<bool>,
) {
    let stop = async move {
        let _ = stopping.wait_for(|stopping| *stopping).await;
    };
    let service = router(bridge, token).into_make_service_with_connect_info::<Local>();
    if let Err(error) = axum::serve(listener, service).with_graceful_shutdown(stop).await {
        tracing::error!(%error, "the admin listener ended");
    }
}
