//! Arguments that name an asset which oracles may know: any but one that the user made up.

use rusqlite::OptionalExtension as _;

use crate::{
    db::{DbError, Transaction},
    handlers::{
        Context, Unanswered,
        asset_arguments::NFT,
        cells::{self, Reading, settled},
        filter::bindable,
    },
    schema::{assets::is_constant, needs::Tables},
    wire::validate::{Item, Question},
};

pub(super) const COLUMNS: Tables = &[
    "assets(identifier, type)",
    "asset_types(type)",
    "common_asset_details(identifier)",
    "custom_assets(identifier)",
    "evm_tokens(identifier, token_kind, chain, address)",
    "price_history(from_asset, to_asset, source_type)",
    // Read for a foreign key.
    "price_history_source_types(type)",
];

/// Answers which assets these are.
///
/// # Errors
/// Some that legacy takes apart, or finds somewhere else than in global.db.
pub(in crate::handlers) async fn with_oracles(
    context: &Context,
    questions: Vec<Question>,
) -> Result<Vec<Result<Item, String>>, Unanswered> {
    let identifiers: Vec<String> = questions.into_iter().map(|question| question.value).collect();
    for identifier in &identifiers {
        if bindable(identifier)?.starts_with(NFT) {
            return Err(Unanswered::declined("legacy takes identifiers of NFTs apart"));
        }
    }
    let read = context.read_global(move |transaction| {
        identifiers
            .into_iter()
            .map(|identifier| Ok((settled(found(transaction, &identifier))?, identifier)))
            .collect::<Result<Vec<_>, DbError>>()
    });
    let answers = read.await?.into_iter().map(|(found, identifier)| match found? {
        Found::Priced(spelled) => Ok(Ok(Item::Text(spelled))),
        Found::Custom => Ok(Err(format!(
            "Expected asset with identifier {identifier} to be AssetWithOracles but in fact it was CustomAsset"
        ))),
        Found::None if !is_constant(&identifier) => Ok(Err(format!("Unknown asset {identifier} provided."))),
        Found::None => Err(Unanswered::declined("legacy brings an asset along that the database does not have")),
        Found::Odd => Err(Unanswered::declined("an asset that legacy resolves in its own way")),
    });
    answers.collect()
}

enum Found {
    /// By this identifier.
    Priced(String),
    Custom,
    None,
    Odd,
}

/// Of an EVM token legacy takes the identifier that it builds from the row: here only where both agree. Solana tokens it
/// judges in its own way.
fn found(transaction: &Transaction<'_>, identifier: &str) -> Reading<Found> {
    let mut select = transaction.prepare_cached(
        "SELECT a.identifier, \
                a.type = '[' AND EXISTS(SELECT 1 FROM custom_assets WHERE identifier = a.identifier), \
                a.type IN (SELECT type FROM asset_types) AND a.type NOT IN ('Y', '[') \
                AND EXISTS(SELECT 1 FROM common_asset_details WHERE identifier = a.identifier) \
                AND (a.type != 'C' OR EXISTS(SELECT 1 FROM evm_tokens e WHERE e.identifier = a.identifier \
                     AND e.token_kind = 'A' AND a.identifier = 'eip155:' || e.chain || '/erc20:' || e.address)) \
         FROM assets a WHERE a.identifier = ?",
    )?;
    let asset = select.query_row([identifier], |row| {
        let (custom, priced) = (row.get(1)?, row.get(2)?);
        Ok(cells::string(row, 0).map(|spelled| match (custom, priced) {
            (true, _) => Found::Custom,
            (false, true) => Found::Priced(spelled),
            (false, false) => Found::Odd,
        }))
    });
    asset.optional()?.unwrap_or(Ok(Found::None))
}
