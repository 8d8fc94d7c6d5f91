//! The layer over every endpoint.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{
    Token, headers,
    judge::{Terms, judge},
};
use crate::{admin::serving::Local, routes::Live};

/// What the layer judges by.
#[derive(Debug, Clone)]
pub(in crate::admin) struct Guard {
    live: Arc<Live>,
    token: Option<Arc<Token>>,
    open: bool,
}

impl Guard {
    /// For what needs the token, if there is one.
    pub(in crate::admin) fn new(live: Arc<Live>, token: Option<Token>) -> Self {
        Self { live, token: token.map(Arc::new), open: false }
    }

    /// The same for what is for everybody, or not.
    pub(in crate::admin) fn opened(&self, open: bool) -> Self {
        Self { open, ..self.clone() }
    }
}

/// Lets a request pass, or answers it, and adds what browsers are told.
pub(in crate::admin) async fn pass(
    State(guard): State<Guard>,
    ConnectInfo(Local(local)): ConnectInfo<Local>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let snapshot = guard.live.snapshot();
    let terms = Terms {
        // Without an address no Host is ours, except those that were given.
        local: local.unwrap_or(SocketAddr::from(([0, 0, 0, 0], 0))),
        hosts: &snapshot.config.admin.hosts,
        token: guard.token.as_deref(),
        open: guard.open,
    };
    let mut response = match judge(&parts, terms) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(refusal) => {
            tracing::warn!(
                path = parts.uri.path(),
                status = refusal.status().as_u16(),
                "refused at the admin listener: {refusal}"
            );
            refusal.into_response()
        }
    };
    headers::add(response.headers_mut());
    response
}
