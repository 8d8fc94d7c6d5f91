//! `/api/1/assets/ignored`: all of them.

use crate::{
    handlers::{Context, Handler, handler::Outcome, rows},
    wire::{Answer, Gives},
};

/// `GET /api/1/assets/ignored`
pub const LIST: Handler =
    Handler::reads("assets_ignored", "GET /api/1/assets/ignored", |context| Box::pin(list(context)))
        .needs_user(&["multisettings(name, value)"])
        .refuses(&[401])
        .gives(Gives::List(&Gives::Maybe(&Gives::Text)));

/// Identifiers as they are stored, known or not. Legacy lists them in an order that chance decides per process; here they
/// are sorted.
async fn list(context: Context) -> Outcome {
    let user = context.login()?;
    let rows = context
        .read_user(&user, |transaction| {
            let ignored = "SELECT DISTINCT value FROM multisettings WHERE name = 'ignored_asset' ORDER BY value";
            rows::select(transaction, ignored, [])
        })
        .await?;
    let identifiers: Result<Vec<Option<&str>>, _> = rows.iter().map(|row| row.maybe_text(0)).collect();
    Ok(Answer::ok(&identifiers?)?)
}
