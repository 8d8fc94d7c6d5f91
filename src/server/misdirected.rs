//! Requests for another name than the listener's (`listen.hosts`): a page whose name was made to lead here has such a one.

use std::net::SocketAddr;

use http::{HeaderValue, Request, Response, StatusCode, header};

use crate::{
    config::{
        Host,
        names::{self, Misdirected},
    },
    dispatch::Bridge,
    forward::Body,
};

/// The refusal of a request that names another host, websockets among them; none without a list, as legacy has it.
/// Its connection ends: what follows on it would be refused as well, and its body is not read.
pub(super) fn refusal<B>(bridge: &Bridge, local: Option<SocketAddr>, request: &Request<B>) -> Option<Response<Body>> {
    let snapshot = bridge.live.snapshot();
    let hosts = &snapshot.config.listen.hosts;
    if hosts.is_empty() {
        return None;
    }
    // Without an address no Host is ours, except those that were given.
    let local = local.unwrap_or(SocketAddr::from(([0, 0, 0, 0], 0)));
    let why = said(names::judge(request.headers(), request.uri(), local, hosts).err()?, local);
    tracing::warn!(path = request.uri().path(), "request refused: {why}");
    let head = request.method() == http::Method::HEAD;
    let status = StatusCode::MISDIRECTED_REQUEST.as_u16();
    let mut response = bridge.answers.own(status, "host-refused", &why, None, head);
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    Some(response)
}

fn said(why: Misdirected, local: SocketAddr) -> String {
    match why {
        Misdirected::NoHost => {
            format!("the request has no Host, or none that can be told; ask at http://{}", names::own(local))
        }
        Misdirected::Other(given) => {
            format!(
                "nothing here is called {given}; if it should be, add {} to listen.hosts in routes.toml",
                quoted(&given)
            )
        }
    }
}

fn quoted(host: &Host) -> String {
    format!("{:?}", host.to_string())
}

/// Whoever lets others reach the bridge hears that any page in their browsers can.
pub(super) fn warn_of(address: SocketAddr, hosts: &[Host]) {
    if !address.ip().to_canonical().is_loopback() && hosts.is_empty() {
        tracing::warn!(
            %address,
            "others can reach listen.address, and legacy asks nobody who they are; without listen.hosts a web page in a \
             browser of theirs can as well, by a name of its own that leads here (DNS rebinding): set hosts = [\"the name \
             you use\"] in [listen]"
        );
    }
}
