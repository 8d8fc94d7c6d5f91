//! `POST /session`: what the package says of logins and files, so that it need not be guessed from what passes.

use axum::{
    body::Bytes,
    extract::{ConnectInfo, State},
    http::StatusCode,
};
use serde::Deserialize;

use super::{
    attached::Held,
    inside::{Inside, Reply, not_attached, ok, read, refused},
    peer::Peer,
};
use crate::session::report::{Report, Secret};

#[derive(Deserialize)]
struct Said {
    event: String,
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    password: Option<Secret>,
    #[serde(default)]
    phase: Option<String>,
}

pub(super) async fn report(State(inside): State<Inside>, ConnectInfo(peer): ConnectInfo<Peer>, body: Bytes) -> Reply {
    let said: Said = match read(&body) {
        Ok(said) => said,
        Err(refused) => return refused,
    };
    // What may hold a password is wiped where nobody else holds it.
    if let Ok(mut body) = body.try_into_mut() {
        zeroize::Zeroize::zeroize(&mut *body);
    }
    let Some(number) = inside.attachment.with(peer, |attached| attached.number) else { return not_attached() };
    let report = match (said.event.as_str(), said.user, said.password, said.phase.as_deref()) {
        ("login", Some(user), Some(password), None) => Report::Login(user, password.0),
        ("password", Some(user), Some(password), None) => Report::Password(user, password.0),
        ("logout", None, None, None) => Report::Logout,
        ("files", None, None, Some("begin")) => return begin(&inside, number).await,
        ("files", None, None, Some("end")) => return end(&inside, peer),
        _ => return refused(StatusCode::BAD_REQUEST, "no such event, or not with these fields"),
    };
    let opens = !matches!(report, Report::Logout);
    inside.session.take_report(report);
    inside.queries.follow(inside.session.logouts());
    inside.attachment.with(peer, |attached| {
        if let Some(held) = &mut attached.hold {
            held.told = true;
        }
    });
    if opens {
        warm_up(&inside);
    }
    ok()
}

/// Answered when the user's files are closed. They stay so until the end is said, or the connection's end.
async fn begin(inside: &Inside, number: u64) -> Reply {
    let hold = inside.session.files.release().await;
    if inside.attachment.keep(number, hold) { ok() } else { not_attached() }
}

/// Legacy is through with the files. What it did to them is legacy's to say, unless the package has.
fn end(inside: &Inside, peer: Peer) -> Reply {
    let Some(held) = inside.attachment.with(peer, |attached| attached.hold.take()) else { return not_attached() };
    if let Some(Held { hold, told }) = held {
        drop(hold);
        if !told {
            inside.session.doubt();
        }
        warm_up(inside);
    }
    ok()
}

fn warm_up(inside: &Inside) {
    let session = std::sync::Arc::clone(&inside.session);
    tokio::spawn(async move { session.warm_up().await });
}
