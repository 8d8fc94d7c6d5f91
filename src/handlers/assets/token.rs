//! The token of an EVM chain that a request names, or what legacy says to something else.

use super::judged::{found, judged};
use crate::{
    db::Transaction,
    handlers::{
        Context, Unanswered,
        cells::{self, Halt, Reading},
        rows,
    },
    schema::{
        assets::{EVM_CHAINS, TOKEN_KINDS, is_constant, name_of},
        needs::Tables,
    },
    wire::validate::{Item, Kind, Question, Schema, field},
};

/// What is read to know it, and `general_cache`, which its users change.
pub(super) const COLUMNS: Tables = &[
    "assets(identifier, type)",
    "common_asset_details(identifier, forked, swapped_for)",
    "evm_tokens(identifier, token_kind, chain, address)",
    "underlying_tokens_list(identifier, weight, parent_token_entry)",
    "general_cache(key, value)",
];
/// Likewise, and whether it is spam.
pub(super) const SPAM_COLUMNS: Tables = &[
    "assets(identifier, type)",
    "common_asset_details(identifier, forked, swapped_for)",
    "evm_tokens(identifier, token_kind, chain, address, protocol)",
    "underlying_tokens_list(identifier, weight, parent_token_entry)",
];

/// `token` of a request.
pub(super) static TOKEN: Schema = Schema::new(&[field("token", Kind::Asset("token")).required()]);

/// Kinds of tokens that EVM chains have.
const EVM_KINDS: [&str; 2] = ["erc20", "erc721"];

/// Answers what a schema asks about tokens (`AssetField(expected_type=EvmToken)`).
///
/// # Errors
/// A token that legacy takes from somewhere else, or puts together of several.
pub(super) async fn tokens(
    context: &Context,
    questions: Vec<Question>,
) -> Result<Vec<Result<Item, String>>, Unanswered> {
    judged(context, questions, token).await
}

fn token(transaction: &Transaction<'_>, given: &str) -> Reading<Result<Item, String>> {
    let (identifier, kind) = match found(transaction, given)? {
        Ok(found) => found,
        Err(unknown) => return Ok(Err(unknown)),
    };
    // Legacy asks for a crypto asset first, under the name as it was given, and then for a token.
    let (named, expected, real) = match kind.as_str() {
        "C" => return plain(transaction, identifier).map(|identifier| Ok(Item::Text(identifier))),
        "A" => (given, "CryptoAsset", "FiatAsset"),
        "[" => (given, "CryptoAsset", "CustomAsset"),
        "Y" => return Err(Halt::Odd("a token of another family of chains")),
        _ => {
            stands_alone(transaction, &identifier)?;
            (identifier.as_str(), "EvmToken", "CryptoAsset")
        }
    };
    if is_constant(named) {
        return Err(Halt::Odd("legacy looks at the asset in the database that it brings along"));
    }
    Ok(Err(format!("Expected asset with identifier {named} to be {expected} but in fact it was {real}")))
}

/// The identifier of a token that is called as its chain and address have it, and that legacy can put together.
pub(super) fn plain(transaction: &Transaction<'_>, identifier: String) -> Reading<String> {
    stands_alone(transaction, &identifier)?;
    let mut details =
        transaction.prepare_cached("SELECT token_kind, chain, address FROM evm_tokens WHERE identifier = ?")?;
    let mut rows = details.query([&identifier])?;
    let row = rows.next()?.ok_or(Halt::Odd("a token without its details"))?;
    let (kind, chain, address) = (cells::string(row, 0)?, cells::int(row, 1)?, cells::text(row, 2)?);
    let Some(kind) = name_of(&TOKEN_KINDS, &kind.as_str()).filter(|kind| EVM_KINDS.contains(kind)) else {
        return Err(Halt::Odd("a token of an unusual kind"));
    };
    // Of a collection one piece may stand behind it.
    let piece = identifier.strip_prefix(&format!("eip155:{chain}/{kind}:{address}"));
    let called_so = match piece.map(|piece| piece.strip_prefix('/').ok_or(piece)) {
        Some(Err(nothing)) => nothing.is_empty(),
        Some(Ok(piece)) => kind == "erc721" && !piece.contains('/'),
        None => false,
    };
    if !called_so || name_of(&EVM_CHAINS, &chain).is_none() {
        return Err(Halt::Odd("a token that is called otherwise than its chain and address"));
    }
    consists_of_tokens(transaction, &identifier)?;
    Ok(identifier)
}

/// Whether legacy can read what a token consists of: tokens, and their weights.
fn consists_of_tokens(transaction: &Transaction<'_>, identifier: &str) -> Reading<()> {
    let parts = "SELECT B.token_kind, A.weight FROM underlying_tokens_list AS A \
                 JOIN evm_tokens AS B ON A.identifier = B.identifier WHERE A.parent_token_entry = ?";
    for part in rows::select(transaction, parts, [identifier])? {
        let kind = part.text(0).ok().and_then(|kind| name_of(&TOKEN_KINDS, &kind));
        if !kind.is_some_and(|kind| EVM_KINDS.contains(&kind)) || part.amount(1).is_err() {
            return Err(Halt::Odd("what a token consists of"));
        }
    }
    Ok(())
}

/// Whether an asset names no other, which legacy would look up along with it.
pub(super) fn stands_alone(transaction: &Transaction<'_>, identifier: &str) -> Reading<()> {
    let mut others =
        transaction.prepare_cached("SELECT forked, swapped_for FROM common_asset_details WHERE identifier = ?")?;
    let mut rows = others.query([identifier])?;
    let row = rows.next()?.ok_or(Halt::Odd("an asset without its details"))?;
    match (cells::maybe_text(row, 0)?, cells::maybe_text(row, 1)?) {
        (None, None) => Ok(()),
        _ => Err(Halt::Odd("an asset that names another")),
    }
}
