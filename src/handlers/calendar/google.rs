//! `/api/1/calendar/google`: disconnected.

use serde_json::json;

use crate::{
    handlers::{Context, Handler, Stop, gate::Stamp, handler::Outcome},
    schema::needs::Database,
    wire::{Answer, Gives, gives::key},
};

/// `DELETE /api/1/calendar/google`
pub const DISCONNECT: Handler =
    Handler::writes("calendar_google_delete", "DELETE /api/1/calendar/google", |context| Box::pin(disconnect(context)))
        .needs_user(&["key_value_cache(name)"])
        .changes(&[(Database::User, "key_value_cache")])
        .refuses(&[401])
        .gives(Gives::Object(&[key("success", Gives::Flag)]));

/// The credentials are a row, read anew whenever legacy needs them, and forgetting them is all: nobody is told. It is a
/// success also where there were none.
async fn disconnect(context: Context) -> Outcome {
    let user = context.login()?;
    context
        .write_user(&user, Stamp::None, |transaction| {
            transaction
                .prepare_cached("DELETE FROM key_value_cache WHERE name = 'google_calendar_credentials'")?
                .execute([])?;
            Ok(Answer::ok(&json!({"success": true})).map_err(Stop::from))
        })
        .await
}
