//! `/api/1/tasks`

use super::{Context, Handler, handler::Outcome};
use crate::wire::Answer;

/// `DELETE /api/1/tasks`
pub const DELETE_NONE: Handler =
    Handler::reads("tasks_delete_none", "DELETE /api/1/tasks", |context| Box::pin(delete_none(context)))
        .refuses(&[400]);

/// Without an id there is nothing to cancel, and legacy says so to anyone.
async fn delete_none(_: Context) -> Outcome {
    Ok(Answer::refused("task_id", "task_id is required for this endpoint"))
}
