//! Why a request gets no further.

use std::net::SocketAddr;

use axum::{
    http::{HeaderValue, StatusCode, header::WWW_AUTHENTICATE},
    response::{IntoResponse, Response},
};
use thiserror::Error;

use crate::{
    admin::failure::Failure,
    config::{
        Host,
        names::{Misdirected, own},
    },
};

/// Why a request gets no further, with the remedy.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum Refusal {
    /// No Host, two of them, one that is none, or another one than the target's.
    #[error("the request has no Host, or none that can be told; ask at http://{0}")]
    NoHost(Host),
    /// A Host that is not ours: perhaps a page whose name was made to lead here.
    #[error("nothing here is called {given}; ask at http://{own}, or add {:?} to admin.hosts in routes.toml", .given.to_string())]
    Host { given: Host, own: Host },
    /// An Origin that is not ours.
    #[error(
        "pages of {origin} may not ask here, only those of {host} itself; a proxy in front has to pass the Host header \
         on, and its name belongs in admin.hosts"
    )]
    Origin { origin: String, host: Host },
    /// A browser says that another site's page asks.
    #[error("pages of another site may not ask here (Sec-Fetch-Site); open the dashboard at its own address")]
    Site,
    /// No token.
    #[error(
        "a token is needed: send \"Authorization: Bearer TOKEN\" with the one in the file that admin.token_file names"
    )]
    NoToken,
    /// Another token.
    #[error(
        "the token is wrong; the right one is in the file that admin.token_file names, as it was when the bridge started"
    )]
    WrongToken,
    /// A body that a form of another site's page could have sent.
    #[error("the Content-Type has to be application/json (curl -H 'Content-Type: application/json')")]
    NotJson,
}

impl Refusal {
    /// Why a request that is not for this listener gets no further.
    pub(super) fn misdirected(why: Misdirected, local: SocketAddr) -> Self {
        match why {
            Misdirected::NoHost => Self::NoHost(own(local)),
            Misdirected::Other(given) => Self::Host { given, own: own(local) },
        }
    }

    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::NoHost(_) | Self::Host { .. } => StatusCode::MISDIRECTED_REQUEST,
            Self::Origin { .. } | Self::Site => StatusCode::FORBIDDEN,
            Self::NoToken | Self::WrongToken => StatusCode::UNAUTHORIZED,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = Failure::new(self.status(), self.to_string()).into_response();
        if matches!(self, Self::NoToken | Self::WrongToken) {
            // RFC 6750 section 3.
            let challenge = match self {
                Self::NoToken => "Bearer realm=\"cutover\"",
                _ => "Bearer realm=\"cutover\", error=\"invalid_token\"",
            };
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}
