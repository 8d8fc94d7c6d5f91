//! `/api/1/assets/ignored/whitelist`: all of them.

use crate::{
    handlers::{
        Context, Handler,
        cells::{self, settled},
        handler::Outcome,
    },
    wire::{Answer, Gives},
};

/// `GET /api/1/assets/ignored/whitelist`
pub const LIST: Handler =
    Handler::reads("assets_ignored_whitelist", "GET /api/1/assets/ignored/whitelist", |context| {
        Box::pin(list(context))
    })
    .needs_global(&["general_cache(key, value)"])
    .gives(Gives::List(&Gives::Text));

/// Assets that are no spam, whatever they look like. Logged in or not.
async fn list(context: Context) -> Outcome {
    context.view()?;
    let read = context.read_global(|transaction| {
        settled((|| {
            let mut select = transaction.prepare_cached(
                "SELECT value FROM general_cache WHERE key = 'SPAM_ASSET_FALSE_POSITIVE' ORDER BY value",
            )?;
            let mut rows = select.query([])?;
            let mut values = Vec::new();
            while let Some(row) = rows.next()? {
                values.push(cells::string(row, 0)?);
            }
            Ok(values)
        })())
    });
    Ok(Answer::ok(&read.await??)?)
}
