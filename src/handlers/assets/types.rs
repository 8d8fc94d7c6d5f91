//! `/api/1/assets/types`

use crate::{
    handlers::{Context, Handler, handler::Outcome},
    schema::enums::ASSET_TYPES,
    wire::{Answer, Gives},
};

/// `GET /api/1/assets/types`
pub const TYPES: Handler =
    Handler::reads("assets_types", "GET /api/1/assets/types", |context| Box::pin(types(context)))
        .gives(Gives::List(&Gives::Text));

async fn types(_: Context) -> Outcome {
    Ok(Answer::ok(ASSET_TYPES)?)
}
