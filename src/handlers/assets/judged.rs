//! Assets that a schema asks about, judged by global.db.

use rusqlite::OptionalExtension as _;

use crate::{
    db::{DbError, Transaction},
    handlers::{
        Context, Unanswered,
        asset_arguments::NFT,
        cells::{self, Halt, Reading, settled},
        filter::bindable,
    },
    schema::assets::is_constant,
    wire::validate::{Item, Question},
};

/// Answers each question by `judge`.
///
/// # Errors
/// An NFT, which legacy takes apart, or what `judge` leaves to legacy.
pub(super) async fn judged(
    context: &Context,
    questions: Vec<Question>,
    judge: fn(&Transaction<'_>, &str) -> Reading<Result<Item, String>>,
) -> Result<Vec<Result<Item, String>>, Unanswered> {
    let mut given = Vec::new();
    for question in questions {
        if bindable(&question.value)?.starts_with(NFT) {
            return Err(Unanswered::declined("legacy takes identifiers of NFTs apart"));
        }
        given.push(question.value);
    }
    let read = move |transaction: &Transaction<'_>| -> Result<Result<Vec<_>, Unanswered>, DbError> {
        settled(given.iter().map(|given| judge(transaction, given)).collect())
    };
    context.read_global(read).await?
}

/// An asset's identifier as global.db spells it, and its type; or the refusal of one that it does not know.
pub(super) fn found(transaction: &Transaction<'_>, given: &str) -> Reading<Result<(String, String), String>> {
    let known = transaction
        .prepare_cached("SELECT identifier, type FROM assets WHERE identifier = ?")?
        .query_row([given], |row| Ok((cells::string(row, 0), cells::string(row, 1))))
        .optional()?;
    match known {
        Some((identifier, kind)) => Ok(Ok((identifier?, kind?))),
        None if is_constant(given) => Err(Halt::Odd("an asset that legacy brings along is missing")),
        None => Ok(Err(format!("Unknown asset {given} provided."))),
    }
}
