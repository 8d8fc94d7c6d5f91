//! `/api/1/defi`

use super::{Context, Handler, handler::Outcome};
use crate::{schema::constants::DEFI_METADATA, wire::Answer};

/// `GET /api/1/defi/metadata`
pub const METADATA: Handler =
    Handler::reads("defi_metadata", "GET /api/1/defi/metadata", |context| Box::pin(metadata(context)));

async fn metadata(_: Context) -> Outcome {
    Ok(Answer::ok(&*DEFI_METADATA)?)
}
