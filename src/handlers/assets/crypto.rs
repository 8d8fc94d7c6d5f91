//! The crypto asset that a request names, a token among them, or what legacy says to something else.

use rusqlite::OptionalExtension as _;

use super::token::{plain, stands_alone};
use crate::{
    db::{DbError, Transaction},
    handlers::{
        Context, Unanswered,
        asset_arguments::NFT,
        cells::{self, Halt, Reading, settled},
        filter::bindable,
    },
    schema::assets::{TOKEN_KINDS, is_constant, name_of},
    wire::validate::{Item, Question},
};

/// Answers what a schema asks about crypto assets (`AssetField(expected_type=CryptoAsset)`).
///
/// # Errors
/// An asset that legacy takes from somewhere else, or puts together of several.
pub(super) async fn crypto_assets(
    context: &Context,
    questions: Vec<Question>,
) -> Result<Vec<Result<Item, String>>, Unanswered> {
    let mut given = Vec::new();
    for question in questions {
        if bindable(&question.value)?.starts_with(NFT) {
            return Err(Unanswered::declined("legacy takes identifiers of NFTs apart"));
        }
        given.push(question.value);
    }
    let read = move |transaction: &Transaction<'_>| -> Result<Result<Vec<_>, Unanswered>, DbError> {
        settled(given.iter().map(|given| crypto(transaction, given)).collect())
    };
    context.read_global(read).await?
}

fn crypto(transaction: &Transaction<'_>, given: &str) -> Reading<Result<Item, String>> {
    let known = transaction
        .prepare_cached("SELECT identifier, type FROM assets WHERE identifier = ?")?
        .query_row([given], |row| Ok((cells::string(row, 0), cells::string(row, 1))))
        .optional()?;
    let Some((identifier, kind)) = known else {
        if is_constant(given) {
            return Err(Halt::Odd("an asset that legacy brings along is missing"));
        }
        return Ok(Err(format!("Unknown asset {given} provided.")));
    };
    let identifier = identifier?;
    let real = match kind?.as_str() {
        "C" => return plain(transaction, identifier).map(|identifier| Ok(Item::Text(identifier))),
        "Y" => return of_solana(transaction, identifier).map(|identifier| Ok(Item::Text(identifier))),
        "A" => "FiatAsset",
        "[" => "CustomAsset",
        _ => {
            stands_alone(transaction, &identifier)?;
            return Ok(Ok(Item::Text(identifier)));
        }
    };
    if is_constant(given) {
        return Err(Halt::Odd("legacy looks at the asset in the database that it brings along"));
    }
    Ok(Err(format!("Expected asset with identifier {given} to be CryptoAsset but in fact it was {real}")))
}

/// The identifier of a token of Solana that is called as its address and kind have it.
fn of_solana(transaction: &Transaction<'_>, identifier: String) -> Reading<String> {
    stands_alone(transaction, &identifier)?;
    let mut details =
        transaction.prepare_cached("SELECT token_kind, address FROM solana_tokens WHERE identifier = ?")?;
    let mut rows = details.query([&identifier])?;
    let row = rows.next()?.ok_or(Halt::Odd("a token without its details"))?;
    let (kind, address) = (cells::string(row, 0)?, cells::text(row, 1)?);
    let kind = name_of(&TOKEN_KINDS, &kind.as_str()).and_then(|kind| kind.strip_prefix("spl "));
    let called = kind.map(|kind| format!("solana/{kind}:{address}"));
    if called.as_ref() != Some(&identifier) {
        return Err(Halt::Odd("a token that is called otherwise than its kind and address"));
    }
    Ok(identifier)
}
