//! `/api/1/oracles`

use super::{Context, Handler, handler::Outcome};
use crate::{schema::constants::ORACLES, wire::Answer};

/// `GET /api/1/oracles`
pub const LIST: Handler = Handler::reads("oracles_list", "GET /api/1/oracles", |context| Box::pin(list(context)));

async fn list(_: Context) -> Outcome {
    Ok(Answer::ok(&*ORACLES)?)
}
