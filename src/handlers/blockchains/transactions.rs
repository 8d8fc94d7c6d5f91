//! How many transactions wait to be decoded.

use serde_json::{Map, Value, json};

use crate::{
    handlers::{
        Context, Handler,
        asynchronous::{ASYNC_QUERY_ALONE, answered},
        handler::Outcome,
        rows,
    },
    schema::enums::TRANSACTION_CHAINS,
    session::who::User,
    wire::{Answer, Gives, Location, gives::key},
};

/// `GET /api/1/blockchains/evm/transactions/decode`
pub const EVM_UNDECODED: Handler =
    Handler::reads("evm_transactions_undecoded", "GET /api/1/blockchains/evm/transactions/decode", |context| {
        Box::pin(evm_undecoded(context))
    })
    .needs_user(&[
        "evmtx_receipts(tx_id)",
        "evm_transactions(identifier, tx_hash, chain_id)",
        "evm_tx_mappings(tx_id, value)",
    ])
    .long()
    .takes(&ASYNC_QUERY_ALONE, Location::JsonOrQuery)
    .refuses(&[401])
    .gives(UNDECODED);

/// By chain.
const UNDECODED: Gives = Gives::Mapping(&Gives::Object(&[key("undecoded", Gives::Int), key("total", Gives::Int)]));

async fn evm_undecoded(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    answered(&arguments, async move { undecoded_of_chains(&context, &user).await }).await
}

/// By chain, those that have any. A transaction with several mappings, none of which says decoded, counts several times,
/// as legacy counts it.
async fn undecoded_of_chains(context: &Context, user: &User) -> Outcome {
    let chains = context
        .read_user(user, |transaction| {
            let undecoded = "SELECT COUNT(*) FROM evmtx_receipts r \
                             JOIN evm_transactions t ON t.identifier = r.tx_id \
                             LEFT JOIN evm_tx_mappings m ON m.tx_id = r.tx_id \
                             WHERE t.chain_id = ?1 AND (m.tx_id IS NULL OR \
                             m.tx_id NOT IN (SELECT tx_id FROM evm_tx_mappings WHERE value = 0))";
            let total = "SELECT COUNT(DISTINCT tx_hash) FROM evm_transactions WHERE chain_id = ?1";
            let mut chains = Map::new();
            for (name, id, _) in TRANSACTION_CHAINS {
                let undecoded = rows::count(transaction, undecoded, &[id])?;
                if undecoded > 0 {
                    let total = rows::count(transaction, total, &[id])?;
                    chains.insert((*name).to_owned(), json!({"undecoded": undecoded, "total": total}));
                }
            }
            Ok(chains)
        })
        .await?;
    Ok(Answer::ok(&chains)?)
}

/// `GET /api/1/blockchains/evmlike/transactions/decode`
pub const EVMLIKE_UNDECODED: Handler =
    Handler::reads("evmlike_transactions_undecoded", "GET /api/1/blockchains/evmlike/transactions/decode", |context| {
        Box::pin(evmlike_undecoded(context))
    })
    .needs_user(&["zksynclite_transactions(is_decoded)"])
    .takes(&ASYNC_QUERY_ALONE, Location::JsonOrQuery)
    .refuses(&[401])
    .gives(UNDECODED);

async fn evmlike_undecoded(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    answered(&arguments, async move { undecoded_of_zksync(&context, &user).await }).await
}

async fn undecoded_of_zksync(context: &Context, user: &User) -> Outcome {
    let (undecoded, total) = context
        .read_user(user, |transaction| {
            let undecoded = "SELECT COUNT(*) FROM zksynclite_transactions WHERE is_decoded = 0";
            let total = "SELECT COUNT(*) FROM zksynclite_transactions";
            Ok((rows::total(transaction, undecoded)?, rows::total(transaction, total)?))
        })
        .await?;
    let chains = match undecoded {
        0 => json!({}),
        _ => json!({"zksync_lite": {"undecoded": undecoded, "total": total}}),
    };
    Ok(Answer::ok(&chains)?)
}

/// `GET /api/1/blockchains/evm/transactions/status`
pub const EVM_STATUS: Handler =
    Handler::reads("evm_transactions_status", "GET /api/1/blockchains/evm/transactions/status", |context| {
        Box::pin(evm_status(context))
    })
    .needs_user(&[
        "used_query_ranges(name, end_ts)",
        "blockchain_accounts(blockchain)",
        "evmtx_receipts(tx_id)",
        "evm_tx_mappings(tx_id)",
    ])
    .long()
    .takes(&ASYNC_QUERY_ALONE, Location::JsonOrQuery)
    .refuses(&[401])
    .gives(Gives::Object(&[
        key("last_queried_ts", Gives::Int),
        key("undecoded_tx_count", Gives::Int),
        key("has_evm_accounts", Gives::Flag),
    ]));

async fn evm_status(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    answered(&arguments, async move { status(&context, &user).await }).await
}

/// Its count of undecoded transactions is, in legacy too, that of all receipts with their mappings, decoded or not.
async fn status(context: &Context, user: &User) -> Outcome {
    let (latest, receipts, accounts) = context
        .read_user(user, |transaction| {
            // The underscores match any character, as in legacy.
            let latest = "SELECT MAX(end_ts) FROM used_query_ranges WHERE name LIKE ?1 || 'txs_%'";
            let accounts = "SELECT COUNT(*) FROM blockchain_accounts WHERE blockchain = ?1";
            let receipts = "SELECT COUNT(*) FROM evmtx_receipts r LEFT JOIN evm_tx_mappings m ON m.tx_id = r.tx_id";
            let (mut ranges, mut of_evm) = (Vec::new(), 0);
            for (_, _, chain) in TRANSACTION_CHAINS {
                ranges.extend(rows::select(transaction, latest, [chain])?);
                of_evm += rows::count(transaction, accounts, &[chain])?;
            }
            Ok((ranges, rows::total(transaction, receipts)?, of_evm))
        })
        .await?;
    let latest: Result<Vec<Option<i64>>, _> = latest.iter().map(|row| row.maybe_int(0)).collect();
    let latest = latest?.into_iter().flatten().max().unwrap_or(0);
    let status = json!({
        "last_queried_ts": latest,
        "undecoded_tx_count": receipts,
        "has_evm_accounts": accounts > 0,
    });
    Ok(Answer::ok::<Value>(&status)?)
}
