//! `/api/1/assets/evm/spam/`: a token that is no spam any longer.

use rusqlite::OptionalExtension as _;

use super::token::{SPAM_COLUMNS, TOKEN, tokens};
use crate::{
    config::Cache,
    db::{DbError, Transaction},
    handlers::{
        Context, Handler, Stop, Unanswered,
        cells::{self, settled},
        gate::Stamp,
        handler::Outcome,
    },
    schema::needs::{Database, Tables},
    wire::{Answer, Gives, Location},
};

/// `DELETE /api/1/assets/evm/spam/`
pub const DELETE: Handler =
    Handler::writes("assets_evm_spam_delete", "DELETE /api/1/assets/evm/spam/", |context| Box::pin(delete(context)))
        .needs_user(OF_USER)
        .needs_global(SPAM_COLUMNS)
        .changes(&[
            (Database::Global, "evm_tokens"),
            (Database::User, "multisettings"),
            (Database::User, "history_events"),
        ])
        .takes(&TOKEN, Location::JsonOrQuery)
        .refuses(&[401])
        .gives(Gives::Flag);

/// What [`unignore`] reads.
pub(super) const OF_USER: Tables = &["multisettings(name, value)", "history_events(asset, ignored)"];

/// It is no longer ignored either, if it was.
async fn delete(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments_known(|questions| tokens(&context, questions)).await?;
    let token = arguments.text("token")?.to_owned();
    let was_spam = is_about_to_change(&context, &token).await?;
    let done = Answer::ok(&true)?;
    if was_spam {
        let token = token.clone();
        context.write_global(move |transaction| unmark(transaction, &token, true)).await?;
    }
    let unignored = context
        .write_user(&user, Stamp::LastWrite, move |transaction| {
            let mut is_ignored = transaction
                .prepare_cached("SELECT EXISTS(SELECT 1 FROM multisettings WHERE name='ignored_asset' AND value=?)")?;
            if is_ignored.query_row([&token], |row| row.get(0))? {
                unignore(transaction, &token)?;
            }
            Ok(Ok(()))
        })
        .await;
    match unignored {
        Err(Stop::Unanswered(why)) if was_spam => Err(Stop::too_late(&why)),
        unignored => unignored.map(|()| done),
    }
}

/// Whether a token is marked as spam. If it is, the mark is to be taken away, and legacy's memory of the token is stale.
pub(super) async fn is_about_to_change(context: &Context, token: &str) -> Result<bool, Unanswered> {
    let token = token.to_owned();
    let is_spam = context.read_global(move |transaction| is_spam(transaction, &token)).await??;
    if is_spam {
        context.leaves_stale(Cache::Assets)?;
    }
    Ok(is_spam)
}

fn is_spam(transaction: &Transaction<'_>, token: &str) -> Result<Result<bool, Unanswered>, DbError> {
    settled((|| {
        let mut select = transaction.prepare_cached("SELECT protocol FROM evm_tokens WHERE identifier=?")?;
        let protocol = select.query_row([token], |row| Ok(cells::maybe_string(row, 0))).optional()?.transpose()?;
        Ok(protocol.flatten().as_deref() == Some("spam"))
    })())
}

/// Takes the mark away, unless somebody else was quicker to change it.
pub(super) fn unmark(transaction: &Transaction<'_>, token: &str, was_spam: bool) -> Result<Result<(), Stop>, DbError> {
    match is_spam(transaction, token)? {
        Ok(is_spam) if is_spam == was_spam => {}
        Ok(_) => return Ok(Err(Stop::declined("whether the token is spam has changed just now"))),
        Err(why) => return Ok(Err(why.into())),
    }
    if was_spam {
        transaction.prepare_cached("UPDATE evm_tokens SET protocol=NULL WHERE identifier=?")?.execute([token])?;
    }
    Ok(Ok(()))
}

/// The user sees an asset again, and the events with it.
pub(super) fn unignore(transaction: &Transaction<'_>, asset: &str) -> Result<(), DbError> {
    transaction.prepare_cached("DELETE FROM multisettings WHERE name='ignored_asset' AND value=?")?.execute([asset])?;
    transaction.prepare_cached("UPDATE history_events SET ignored=0 WHERE asset=?")?.execute([asset])?;
    Ok(())
}
