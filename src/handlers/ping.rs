//! `/api/1/ping`

use super::{Context, Handler, handler::Outcome};
use crate::wire::{Answer, Gives};

/// `GET /api/1/ping`
pub const PING: Handler =
    Handler::reads("ping", "GET /api/1/ping", |context| Box::pin(ping(context))).gives(Gives::Flag);

async fn ping(_: Context) -> Outcome {
    Ok(Answer::ok(&true)?)
}
