//! Tokens that look like spam are marked as that, and the user does not see them any more.

use std::collections::BTreeSet;

use rusqlite::params;
use serde_json::json;

use super::{
    Effect, Job, Work,
    due::{is_due, note},
    spam::{GENUINE, looks_like_spam},
};
use crate::{
    config::Background,
    db::Transaction,
    handlers::{
        Stop, Unanswered,
        cells::{self, Halt, Reading, settled},
        gate::Stamp,
    },
    notifier::Undelivered,
    schema::{assets::EVM_CHAINS, needs::Database},
    wire::json::dumps,
};

/// Every six hours.
pub const JOB: Job = Job {
    task: Background::DetectNewSpamTokens,
    title: "Detect spam assets in globaldb",
    exception_is_error: true,
    changes: &[Database::User, Database::Global],
    look: |work| Box::pin(look(work)),
};

const NOTE: &str = "last_spam_assets_detect_key";
const EVERY: i64 = 6 * 3600;
/// Type of the message.
const TYPE: &str = "refresh_balances";

/// The chains of which legacy has balances, by id, as the message names them.
const CHAINS: [(i64, &str); 9] = [
    (1, "eth"),
    (10, "optimism"),
    (56, "binance_sc"),
    (100, "gnosis"),
    (137, "polygon_pos"),
    (8453, "base"),
    (42_161, "arbitrum_one"),
    (43_114, "avax"),
    (534_352, "scroll"),
];

async fn look(work: Work) -> Result<Option<Effect>, Unanswered> {
    let due = is_due(&work, NOTE, EVERY).await?;
    Ok(due.then(|| -> Effect { Box::pin(mark(work)) }))
}

/// In global.db first, as legacy commits it first. Who is told to look at balances again is told in the order of the chains,
/// which legacy leaves to chance.
async fn mark(Work { context, user, now, notifier, .. }: Work) -> Result<(), Stop> {
    let (found, chains) = context.read_global(|transaction| settled(spam(transaction))).await??;
    if !found.is_empty() {
        let tokens = found.clone();
        context
            .write_global(move |transaction| {
                let mut update =
                    transaction.prepare_cached("UPDATE evm_tokens SET protocol = 'spam' WHERE identifier = ?")?;
                for token in &tokens {
                    update.execute([token])?;
                }
                Ok(Ok(()))
            })
            .await?;
    }
    let written = context
        .write_user(&user, Stamp::None, move |transaction| {
            let mut ignore = transaction
                .prepare_cached("INSERT OR IGNORE INTO multisettings(name, value) VALUES('ignored_asset', ?)")?;
            let mut hide = transaction.prepare_cached("UPDATE history_events SET ignored = 1 WHERE asset = ?")?;
            for token in &found {
                ignore.execute([token])?;
                hide.execute([token])?;
            }
            note(transaction, NOTE, now)?;
            Ok(Ok(()))
        })
        .await;
    // What was marked would not be found again.
    written.map_err(|stop| match stop {
        Stop::Unanswered(Unanswered::Declined(why)) if !chains.is_empty() => Unanswered::Failed(why).into(),
        stop => stop,
    })?;
    for (_, chain) in CHAINS.iter().filter(|(id, _)| chains.contains(id)) {
        let data = json!({"type": "blockchain_balances", "blockchain": chain});
        notifier.relay(&dumps(&json!({"type": TYPE, "data": data}))?, Undelivered::Keep);
    }
    Ok(())
}

/// Tokens that look like it, in the order in which legacy finds them, and their chains.
fn spam(transaction: &Transaction<'_>) -> Reading<(Vec<String>, BTreeSet<i64>)> {
    let mut wanted = BTreeSet::from(GENUINE.map(str::to_owned));
    let mut select =
        transaction.prepare_cached("SELECT value FROM general_cache WHERE key = 'SPAM_ASSET_FALSE_POSITIVE'")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        wanted.insert(cells::string(row, 0)?);
    }
    let mut select = transaction.prepare_cached(
        "SELECT details.symbol, assets.name, assets.identifier, tokens.chain FROM evm_tokens AS tokens \
         LEFT JOIN common_asset_details AS details ON details.identifier = tokens.identifier \
         JOIN assets ON assets.identifier = tokens.identifier \
         WHERE tokens.protocol IS NOT ? ORDER BY details.symbol",
    )?;
    let mut rows = select.query(params!["spam"])?;
    let (mut found, mut chains) = (Vec::new(), BTreeSet::new());
    while let Some(row) = rows.next()? {
        let texts = [cells::maybe_string(row, 0)?, cells::maybe_string(row, 1)?];
        if !texts.iter().flatten().any(|text| looks_like_spam(text)) {
            continue;
        }
        let token = cells::string(row, 2)?;
        if wanted.contains(&token) {
            continue;
        }
        let chain = cells::int(row, 3)?;
        if !EVM_CHAINS.iter().any(|(id, _)| *id == chain) {
            return Err(Halt::Odd("a chain that nobody knows"));
        }
        found.push(token);
        chains.insert(chain);
    }
    Ok((found, chains))
}
