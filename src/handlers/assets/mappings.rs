//! `/api/1/assets/mappings`

use indexmap::IndexMap;
use rusqlite::{Row, Statement};
use serde::Serialize;

use super::tables::{TABLES, chain, kind};
use crate::{
    db::Transaction,
    handlers::{
        Context, Handler,
        cells::{self, Halt, Reading, settled},
        filter::{list, texts},
        handler::Outcome,
        remembered,
    },
    wire::{
        Answer, Gives, Location,
        gives::{at_times, key},
        validate::{Kind, Schema, each, field, texts::NON_EMPTY_STRING},
    },
};

/// `POST /api/1/assets/mappings`
pub const QUERY: Handler =
    Handler::reads("assets_mappings", "POST /api/1/assets/mappings", |context| Box::pin(query(context)))
        .needs_user(&["nfts(identifier, name, collection_name, image_url)"])
        .needs_global(&[
            "assets(identifier, type, name)",
            "common_asset_details(identifier, symbol, cryptocompare, coingecko)",
            "evm_tokens(identifier, chain, protocol)",
            "solana_tokens(identifier, protocol)",
            "custom_assets(identifier, type)",
            "multiasset_mappings(collection_id, asset)",
            "asset_collections(id, name, symbol, main_asset)",
        ])
        .takes(&ARGUMENTS, Location::Json)
        .refuses(&[401])
        .gives(MAPPINGS);

/// Assets, and NFTs, which have a collection and an image.
const MAPPINGS: Gives = Gives::Object(&[
    key(
        "assets",
        Gives::Mapping(&Gives::Object(&[
            key("name", Gives::Maybe(&Gives::Text)),
            key("asset_type", Gives::Text),
            at_times("symbol", Gives::Maybe(&Gives::Text)),
            at_times("evm_chain", Gives::Text),
            at_times("custom_asset_type", Gives::Text),
            at_times("collection_id", Gives::Text),
            at_times("is_spam", Gives::Flag),
            at_times("coingecko", Gives::Text),
            at_times("cryptocompare", Gives::Text),
            at_times("collection_name", Gives::Maybe(&Gives::Text)),
            at_times("image_url", Gives::Maybe(&Gives::Text)),
        ])),
    ),
    key(
        "asset_collections",
        Gives::Mapping(&Gives::Object(&[
            key("name", Gives::Text),
            key("symbol", Gives::Text),
            key("main_asset", Gives::Text),
        ])),
    ),
]);

static ARGUMENTS: Schema = Schema::new(&[field("identifiers", Kind::Delimited(&each(NON_EMPTY_STRING))).required()]);

#[derive(Debug, Default, Serialize)]
struct Mappings {
    assets: IndexMap<String, Asset>,
    asset_collections: IndexMap<String, Collection>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Asset {
    Known {
        name: Option<String>,
        symbol: Option<String>,
        asset_type: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        evm_chain: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        custom_asset_type: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        collection_id: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        is_spam: Option<bool>,
        #[serde(skip_serializing_if = "Option::is_none")]
        coingecko: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cryptocompare: Option<String>,
    },
    Nft {
        name: Option<String>,
        asset_type: &'static str,
        collection_name: Option<String>,
        image_url: Option<String>,
    },
}

#[derive(Debug, Serialize)]
struct Collection {
    name: String,
    symbol: String,
    main_asset: String,
}

/// Names and symbols of assets and NFTs, and the collections they are in. What is not known is left out.
async fn query(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let wanted = list(&texts(&arguments, "identifiers")?.unwrap_or_default())?;
    let nfts = wanted.clone();
    let nfts = context.read_user(&user, move |transaction| settled(owned(transaction, &nfts))).await??;
    if nfts.is_empty() {
        let key = format!("assets_mappings {wanted}");
        let read = move |transaction: &Transaction<'_>| {
            settled(remembered::answer(transaction, &key, || mappings(transaction, &wanted)))
        };
        return Ok(context.read_global(read).await??);
    }
    let mut mappings = context.read_global(move |transaction| settled(mappings(transaction, &wanted))).await??;
    mappings.assets.extend(nfts);
    Ok(Answer::ok(&mappings)?)
}

/// How members of collections are found. Compared without regard to case, every one of them has to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Membership {
    /// By the index: all of them are spelled as the assets are.
    Exact,
    /// One by one.
    Folded,
}

impl Membership {
    fn of(transaction: &Transaction<'_>) -> Reading<Self> {
        let folded = transaction.remembered(FOLDED, || {
            Ok::<bool, Halt>(transaction.prepare_cached(FOLDED)?.query_row([], |row| row.get(0))?)
        })?;
        Ok(if folded { Self::Folded } else { Self::Exact })
    }

    fn condition(self) -> &'static str {
        match self {
            // The left side says whether case counts.
            Self::Exact => "m.asset = a.identifier",
            Self::Folded => "a.identifier = m.asset",
        }
    }
}

/// Whether an asset is spelled differently in a collection.
const FOLDED: &str = "SELECT EXISTS (SELECT 1 FROM multiasset_mappings m JOIN assets a ON a.identifier = m.asset \
     WHERE m.asset != a.identifier)";

fn statement(membership: Membership) -> String {
    format!(
        "SELECT a.identifier, a.name, d.symbol, a.type, e.chain, u.type, d.coingecko, d.cryptocompare, \
                e.protocol, s.protocol, m.collection_id, c.name, c.symbol, c.main_asset, m.asset \
         FROM {TABLES} LEFT JOIN multiasset_mappings m ON {} \
         LEFT JOIN asset_collections c ON c.id = m.collection_id \
         WHERE a.identifier IN (SELECT value FROM json_each(?)) ORDER BY a.identifier, m.rowid",
        membership.condition()
    )
}

