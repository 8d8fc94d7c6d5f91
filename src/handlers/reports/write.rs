//! `/api/1/reports`: one deleted.

use super::list::named;
use crate::{
    handlers::{Context, Handler, Stop, handler::Outcome, refusals::beyond_sqlite},
    schema::needs::Database,
    wire::{Answer, Gives},
};

/// `DELETE /api/1/reports`
pub const DELETE_NONE: Handler =
    Handler::reads("reports_delete_none", "DELETE /api/1/reports", |context| Box::pin(delete_none(context)))
        .refuses(&[400, 401]);
/// `DELETE /api/1/reports/{report_id}`
pub const DELETE: Handler =
    Handler::writes("reports_delete", "DELETE /api/1/reports/{report_id:int}", |context| Box::pin(delete(context)))
        .needs_transient(&[
            "pnl_reports(identifier)",
            "pnl_report_totals(report_id)",
            "pnl_report_settings(report_id)",
            "pnl_events(report_id)",
        ])
        .changes(&[
            (Database::Transient, "pnl_reports"),
            (Database::Transient, "pnl_report_totals"),
            (Database::Transient, "pnl_report_settings"),
            (Database::Transient, "pnl_events"),
        ])
        .refuses(&[400, 401])
        .gives(Gives::Flag);

/// Without an id there is nothing to delete, and legacy says so to whoever is logged in.
async fn delete_none(context: Context) -> Outcome {
    context.login()?;
    Ok(Answer::refused("_schema", "A report id should be given"))
}

/// What belongs to the report goes along with it.
async fn delete(context: Context) -> Outcome {
    let id = named(&context)?;
    let user = context.login()?;
    let Some(id) = id else { return Ok(beyond_sqlite()) };
    context
        .write_transient(&user, move |transaction| {
            if transaction.prepare_cached("DELETE FROM pnl_reports WHERE identifier=?")?.execute([id])? != 1 {
                let message = format!("Could not delete PnL report {id} from the DB. Report was not found");
                return Ok(Err(Stop::Refused(Answer::failure(400, &message))));
            }
            Ok(Answer::ok(&true).map_err(Stop::from))
        })
        .await
}
