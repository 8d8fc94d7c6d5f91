//! `/api/1/assets/search`

use rusqlite::params_from_iter;
use serde::Serialize;

use super::tables::{EVM_CHAIN, TABLES, Wishes, chain, is_ether, kind, wishes};
use crate::{
    db::Transaction,
    handlers::{
        Context, Handler, Unanswered,
        cells::{self, Reading, settled},
        filter::{Filter, bindable, containing, unlimited},
        handler::Outcome,
        ordering::{self, Columns},
    },
    schema::assets::{EVM_CHAINS, stored_as},
    wire::{
        Answer, Location,
        casefold::stripped,
        validate::{
            Fallback, Record, Schema, Validator, field,
            texts::{BOOLEAN, NON_EMPTY_STRING, STRING},
        },
    },
};

/// `POST /api/1/assets/search`
pub const SEARCH: Handler =
    Handler::reads("assets_search", "POST /api/1/assets/search", |context| Box::pin(search(context)))
        .needs_user(super::tables::WISHES)
        .needs_global(&[
            "assets(identifier, type, name)",
            "common_asset_details(identifier, symbol, started, swapped_for, forked, cryptocompare, coingecko)",
            "evm_tokens(identifier, chain)",
            "solana_tokens(identifier)",
            "custom_assets(identifier, type, notes)",
        ])
        .long();

static ARGUMENTS: Schema = Schema::new(&[
    ordering::LIMIT,
    ordering::OFFSET,
    ordering::ORDER_BY,
    ordering::ASCENDING,
    field("search_column", STRING).required().check(&[Validator::OneOf { choices: &["name", "symbol"], error: None }]),
    field("value", NON_EMPTY_STRING).required(),
    EVM_CHAIN,
    field("return_exact_matches", BOOLEAN).or(Fallback::Bool(false)),
])
.checks(&[ordering::both_or_none]);

const COLUMNS: Columns = Columns {
    known: &[
        ("name", "a.name"),
        ("symbol", "d.symbol"),
        ("chain", "e.chain"),
        ("notes", "u.notes"),
        ("coingecko", "d.coingecko"),
        ("cryptocompare", "d.cryptocompare"),
        ("started", "d.started"),
        ("forked", "d.forked"),
        ("swapped_for", "d.swapped_for"),
    ],
    ambiguous: &["identifier", "type", "address", "decimals", "protocol", "token_kind"],
    collation: " COLLATE NOCASE",
};

/// Assets with a part of name or symbol in common. The offset is checked and not applied; the limit is applied before
/// ignored assets are left out, so that fewer may come back.
async fn search(context: Context) -> Outcome {
    let user = context.user()?;
    let arguments = context.arguments(&ARGUMENTS, Location::JsonOfResource)?;
    let filter = filter(&arguments)?;
    let terms = COLUMNS.terms(&arguments, "a.name COLLATE NOCASE DESC")?;
    let order = format!("ORDER BY {terms}, {}", ties(&arguments));
    let limit = arguments.maybe_int("limit")?.map_or(-1, unlimited);
    let wishes = wishes(&context, &user).await?;
    let read = context.read_global(move |transaction| settled(found(transaction, &filter, &order, limit, &wishes)));
    Ok(Answer::ok(&read.await??)?)
}

/// The order in which legacy's query plan comes by the assets, which is that of equals. Given a chain it begins with the
/// chain's tokens; if it orders by chain as well, then along an index that has the chain in it.
fn ties(arguments: &Record) -> &'static str {
    match (arguments.is_null("evm_chain"), ordering::is_by(arguments, "chain")) {
        (true, _) => "a.rowid",
        (false, true) => "e.identifier",
        (false, false) => "e.rowid",
    }
}

fn filter(arguments: &Record) -> Result<Filter, Unanswered> {
    let mut filter = Filter::default();
    let value = stripped(arguments.text("value")?);
    match (arguments.text("search_column")?, arguments.flag("return_exact_matches")?) {
        ("name", false) => filter.and_with("a.name LIKE ?", containing(value)?),
        ("name", true) => filter.and_with("a.name = ?", bindable(value)?.to_owned()),
        (_, false) => filter.and_with("d.symbol LIKE ?", containing(value)?),
        (_, true) => filter.and_with("d.symbol = ?", bindable(value)?.to_owned()),
    }
    if let Some(chain) = arguments.maybe_text("evm_chain")? {
        filter.and_with("e.chain = ?", stored_as(&EVM_CHAINS, chain));
    }
    Ok(filter)
}

#[derive(Debug, Serialize)]
struct Found {
    identifier: String,
    name: Option<String>,
    symbol: Option<String>,
    is_custom_asset: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    evm_chain: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_asset_type: Option<String>,
}

fn found(
    transaction: &Transaction<'_>,
    filter: &Filter,
    order: &str,
    limit: i64,
    wishes: &Wishes,
) -> Reading<Vec<Found>> {
    let mut select = transaction.prepare_cached(&format!(
        "SELECT a.identifier, a.name, d.symbol, e.chain, a.type, u.type FROM {TABLES} {} {order} LIMIT {limit}",
        filter.clause()
    ))?;
    let mut rows = select.query(params_from_iter(&filter.values))?;
    let mut all = Vec::new();
    let mut ether = false;
    while let Some(row) = rows.next()? {
        let identifier = cells::text(row, 0)?;
        if wishes.ignored.contains(identifier) {
            continue;
        }
        if wishes.eth2_is_eth && is_ether(identifier) {
            if !ether {
                all.push(Found {
                    identifier: "ETH".into(),
                    name: Some("Ethereum".into()),
                    symbol: Some("ETH".into()),
                    is_custom_asset: false,
                    evm_chain: None,
                    custom_asset_type: None,
                });
            }
            ether = true;
            continue;
        }
        all.push(Found {
            identifier: identifier.to_owned(),
            name: cells::maybe_string(row, 1)?,
            symbol: cells::maybe_string(row, 2)?,
            is_custom_asset: kind(row, 4)? == "custom asset",
            evm_chain: chain(row, 3)?,
            custom_asset_type: cells::maybe_string(row, 5)?,
        });
    }
    Ok(all)
}
