//! `/api/1/assets/all`

use std::collections::HashSet;

use indexmap::IndexMap;
use rusqlite::params_from_iter;
use serde::{Serialize, Serializer};

use super::super::{
    entry::{COLUMNS, Entry, Underlying},
    query::{ARGUMENTS, Ignored, Query},
    tables::{TABLES, wishes},
};
use crate::{
    db::Transaction,
    handlers::{
        Context, Handler,
        cells::{self, Halt, Reading, settled},
        filter::list,
        handler::Outcome,
    },
    schema::assets::{TOKEN_KINDS, name_of},
    wire::{Answer, Decimal, Location},
};

/// `POST /api/1/assets/all`
pub const QUERY: Handler = Handler::reads("assets_all", "POST /api/1/assets/all", |context| Box::pin(query(context)))
    .needs_user(super::super::tables::WISHES)
    .needs_global(&[
        "assets(identifier, type, name)",
        "common_asset_details(identifier, symbol, started, swapped_for, forked, cryptocompare, coingecko)",
        "evm_tokens(identifier, address, chain, token_kind, decimals, protocol)",
        "solana_tokens(identifier, address, token_kind, decimals, protocol)",
        "custom_assets(identifier, type, notes)",
        "underlying_tokens_list(identifier, parent_token_entry, weight)",
        "user_owned_assets(asset_id)",
        "general_cache(key, value)",
    ])
    .long();

#[derive(Debug, Serialize)]
struct Page {
    #[serde(serialize_with = "values")]
    entries: IndexMap<String, Entry>,
    entries_found: i64,
    entries_total: i64,
    entries_limit: i64,
}

fn values<S: Serializer>(entries: &IndexMap<String, Entry>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(entries.values())
}

/// Assets with their details.
async fn query(context: Context) -> Outcome {
    let user = context.user()?;
    let arguments = context.arguments(&ARGUMENTS, Location::JsonOfResource)?;
    let query = Query::of(&arguments)?;
    let ignored = match query.ignored {
        Ignored::Shown => HashSet::new(),
        Ignored::Hidden | Ignored::Alone => wishes(&context, &user).await?.ignored,
    };
    let read = context.read_global(move |transaction| settled(page(transaction, &query, &ignored)));
    Ok(Answer::ok(&read.await??)?)
}

fn page(transaction: &Transaction<'_>, query: &Query, ignored: &HashSet<String>) -> Reading<Page> {
    let mut entries = match query.ignored {
        Ignored::Shown => entries(transaction, query)?,
        Ignored::Hidden | Ignored::Alone => picked(transaction, query, ignored)?,
    };
    underlying(transaction, &mut entries)?;
    let mut total = transaction.prepare_cached("SELECT COUNT(*) FROM assets")?;
    let entries_total = total.query_row([], |row| row.get(0))?;
    let entries_found = match query.ignored {
        Ignored::Shown if query.filter.is_empty() => entries_total,
        Ignored::Shown => {
            let mut count = transaction.prepare_cached(&query.statement("COUNT(*)", "", ""))?;
            count.query_row(params_from_iter(&query.filter.values), |row| row.get(0))?
        }
        Ignored::Hidden | Ignored::Alone => found(transaction, query, ignored)?,
    };
    Ok(Page { entries, entries_found, entries_total, entries_limit: -1 })
}

/// A page as the database cuts it.
fn entries(transaction: &Transaction<'_>, query: &Query) -> Reading<IndexMap<String, Entry>> {
    let (limit, offset) = query.page.unwrap_or((-1, 0));
    let cut = format!("LIMIT {limit} OFFSET {offset}");
    let mut select = transaction.prepare_cached(&query.statement(COLUMNS, &query.order, &cut))?;
    let mut rows = select.query(params_from_iter(&query.filter.values))?;
    let mut entries = IndexMap::new();
    while let Some(row) = rows.next()? {
        keep(&mut entries, Entry::of(row)?)?;
    }
    Ok(entries)
}

