//! `/api/1/locations`

use super::{Context, Handler, handler::Outcome};
use crate::{schema::locations::DESCRIPTIONS, wire::Answer};

/// `GET /api/1/locations/all`
pub const ALL: Handler = Handler::reads("locations_all", "GET /api/1/locations/all", |context| Box::pin(all(context)));

async fn all(_: Context) -> Outcome {
    Ok(Answer::ok(&*DESCRIPTIONS)?)
}
