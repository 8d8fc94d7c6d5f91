//! What `/api/1/assets/all` can be asked for.

use std::collections::HashSet;

use num_bigint::BigInt;
use num_traits::ToPrimitive as _;

use super::tables::EVM_CHAIN;
use crate::{
    handlers::{
        Stop, Unanswered,
        filter::{Filter, bindable, containing, list, texts},
        ordering::{self, Columns},
    },
    schema::assets::{EVM_CHAINS, TYPE_NAMES, TYPES, stored_as},
    wire::validate::{
        Fallback, Fault, Item, Kind, Members, Pass, Record, Schema,
        addresses::{checksummed, is_solana},
        each, field,
        texts::{BOOLEAN, NON_EMPTY_STRING, STRING_OR_NONE},
    },
};

static TYPE: Members = Members::of("AssetType", &TYPE_NAMES);
static IGNORED: Members = Members::of("IgnoredAssetsHandling", &["none", "exclude", "show only"]);

/// Its arguments.
pub(super) static ARGUMENTS: Schema = Schema::new(&[
    ordering::ORDER_BY,
    ordering::ASCENDING,
    ordering::LIMIT,
    ordering::OFFSET,
    field("name", STRING_OR_NONE).or(Fallback::Null),
    field("symbol", STRING_OR_NONE).or(Fallback::Null),
    field("asset_type", Kind::Member(&TYPE)).or(Fallback::Null),
    field("address", STRING_OR_NONE).or(Fallback::Null),
    EVM_CHAIN,
    field("ignored_assets_handling", Kind::Member(&IGNORED)).or(Fallback::Member("none")),
    field("show_user_owned_assets_only", BOOLEAN).or(Fallback::Bool(false)),
    field("show_whitelisted_assets_only", BOOLEAN).or(Fallback::Bool(false)),
    field("identifiers", Kind::Delimited(&each(NON_EMPTY_STRING))).or(Fallback::Null),
])
.checks(&[ordering::both_or_none, plausible])
.after(with_address);

fn plausible(data: &Record, _: &Pass<'_>) -> Result<(), Fault> {
    if matches!(data.maybe_list(ordering::ORDER_BY.name), Ok(Some([_, _, ..]))) {
        return Err(Fault::at(ordering::ORDER_BY.name, "Multiple fields ordering is not allowed."));
    }
    let other_type = !matches!(data.maybe_text("asset_type"), Ok(None | Some("evm token")));
    if other_type && !data.is_null("evm_chain") {
        return Err(Fault::at("evm_chain", "Filtering by evm_chain is only supported for evm tokens"));
    }
    Ok(())
}

/// An address of Solana as it is, one of EVM chains with its checksum.
fn with_address(mut data: Record, _: &Pass<'_>) -> Result<Item, Fault> {
    let Ok(Some(address)) = data.maybe_text("address") else { return Ok(Item::Record(data)) };
    if !is_solana(address) {
        let spelled = checksummed(address).ok_or_else(|| {
            Fault::at("address", format!("Given value {address} is not a valid EVM or Solana address"))
        })?;
        data.insert("address", Item::Text(spelled));
    }
    Ok(Item::Record(data))
}

const COLUMNS: Columns = Columns {
    known: &[
        ("identifier", "a.identifier"),
        ("type", "a.type"),
        ("address", "ifnull(e.address, s.address)"),
        ("decimals", "ifnull(e.decimals, s.decimals)"),
        ("name", "a.name"),
        ("symbol", "d.symbol"),
        ("started", "d.started"),
        ("forked", "d.forked"),
        ("swapped_for", "d.swapped_for"),
        ("coingecko", "d.coingecko"),
        ("cryptocompare", "d.cryptocompare"),
        ("protocol", "ifnull(e.protocol, s.protocol)"),
        ("chain", "e.chain"),
        ("token_kind", "ifnull(e.token_kind, s.token_kind)"),
        ("notes", "u.notes"),
        ("custom_asset_type", "u.type"),
    ],
    ambiguous: &[],
    collation: " COLLATE NOCASE",
};

/// Which assets are shown, beside those that the filter asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ignored {
    /// Ignored or not.
    Shown,
    /// Not the ignored ones.
    Hidden,
    /// The ignored ones.
    Alone,
}

/// What is asked for.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) filter: Filter,
    pub(super) order: String,
    /// Limit and offset; `None` for everything.
    pub(super) page: Option<(i64, i64)>,
    pub(super) ignored: Ignored,
}

impl Query {
    pub(super) fn of(arguments: &Record) -> Result<Self, Stop> {
        let filter = filter(arguments)?;
        let terms = COLUMNS.terms(arguments, "a.name COLLATE NOCASE DESC")?;
        let order = format!("ORDER BY {terms}, {}", ties(arguments)?);
        let ignored = match arguments.text("ignored_assets_handling")? {
            "none" => Ignored::Shown,
            "exclude" => Ignored::Hidden,
            _ => Ignored::Alone,
        };
        Ok(Self { filter, order, page: page(arguments), ignored })
    }

