//! `/api/1/assets/search/levenshtein`

use rusqlite::{Row, params_from_iter};
use serde::Serialize;

use super::tables::{EVM_CHAIN, TABLES, Wishes, chain, is_ether, kind, wishes};
use crate::{
    db::Transaction,
    handlers::{
        Context, Handler, Unanswered,
        cells::{self, Halt, Reading, settled},
        filter::{Filter, containing},
        handler::Outcome,
    },
    schema::assets::{EVM_CHAINS, stored_as},
    session::who::User,
    wire::{
        Answer, Gives, Location,
        casefold::{folded, stripped},
        gives::{at_times, key},
        validate::{
            Fallback, Fault, Record, Schema,
            addresses::EVM_ADDRESS,
            field,
            texts::{BOOLEAN, INTEGER, STRING_OR_NONE},
        },
    },
};

/// `POST /api/1/assets/search/levenshtein`
pub const SEARCH: Handler =
    Handler::reads("assets_search_levenshtein", "POST /api/1/assets/search/levenshtein", |context| {
        Box::pin(search(context))
    })
    .needs_user(&["multisettings(name, value)", "settings(name, value)", "nfts(identifier, name, collection_name)"])
    .needs_global(&[
        "assets(identifier, type, name)",
        "common_asset_details(identifier, symbol)",
        "evm_tokens(identifier, address, chain)",
        "solana_tokens(identifier)",
        "custom_assets(identifier, type)",
    ])
    .long()
    .takes(&ARGUMENTS, Location::JsonOfResource)
    .gives(Gives::List(&FOUND));

/// An asset, or an NFT, which has a collection.
const FOUND: Gives = Gives::Object(&[
    key("identifier", Gives::Text),
    key("name", Gives::Maybe(&Gives::Text)),
    key("asset_type", Gives::Text),
    at_times("symbol", Gives::Maybe(&Gives::Text)),
    at_times("evm_chain", Gives::Text),
    at_times("custom_asset_type", Gives::Text),
    at_times("collection_name", Gives::Maybe(&Gives::Text)),
]);

static ARGUMENTS: Schema = Schema::new(&[
    field("value", STRING_OR_NONE).or(Fallback::Null),
    EVM_CHAIN,
    field("address", EVM_ADDRESS).or(Fallback::Null),
    field("limit", INTEGER).required(),
    field("search_nfts", BOOLEAN).or(Fallback::Bool(false)),
])
.checks(&[|data, _| {
    if data.is_null("value") && data.is_null("address") {
        return Err(Fault::message("Either value or address need to be provided"));
    }
    Ok(())
}]);

/// Farther than this, all are alike; so are those that were found by their address.
const FAR: usize = 100;

/// Assets and NFTs with a part of name or symbol in common, the most similar first.
async fn search(context: Context) -> Outcome {
    let user = context.user()?;
    let arguments = context.arguments()?;
    let limit = arguments.int("limit")?;
    let value = arguments.maybe_text("value")?.map(|value| folded(stripped(value)));
    let value = value.map(|value| value.ok_or_else(|| Unanswered::declined(UNFOLDED))).transpose()?;
    let search = Search { filter: filter(&arguments, value.as_deref())?, value };
    let wishes = wishes(&context, &user).await?;
    let nfts =
        if arguments.flag("search_nfts")? { nfts(&context, &user, search.value.clone()).await? } else { Vec::new() };
    let mut found = context.read_global(move |transaction| settled(search.found(transaction, &wishes))).await??;
    found.extend(nfts);
    found.sort_by_key(|(distance, _)| *distance);
    // A slice of Python's: a negative limit is counted from the end.
    let kept = match usize::try_from(limit) {
        Ok(limit) => limit,
        Err(_) => found.len().saturating_sub(usize::try_from(limit.unsigned_abs()).unwrap_or(usize::MAX)),
    };
    let shown: Vec<&Found> = found.iter().take(kept).map(|(_, found)| found).collect();
    Ok(Answer::ok(&shown)?)
}

const UNFOLDED: &str = "letters whose case depends on the version of Unicode";

