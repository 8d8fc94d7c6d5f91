//! `/api/1/ping`

use super::{Context, Handler, handler::Outcome};
use crate::wire::Answer;

/// `GET /api/1/ping`
pub const PING: Handler = Handler::reads("ping", "GET /api/1/ping", |context| Box::pin(ping(context)));

async fn ping(_: Context) -> Outcome {
    Ok(Answer::ok(&true)?)
}