    /// Leaves out what the user ignores, or everything else.
    pub(super) fn judge(&mut self, ignored: &HashSet<String>) -> Result<(), Unanswered> {
        // Identifiers are compared without regard to case; what is ignored is so in one spelling.
        let condition = match self.ignored {
            Ignored::Shown => return Ok(()),
            Ignored::Hidden => "a.identifier COLLATE BINARY NOT IN (SELECT value FROM json_each(?))",
            Ignored::Alone => "a.identifier COLLATE BINARY IN (SELECT value FROM json_each(?))",
        };
        let mut ignored = ignored.iter().map(|identifier| bindable(identifier)).collect::<Result<Vec<_>, _>>()?;
        // The same every time.
        ignored.sort_unstable();
        self.filter.and_with(condition, serde_json::to_string(&ignored)?);
        Ok(())
    }
}

/// Legacy counts by itself: a limit of 0 or less is reached with the first row.
fn page(arguments: &Record) -> Option<(i64, i64)> {
    let bounded = |number: &BigInt| number.to_i64().unwrap_or(if *number < BigInt::ZERO { 0 } else { i64::MAX });
    match (arguments.get("limit"), arguments.get("offset")) {
        (Some(Item::Int(limit)), Some(Item::Int(offset))) => Some((bounded(limit).max(1), bounded(offset).max(0))),
        _ => None,
    }
}

/// The order in which legacy's query plan comes by the assets, which is that of equals.
fn ties(arguments: &Record) -> Result<&'static str, Unanswered> {
    let listed = !arguments.is_null("identifiers")
        || arguments.flag("show_user_owned_assets_only")?
        || arguments.flag("show_whitelisted_assets_only")?;
    let chain = !arguments.is_null("evm_chain");
    Ok(match (listed, chain) {
        (true, _) => "a.identifier",
        // Ordered by chain as well, it goes along an index that has the chain in it.
        (false, true) if ordering::is_by(arguments, "chain") => "e.identifier",
        (false, true) => "e.rowid",
        (false, false) => "a.rowid",
    })
}

fn filter(arguments: &Record) -> Result<Filter, Unanswered> {
    let mut filter = Filter::default();
    if let Some(name) = arguments.maybe_text("name")? {
        filter.and_with("a.name LIKE ?", containing(name)?);
    }
    if let Some(symbol) = arguments.maybe_text("symbol")? {
        // Without the hint SQLite looks at every asset for its symbol.
        filter.and_with("unlikely(d.symbol LIKE ?)", containing(symbol)?);
    }
    if let Some(kind) = arguments.maybe_text("asset_type")? {
        filter.and_with("a.type = ?", stored_as(&TYPES, kind).map(str::to_owned));
    }
    if let Some(identifiers) = texts(arguments, "identifiers")? {
        filter.and_with("a.identifier IN (SELECT value FROM json_each(?))", list(&identifiers)?);
    }
    if arguments.flag("show_user_owned_assets_only")? {
        filter.and("a.identifier IN (SELECT asset_id FROM user_owned_assets)");
    }
    if let Some(chain) = arguments.maybe_text("evm_chain")? {
        filter.and_with("e.chain = ?", stored_as(&EVM_CHAINS, chain));
    }
    if let Some(address) = arguments.maybe_text("address")? {
        filter.and_with("ifnull(e.address, s.address) = ?", bindable(address)?.to_owned());
    }
    if arguments.flag("show_whitelisted_assets_only")? {
        filter.and("a.identifier IN (SELECT value FROM general_cache WHERE key = 'SPAM_ASSET_FALSE_POSITIVE')");
    }
    Ok(filter)
}

#[cfg(test)]
mod tests {
    use rusqlite::params_from_iter;

    use super::*;
    use crate::handlers::assets::{
        cut::Cut,
        examples::{ASSETS, Example},
    };

    #[tokio::test]
    async fn what_is_ignored_is_so_in_one_spelling() {
        let example = Example::new();
        let all = i64::try_from(ASSETS).unwrap();
        for (ignored, found) in [(Ignored::Shown, all), (Ignored::Hidden, all - 1), (Ignored::Alone, 1)] {
            let mut query = Query { filter: Filter::default(), order: String::new(), page: None, ignored };
            query.judge(&["coin2", "COIN7", "nobody", "a\"b"].map(str::to_owned).into()).unwrap();
            let counted = example.database.read(move |transaction| {
                let statement = Cut { filter: &query.filter, order: "" }.count();
                Ok(transaction
                    .query_row(&statement, params_from_iter(&query.filter.values), |row| row.get::<_, i64>(0))?)
            });
            assert_eq!(counted.await.unwrap(), found, "{ignored:?}");
        }
    }
}
