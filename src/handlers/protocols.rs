//! `/api/1/protocols`

use super::{Context, Handler, handler::Outcome};
use crate::{
    schema::constants::REFRESHABLE,
    wire::{Answer, Gives},
};

/// `GET /api/1/protocols/data/refresh`
pub const REFRESHABLE_DATA: Handler =
    Handler::reads("protocols_refreshable", "GET /api/1/protocols/data/refresh", |context| {
        Box::pin(refreshable(context))
    })
    .gives(Gives::List(&Gives::Text));

async fn refreshable(_: Context) -> Outcome {
    Ok(Answer::ok(&*REFRESHABLE)?)
}
