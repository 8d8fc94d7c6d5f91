//! `/api/1/assets/search`

use std::sync::{Arc, LazyLock};

use rusqlite::Row;
use serde::Serialize;

use super::{
    cut::Cut,
    tables::{EVM_CHAIN, Wishes, chain, is_ether, kind, wishes},
};
use crate::{
    db::{Remembered, Transaction},
    handlers::{
        Context, Handler, Unanswered,
        cells::{self, Halt, Reading, settled},
        filter::{Filter, bindable, containing, unlimited},
        handler::Outcome,
        ordering::{self, Columns},
    },
    schema::assets::{EVM_CHAINS, stored_as},
    wire::{
        Answer, Gives, Location,
        casefold::stripped,
        gives::{at_times, key},
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
            "custom_assets(identifier, type, notes)",
        ])
        .long()
        .takes(&ARGUMENTS, Location::JsonOfResource)
        .gives(Gives::List(&FOUND));

const FOUND: Gives = Gives::Object(&[
    key("identifier", Gives::Text),
    key("name", Gives::Maybe(&Gives::Text)),
    key("symbol", Gives::Maybe(&Gives::Text)),
    key("is_custom_asset", Gives::Flag),
    at_times("evm_chain", Gives::Text),
    at_times("custom_asset_type", Gives::Text),
]);

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
    let arguments = context.arguments()?;
    let filter = filter(&arguments)?;
    let terms = COLUMNS.terms(&arguments, "a.name COLLATE NOCASE DESC")?;
    let order = format!("ORDER BY {terms}, {}", ties(&arguments));
    let limit = arguments.maybe_int("limit")?.map_or(-1, unlimited);
    let wishes = wishes(&context, &user).await?;
    let read = context.read_global(move |transaction| settled(hits(transaction, &filter, &order, limit)));
    let hits = read.await??;
    let shown = settled(shown(&hits, &wishes))??;
    Ok(Answer::ok(&shown)?)
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
        // Without the hint SQLite looks at every asset for its symbol.
        (_, false) => filter.and_with("unlikely(d.symbol LIKE ?)", containing(value)?),
        (_, true) => filter.and_with("d.symbol = ?", bindable(value)?.to_owned()),
    }
    if let Some(chain) = arguments.maybe_text("evm_chain")? {
        filter.and_with("e.chain = ?", stored_as(&EVM_CHAINS, chain));
    }
    Ok(filter)
}

/// Something that is found.
#[derive(Debug)]
struct Hit {
    identifier: String,
    /// Otherwise what is odd about it, which is of no interest where it is not shown.
    found: Result<Found, &'static str>,
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

/// What is found, whoever asks.
type Hits = Arc<Vec<Hit>>;

impl Remembered for Hits {
    fn bytes(&self) -> usize {
        let of = |hit: &Hit| {
            let texts = hit.found.as_ref().map_or(0, |found| found.name.as_ref().map_or(0, String::len));
            2 * hit.identifier.len() + texts + 256
        };
        self.iter().map(of).sum()
    }
}

fn hits(transaction: &Transaction<'_>, filter: &Filter, order: &str, limit: i64) -> Reading<Hits> {
    let cut = Cut { filter, order };
    transaction.remembered(&cut.key("assets_search", limit, 0), || {
        let columns = "a.identifier, a.name, d.symbol, e.chain, a.type, u.type";
        let mut select = transaction.prepare_cached(&cut.statement(columns, limit))?;
        let mut rows = select.query(cut.parameters(limit, 0))?;
        let mut hits = Vec::new();
        while let Some(row) = rows.next()? {
            let found = match found(row) {
                Ok(found) => Ok(found),
                Err(Halt::Odd(what)) => Err(what),
                Err(error) => return Err(error),
            };
            hits.push(Hit { identifier: cells::string(row, 0)?, found });
        }
        Ok(Arc::new(hits))
    })
}

fn found(row: &Row<'_>) -> Reading<Found> {
    Ok(Found {
        identifier: cells::string(row, 0)?,
        name: cells::maybe_string(row, 1)?,
        symbol: cells::maybe_string(row, 2)?,
        is_custom_asset: kind(row, 4)? == "custom asset",
        evm_chain: chain(row, 3)?,
        custom_asset_type: cells::maybe_string(row, 5)?,
    })
}

/// Ether, if it is there once or twice.
static ETHER: LazyLock<Found> = LazyLock::new(|| Found {
    identifier: "ETH".into(),
    name: Some("Ethereum".into()),
    symbol: Some("ETH".into()),
    is_custom_asset: false,
    evm_chain: None,
    custom_asset_type: None,
});

/// What of it the user wants to see.
fn shown<'h>(hits: &'h [Hit], wishes: &Wishes) -> Reading<Vec<&'h Found>> {
    let mut shown = Vec::with_capacity(hits.len());
    let mut ether = false;
    for hit in hits.iter().filter(|hit| !wishes.ignored.contains(&hit.identifier)) {
        if wishes.eth2_is_eth && is_ether(&hit.identifier) {
            if !ether {
                shown.push(&*ETHER);
            }
            ether = true;
            continue;
        }
        shown.push(hit.found.as_ref().map_err(|what| Halt::Odd(what))?);
    }
    Ok(shown)
}
