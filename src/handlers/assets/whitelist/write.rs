//! `/api/1/assets/ignored/whitelist`: one removed.

use super::token::{COLUMNS, tokens};
use crate::{
    handlers::{Context, Handler, Stop, handler::Outcome},
    schema::needs::Database,
    wire::{
        Answer, Location,
        validate::{Kind, Schema, field},
    },
};

/// `DELETE /api/1/assets/ignored/whitelist`
pub const DELETE: Handler =
    Handler::writes("assets_ignored_whitelist_delete", "DELETE /api/1/assets/ignored/whitelist", |context| {
        Box::pin(delete(context))
    })
    .needs_global(COLUMNS)
    .changes(&[(Database::Global, "general_cache")]);

static TOKEN: Schema = Schema::new(&[field("token", Kind::Asset("token")).required()]);

/// A token that is not in the list is no failure.
async fn delete(context: Context) -> Outcome {
    context.login()?;
    let arguments =
        context.arguments_known(&TOKEN, Location::JsonOrQuery, |questions| tokens(&context, questions)).await?;
    let token = arguments.text("token")?.to_owned();
    context
        .write_global(move |transaction| {
            transaction
                .prepare_cached("DELETE FROM general_cache WHERE key='SPAM_ASSET_FALSE_POSITIVE' AND value=?")?
                .execute([&token])?;
            Ok(Answer::ok(&true).map_err(Stop::from))
        })
        .await
}
