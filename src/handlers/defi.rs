//! `/api/1/defi`

use super::{Context, Handler, handler::Outcome};
use crate::{
    schema::constants::DEFI_METADATA,
    wire::{Answer, Gives, gives::key},
};

/// `GET /api/1/defi/metadata`
pub const METADATA: Handler =
    Handler::reads("defi_metadata", "GET /api/1/defi/metadata", |context| Box::pin(metadata(context))).gives(
        Gives::List(&Gives::Object(&[
            key("identifier", Gives::Text),
            key("name", Gives::Text),
            key("icon", Gives::Text),
        ])),
    );

async fn metadata(_: Context) -> Outcome {
    Ok(Answer::ok(&*DEFI_METADATA)?)
}
