//! `/api/1/assets/ignored/whitelist`: one added, removed.

use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::params;

use crate::{
    handlers::{
        Context, Handler, Stop,
        assets::{
            spam,
            token::{COLUMNS, SPAM_COLUMNS, TOKEN, tokens},
        },
        gate::Stamp,
        handler::Outcome,
    },
    schema::needs::Database,
    wire::{Answer, Gives, Location},
};

/// `POST /api/1/assets/ignored/whitelist`
pub const ADD: Handler =
    Handler::writes("assets_ignored_whitelist_add", "POST /api/1/assets/ignored/whitelist", |context| {
        Box::pin(add(context))
    })
    .needs_user(spam::OF_USER)
    .needs_global(SPAM_COLUMNS)
    .changes(&[
        (Database::Global, "general_cache"),
        (Database::Global, "evm_tokens"),
        (Database::User, "multisettings"),
        (Database::User, "history_events"),
    ])
    .takes(&TOKEN, Location::JsonOrQuery)
    .refuses(&[401])
    .gives(Gives::Flag);
/// `DELETE /api/1/assets/ignored/whitelist`
pub const DELETE: Handler =
    Handler::writes("assets_ignored_whitelist_delete", "DELETE /api/1/assets/ignored/whitelist", |context| {
        Box::pin(delete(context))
    })
    .needs_global(COLUMNS)
    .changes(&[(Database::Global, "general_cache")])
    .takes(&TOKEN, Location::JsonOrQuery)
    .refuses(&[401])
    .gives(Gives::Flag);

/// It is no spam any longer, and no longer ignored, whether it was or not.
async fn add(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments_known(|questions| tokens(&context, questions)).await?;
    let token = arguments.text("token")?.to_owned();
    let was_spam = spam::is_about_to_change(&context, &token).await?;
    let done = Answer::ok(&true)?;
    let of_user = token.clone();
    context
        .write_global(move |transaction| {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO general_cache(key, value, last_queried_ts) \
                     VALUES ('SPAM_ASSET_FALSE_POSITIVE', ?, ?)",
                )?
                .execute(params![token, i64::try_from(now).unwrap_or(i64::MAX)])?;
            spam::unmark(transaction, &token, was_spam)
        })
        .await?;
    let unignored = context
        .write_user(&user, Stamp::LastWrite, move |transaction| {
            spam::unignore(transaction, &of_user)?;
            Ok(Ok(()))
        })
        .await;
    match unignored {
        Err(Stop::Unanswered(why)) => Err(Stop::too_late(&why)),
        unignored => unignored.map(|()| done),
    }
}

/// A token that is not in the list is no failure.
async fn delete(context: Context) -> Outcome {
    context.login()?;
    let arguments = context.arguments_known(|questions| tokens(&context, questions)).await?;
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
