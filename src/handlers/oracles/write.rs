//! `/api/1/oracles`: the prices of a pair forgotten.

use super::{
    assets::{COLUMNS, with_oracles},
    list::ORACLE,
};
use crate::{
    handlers::{Context, Handler, Stop, Unanswered, handler::Outcome},
    schema::{
        assets::{PRICE_SOURCES, stored_as},
        needs::Database,
    },
    wire::{
        Answer, Gives, Location,
        validate::{Kind, Schema, field},
    },
};

/// `DELETE /api/1/oracles/{oracle}/cache`
pub const DELETE_CACHE: Handler =
    Handler::writes("oracles_cache_delete", "DELETE /api/1/oracles/{oracle}/cache", |context| {
        Box::pin(delete(context))
    })
    .needs_global(COLUMNS)
    .changes(&[(Database::Global, "price_history")])
    .takes(&ARGUMENTS, Location::JsonAndPath)
    .gives(Gives::Flag);

const ASSET: Kind = Kind::Asset("asset_with_oracles");

static ARGUMENTS: Schema = Schema::new(&[
    field("oracle", Kind::Member(&ORACLE)).required(),
    field("from_asset", ASSET).required(),
    field("to_asset", ASSET).required(),
]);

/// Forgets what an oracle said of a pair, in this direction. Whether there was anything, and whether anybody is logged
/// in, makes no difference.
async fn delete(context: Context) -> Outcome {
    context.view()?;
    let arguments = context.arguments_known(|questions| with_oracles(&context, questions)).await?;
    let source = stored_as(&PRICE_SOURCES, arguments.text("oracle")?)
        .ok_or_else(|| Unanswered::Failed("an oracle without a letter".into()))?;
    let (from, to) = (arguments.text("from_asset")?.to_owned(), arguments.text("to_asset")?.to_owned());
    context
        .write_global(move |transaction| {
            transaction
                .prepare_cached("DELETE FROM price_history WHERE from_asset = ? AND to_asset = ? AND source_type = ?")?
                .execute((&from, &to, source))?;
            Ok(Answer::ok(&true).map_err(Stop::from))
        })
        .await
}
