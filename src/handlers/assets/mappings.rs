//! `/api/1/assets/mappings`

use indexmap::IndexMap;
use rusqlite::Row;
use serde::Serialize;

use super::tables::{TABLES, chain, kind};
use crate::{
    db::Transaction,
    handlers::{
        Context, Handler,
        cells::{self, Halt, Reading, settled},
        filter::{list, texts},
        handler::Outcome,
    },
    wire::{
        Answer, Location,
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
    let arguments = context.arguments(&ARGUMENTS, Location::Json)?;
    let wanted = list(&texts(&arguments, "identifiers")?.unwrap_or_default())?;
    let nfts = wanted.clone();
    let mut mappings = context.read_global(move |transaction| settled(mappings(transaction, &wanted))).await??;
    mappings.assets.extend(context.read_user(&user, move |transaction| settled(owned(transaction, &nfts))).await??);
    Ok(Answer::ok(&mappings)?)
}

fn mappings(transaction: &Transaction<'_>, wanted: &str) -> Reading<Mappings> {
    let mut select = transaction.prepare_cached(&format!(
        "SELECT a.identifier, a.name, d.symbol, a.type, e.chain, u.type, d.coingecko, d.cryptocompare, \
                e.protocol, s.protocol, m.collection_id, c.name, c.symbol, c.main_asset, m.asset \
         FROM {TABLES} LEFT JOIN multiasset_mappings m ON a.identifier = m.asset \
         LEFT JOIN asset_collections c ON c.id = m.collection_id \
         WHERE a.identifier IN (SELECT value FROM json_each(?)) ORDER BY a.identifier, m.rowid"
    ))?;
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