fn mappings(transaction: &Transaction<'_>, wanted: &str) -> Reading<Mappings> {
    let mut select = transaction.prepare_cached(&statement(Membership::of(transaction)?))?;
    read(&mut select, wanted)
}

fn read(select: &mut Statement<'_>, wanted: &str) -> Reading<Mappings> {
    let mut rows = select.query([wanted])?;
    let mut mappings = Mappings::default();
    while let Some(row) = rows.next()? {
        let collection = cells::maybe_int(row, 10)?.map(|id| id.to_string());
        if let Some(id) = &collection {
            // Which of several collections comes last then depends on how many assets are asked for.
            if cells::text(row, 14)? != cells::text(row, 0)? {
                return Err(Halt::Odd("an asset spelled differently in its collection"));
            }
            mappings.asset_collections.insert(id.clone(), collection_of(row)?);
        }
        // An asset in several collections shows the last.
        mappings.assets.insert(cells::string(row, 0)?, asset(row, collection)?);
    }
    Ok(mappings)
}

fn collection_of(row: &Row<'_>) -> Reading<Collection> {
    Ok(Collection {
        name: cells::string(row, 11)?,
        symbol: cells::string(row, 12)?,
        main_asset: cells::string(row, 13)?,
    })
}

fn asset(row: &Row<'_>, collection_id: Option<String>) -> Reading<Asset> {
    let spam = [cells::maybe_text(row, 8)?, cells::maybe_text(row, 9)?].contains(&Some("spam"));
    Ok(Asset::Known {
        name: cells::maybe_string(row, 1)?,
        symbol: cells::maybe_string(row, 2)?,
        asset_type: kind(row, 3)?,
        evm_chain: chain(row, 4)?,
        custom_asset_type: cells::maybe_string(row, 5)?,
        collection_id,
        is_spam: spam.then_some(true),
        coingecko: cells::maybe_string(row, 6)?,
        cryptocompare: cells::maybe_string(row, 7)?,
    })
}

/// The user's NFTs among what is wanted.
fn owned(transaction: &Transaction<'_>, wanted: &str) -> Reading<Vec<(String, Asset)>> {
    let mut select = transaction.prepare_cached(
        "SELECT identifier, name, collection_name, image_url FROM nfts \
         WHERE identifier IN (SELECT value FROM json_each(?)) ORDER BY identifier",
    )?;
    let mut rows = select.query([wanted])?;
    let mut nfts = Vec::new();
    while let Some(row) = rows.next()? {
        let nft = Asset::Nft {
            name: cells::maybe_string(row, 1)?,
            asset_type: "nft",
            collection_name: cells::maybe_string(row, 2)?,
            image_url: cells::maybe_string(row, 3)?,
        };
        nfts.push((cells::string(row, 0)?, nft));
    }
    Ok(nfts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handlers::assets::examples::{ASSETS, Example, identifier, plan};

    /// As one text; None if it is left to legacy.
    fn told(read: Reading<Mappings>) -> Option<String> {
        match read {
            Ok(mappings) => Some(serde_json::to_string(&mappings).unwrap()),
            Err(Halt::Odd(_)) => None,
            Err(Halt::Database(error)) => panic!("{error}"),
        }
    }

    /// What each of many requests gives, by this way of finding members, and by the one that is chosen.
    async fn given(example: &Example, membership: Membership) -> [Vec<Option<String>>; 2] {
        let read = example.database.read(move |transaction| {
            let mut all: Vec<String> = (0..ASSETS).map(identifier).collect();
            all.extend(["nothing", "coin7", "COIN332", "SOLANA/TOKEN:so3", ""].map(str::to_owned));
            let wanted = all.chunks(1).chain(all.chunks(7)).chain(all.chunks(450));
            let wanted: Vec<String> = wanted.map(|some| serde_json::to_string(some).unwrap()).collect();
            let mut select = transaction.prepare_cached(&statement(membership))?;
            let plainly = wanted.iter().map(|wanted| told(read(&mut select, wanted))).collect();
            Ok([plainly, wanted.iter().map(|wanted| told(mappings(transaction, wanted))).collect()])
        });
        read.await.unwrap()
    }

    #[tokio::test]
    async fn members_are_found_by_the_index_as_they_are_without_it() {
        let example = Example::new();
        let [plainly, chosen] = given(&example, Membership::Folded).await;
        assert_eq!(chosen, plainly);
        assert!(
            chosen.iter().all(Option::is_some) && chosen.iter().flatten().any(|told| told.contains("Collection 20"))
        );
        // Nobody's asset but for its case: the index would not find it, and nothing says where legacy would show it.
        example
            .stranger()
            .execute("UPDATE multiasset_mappings SET asset = 'coin12' WHERE asset = 'COIN12'", [])
            .unwrap();
        let [plainly, chosen] = given(&example, Membership::Folded).await;
        assert_eq!(chosen, plainly);
        assert!(chosen.iter().any(Option::is_none) && chosen.iter().any(Option::is_some));
        assert_ne!(given(&example, Membership::Exact).await[0], chosen);
    }

    #[tokio::test]
    async fn no_table_is_looked_through_for_a_few_assets() {
        let explain = |transaction: &Transaction<'_>| Ok(plan(transaction, &statement(Membership::Exact), ["[]"]));
        let plan = Example::new().database.read(explain).await.unwrap();
        let scans: Vec<&str> = plan.lines().filter(|line| line.contains("SCAN")).collect();
        assert_eq!(scans, ["SCAN json_each VIRTUAL TABLE INDEX 1:"], "{plan}");
        assert!(plan.contains("SEARCH m USING INDEX idx_multiasset_mappings_"), "{plan}");
    }
}