fn filter(arguments: &Record, value: Option<&str>) -> Result<Filter, Unanswered> {
    let mut filter = Filter::default();
    if let Some(value) = value {
        let pattern = containing(value)?;
        filter.and_with("(a.name LIKE ? OR d.symbol LIKE ?)", pattern.clone());
        filter.values.push(pattern.into());
    }
    if let Some(chain) = arguments.maybe_text("evm_chain")? {
        filter.and_with("(e.chain = ? OR e.chain IS NULL)", stored_as(&EVM_CHAINS, chain));
    }
    if let Some(address) = arguments.maybe_text("address")? {
        filter.and_with("e.address = ?", address.to_owned());
    }
    Ok(filter)
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Found {
    Asset {
        identifier: String,
        name: Option<String>,
        symbol: Option<String>,
        asset_type: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        evm_chain: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        custom_asset_type: Option<String>,
    },
    Nft {
        identifier: String,
        name: Option<String>,
        collection_name: Option<String>,
        asset_type: &'static str,
    },
}

struct Search {
    value: Option<String>,
    filter: Filter,
}

impl Search {
    /// In the order of the table, each with its distance.
    fn found(&self, transaction: &Transaction<'_>, wishes: &Wishes) -> Reading<Vec<(usize, Found)>> {
        let mut select = transaction.prepare_cached(&format!(
            "SELECT a.identifier, a.name, d.symbol, e.chain, a.type, u.type FROM {TABLES} {} ORDER BY a.rowid",
            self.filter.clause()
        ))?;
        let mut rows = select.query(params_from_iter(&self.filter.values))?;
        let mut all = Vec::new();
        let mut ether = false;
        while let Some(row) = rows.next()? {
            let identifier = cells::text(row, 0)?;
            if wishes.ignored.contains(identifier) {
                continue;
            }
            let distance = distance_of_row(self.value.as_deref(), row)?;
            if self.value.is_some() && wishes.eth2_is_eth && is_ether(identifier) {
                if !ether {
                    all.push((distance, ether_found()));
                }
                ether = true;
                continue;
            }
            let asset = Found::Asset {
                identifier: identifier.to_owned(),
                name: cells::maybe_string(row, 1)?,
                symbol: cells::maybe_string(row, 2)?,
                asset_type: kind(row, 4)?,
                evm_chain: chain(row, 3)?,
                custom_asset_type: cells::maybe_string(row, 5)?,
            };
            all.push((distance, asset));
        }
        Ok(all)
    }
}

fn ether_found() -> Found {
    Found::Asset {
        identifier: "ETH".into(),
        name: Some("Ethereum".into()),
        symbol: Some("ETH".into()),
        asset_type: "own chain",
        evm_chain: None,
        custom_asset_type: None,
    }
}

/// The user's NFTs by name or collection; none are left out.
async fn nfts(context: &Context, user: &User, value: Option<String>) -> Result<Vec<(usize, Found)>, Unanswered> {
    let pattern = value.as_deref().map(containing).transpose()?;
    let read = context.read_user(user, move |transaction| {
        settled((|| {
            let mut select = transaction.prepare_cached(
                "SELECT identifier, name, collection_name FROM nfts \
                 WHERE ?1 IS NULL OR name LIKE ?1 OR collection_name LIKE ?1 ORDER BY rowid",
            )?;
            let mut rows = select.query([pattern])?;
            let mut all = Vec::new();
            while let Some(row) = rows.next()? {
                let nft = Found::Nft {
                    identifier: cells::string(row, 0)?,
                    name: cells::maybe_string(row, 1)?,
                    collection_name: cells::maybe_string(row, 2)?,
                    asset_type: "nft",
                };
                let Some(value) = &value else { return Err(Halt::Odd("an NFT, where nothing is compared")) };
                all.push((distance_of_row(Some(value), row)?, nft));
            }
            Ok(all)
        })())
    });
    read.await?
}

/// The lesser distance of the second and third column.
fn distance_of_row(value: Option<&str>, row: &Row<'_>) -> Reading<usize> {
    let mut least = FAR;
    let Some(value) = value else { return Ok(least) };
    for at in [1, 2] {
        if let Some(text) = cells::maybe_text(row, at)? {
            least = least.min(distance(value, &folded(text).ok_or(Halt::Odd(UNFOLDED))?));
        }
    }
    Ok(least)
}

/// Insertions, deletions and replacements of code points that make one text of the other, up to [`FAR`]. Texts come from
/// clients and may be long: only what is less than that apart is looked at, so the work grows with a text's length and
/// not with the product of both.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).map(|at| at.min(FAR)).collect();
    for (line, from) in from.chars().enumerate() {
        let (first, last) = (line.saturating_sub(FAR), to.len().min(line + 1 + FAR));
        if first >= to.len() && line >= FAR {
            return FAR;
        }
        let mut diagonal = row[first];
        row[first] = if first == 0 { (line + 1).min(FAR) } else { FAR };
        for (at, to) in to.iter().enumerate().take(last).skip(first) {
            let above = row[at + 1];
            let replaced = diagonal + usize::from(from != *to);
            row[at + 1] = replaced.min(above + 1).min(row[at] + 1).min(FAR);
            diagonal = above;
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All of the table.
    fn whole(from: &str, to: &str) -> usize {
        let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
        let mut table = vec![vec![0; to.len() + 1]; from.len() + 1];
        for i in 0..=from.len() {
            for j in 0..=to.len() {
                table[i][j] = match (i, j) {
                    (0, steps) | (steps, 0) => steps,
                    _ => {
                        let replaced = table[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
                        replaced.min(table[i - 1][j] + 1).min(table[i][j - 1] + 1)
                    }
                };
            }
        }
        table[from.len()][to.len()]
    }

    proptest! {
        #[test]
        fn a_distance_is_the_whole_tables_up_to_the_farthest(
            shared in "[abé]{0,160}", from in "[abc]{0,130}", to in "[abc]{0,130}",
        ) {
            for (from, to) in [(from.clone(), to.clone()), (shared.clone() + &from, shared.clone() + &to), (from + &shared, to + &shared)] {
                prop_assert_eq!(distance(&from, &to), whole(&from, &to).min(FAR), "{} {}", from, to);
            }
        }
    }

    #[test]
    fn long_texts_are_compared_in_no_more_than_their_length() {
        // The whole table has 10^11 cells; what is looked at of it, 6 * 10^7.
        let (long, other) = ("ab".repeat(150_000), "ba".repeat(150_000));
        assert_eq!((distance(&long, &long), distance(&long, &other), distance(&long, "ab")), (0, 2, FAR));
        assert_eq!((distance("", &long), distance(&long, "")), (FAR, FAR));
    }

    #[test]
    fn distances_are_levenshteins() {
        for (from, to, steps) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("flaw", "lawn", 2),
            ("é", "e", 1),
            ("ab", "ba", 2),
        ] {
            assert_eq!(distance(from, to), steps, "{from} {to}");
        }
    }
}
