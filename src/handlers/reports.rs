//! `/api/1/reports`

use super::{Context, Handler, context::Login, handler::Outcome};
use crate::wire::Answer;

/// `DELETE /api/1/reports`
pub const DELETE_NONE: Handler =
    Handler::reads("reports_delete_none", "DELETE /api/1/reports", |context| Box::pin(delete_none(context)));

/// Without an id there is nothing to delete, and legacy says so to whoever is logged in.
async fn delete_none(context: Context) -> Outcome {
    match context.login()? {
        Login::User(_) => Ok(Answer::refused("_schema", "A report id should be given")),
        Login::Refused(answer) => Ok(answer),
    }
}
