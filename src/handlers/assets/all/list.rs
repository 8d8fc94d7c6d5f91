//! `/api/1/assets/all`

use indexmap::IndexMap;
use serde::{Serialize, Serializer};

use super::super::{
    cut::Cut,
    entry::{COLUMNS, Entry, Underlying},
    query::{ARGUMENTS, Ignored, Query},
    tables::wishes,
};
use crate::{
    db::Transaction,
    handlers::{
        Context, Handler,
        cells::{self, Halt, Reading, settled},
        filter::{Filter, list},
        handler::Outcome,
        remembered, rows,
    },
    schema::assets::{TOKEN_KINDS, name_of},
    wire::{
        Decimal, Gives, Location,
        gives::{at_times, key},
    },
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
    .long()
    .takes(&ARGUMENTS, Location::JsonOfResource)
    .gives(PAGE);

const UNDERLYING: Gives =
    Gives::Object(&[key("address", Gives::Text), key("token_kind", Gives::Text), key("weight", Gives::Text)]);
/// With the keys that its type has.
const ASSET: Gives = Gives::Object(&[
    key("identifier", Gives::Text),
    key("asset_type", Gives::Text),
    key("name", Gives::Maybe(&Gives::Text)),
    at_times("address", Gives::Text),
    at_times("evm_chain", Gives::Text),
    at_times("token_kind", Gives::Text),
    at_times("decimals", Gives::Maybe(&Gives::Int)),
    at_times("underlying_tokens", Gives::Maybe(&Gives::List(&UNDERLYING))),
    at_times("protocol", Gives::Maybe(&Gives::Text)),
    at_times("symbol", Gives::Maybe(&Gives::Text)),
    at_times("started", Gives::Maybe(&Gives::Int)),
    at_times("swapped_for", Gives::Maybe(&Gives::Text)),
    at_times("forked", Gives::Maybe(&Gives::Text)),
    at_times("cryptocompare", Gives::Maybe(&Gives::Text)),
    at_times("coingecko", Gives::Maybe(&Gives::Text)),
    at_times("notes", Gives::Maybe(&Gives::Text)),
    at_times("custom_asset_type", Gives::Maybe(&Gives::Text)),
]);
const PAGE: Gives = Gives::Object(&[
    key("entries", Gives::List(&ASSET)),
    key("entries_found", Gives::Int),
    key("entries_total", Gives::Int),
    key("entries_limit", Gives::Int),
]);

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
    let arguments = context.arguments()?;
    let mut query = Query::of(&arguments)?;
    if query.ignored != Ignored::Shown {
        query.judge(&wishes(&context, &user).await?.ignored)?;
    }
    let (limit, offset) = query.page.unwrap_or((-1, 0));
    let key = query.cut().key("assets_all", limit, offset);
    let read = context
        .read_global(move |transaction| settled(remembered::answer(transaction, &key, || page(transaction, &query))));
    Ok(read.await??)
}

fn page(transaction: &Transaction<'_>, query: &Query) -> Reading<Page> {
    let mut entries = entries(transaction, query)?;
    underlying(transaction, &mut entries)?;
    let entries_total = count(transaction, &Filter::default())?;
    let entries_found = count(transaction, &query.filter)?;
    Ok(Page { entries, entries_found, entries_total, entries_limit: -1 })
}

/// How many there are on all pages together.
fn count(transaction: &Transaction<'_>, filter: &Filter) -> Reading<i64> {
    Ok(rows::count(transaction, &Cut { filter, order: "" }.count(), &filter.values)?)
}

fn entries(transaction: &Transaction<'_>, query: &Query) -> Reading<IndexMap<String, Entry>> {
    let (limit, offset) = query.page.unwrap_or((-1, 0));
    let cut = query.cut();
    let mut select = transaction.prepare_cached(&cut.statement(COLUMNS, limit))?;
    let mut rows = select.query(cut.parameters(limit, offset))?;
    let mut entries = IndexMap::new();
    while let Some(row) = rows.next()? {
        keep(&mut entries, Entry::of(row)?)?;
    }
    Ok(entries)
}

fn keep(entries: &mut IndexMap<String, Entry>, entry: Entry) -> Reading<()> {
    match entries.insert(entry.identifier.clone(), entry) {
        None => Ok(()),
        Some(_) => Err(Halt::Odd("an asset with several rows of details")),
    }
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
    fn cut(&self) -> Cut<'_> {
        Cut { filter: &self.filter, order: &self.order }
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
