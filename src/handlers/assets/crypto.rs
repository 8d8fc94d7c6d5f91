//! The crypto asset that a request names, a token among them, or what legacy says to something else.

use super::{
    judged::{found, judged},
    token::{plain, stands_alone},
};
use crate::{
    db::Transaction,
    handlers::{
        Context, Unanswered,
        cells::{self, Halt, Reading},
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
    judged(context, questions, crypto).await
}

fn crypto(transaction: &Transaction<'_>, given: &str) -> Reading<Result<Item, String>> {
    let (identifier, kind) = match found(transaction, given)? {
        Ok(found) => found,
        Err(unknown) => return Ok(Err(unknown)),
    };
    let real = match kind.as_str() {
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