/// A page of those that the user ignores, or does not.
fn picked(transaction: &Transaction<'_>, query: &Query, ignored: &HashSet<String>) -> Reading<IndexMap<String, Entry>> {
    let (limit, offset) = query.page.unwrap_or((-1, 0));
    let mut left_out = 0;
    let mut select = transaction.prepare_cached(&query.statement(COLUMNS, &query.order, ""))?;
    let mut rows = select.query(params_from_iter(&query.filter.values))?;
    let mut entries = IndexMap::new();
    while let Some(row) = rows.next()? {
        if ignored.contains(cells::text(row, 0)?) != (query.ignored == Ignored::Alone) {
            continue;
        }
        if left_out < offset {
            left_out += 1;
            continue;
        }
        keep(&mut entries, Entry::of(row)?)?;
        if i64::try_from(entries.len()).is_ok_and(|kept| kept == limit) {
            break;
        }
    }
    Ok(entries)
}

fn keep(entries: &mut IndexMap<String, Entry>, entry: Entry) -> Reading<()> {
    match entries.insert(entry.identifier.clone(), entry) {
        None => Ok(()),
        Some(_) => Err(Halt::Odd("an asset with several rows of details")),
    }
}

/// How many there are beyond the page.
fn found(transaction: &Transaction<'_>, query: &Query, ignored: &HashSet<String>) -> Reading<i64> {
    let mut select = transaction.prepare_cached(&query.statement("a.identifier", "", ""))?;
    let mut rows = select.query(params_from_iter(&query.filter.values))?;
    let mut found = 0;
    while let Some(row) = rows.next()? {
        found += i64::from(ignored.contains(cells::text(row, 0)?) == (query.ignored == Ignored::Alone));
    }
    Ok(found)
}

/// Adds to tokens what they consist of.
fn underlying(transaction: &Transaction<'_>, entries: &mut IndexMap<String, Entry>) -> Reading<()> {
    let wanted: Vec<&str> = entries.keys().map(String::as_str).collect();
    let wanted = list(&wanted).map_err(|_| Halt::Odd("more assets than legacy asks for at once"))?;
    let mut select = transaction.prepare_cached(
        "SELECT l.parent_token_entry, e.address, e.token_kind, l.weight FROM underlying_tokens_list l \
         LEFT JOIN evm_tokens e ON e.identifier = l.identifier \
         WHERE l.parent_token_entry IN (SELECT value FROM json_each(?)) ORDER BY l.rowid",
    )?;
    let mut rows = select.query([wanted])?;
    while let Some(row) = rows.next()? {
        let entry = entries.get_mut(cells::text(row, 0)?).ok_or(Halt::Odd("underlying tokens of another asset"))?;
        entry.add(Underlying {
            address: cells::string(row, 1)?,
            token_kind: name_of(&TOKEN_KINDS, &cells::text(row, 2)?).ok_or(Halt::Odd("a token's kind"))?,
            weight: percent(cells::text(row, 3)?).ok_or(Halt::Odd("a weight"))?,
        })?;
    }
    Ok(())
}

fn percent(weight: &str) -> Option<String> {
    let weight = Decimal::read(weight).ok().filter(Decimal::is_finite)?;
    Some(weight.multiply(&Decimal::from(100)).ok()?.to_string())
}

impl Query {
    /// A statement over the filtered assets.
    fn statement(&self, columns: &str, order: &str, cut: &str) -> String {
        format!("SELECT {columns} FROM {TABLES} {} {order} {cut}", self.filter.clause())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_keep_their_digits() {
        for (weight, shown) in [("1", "100"), ("1.0", "100.0"), ("0.25", "25.00"), ("0.333", "33.300")] {
            assert_eq!(percent(weight).as_deref(), Some(shown));
        }
        assert_eq!((percent("x"), percent("NaN")), (None, None));
    }
}
