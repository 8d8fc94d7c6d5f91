//! The tokens that a token consists of.

use rusqlite::{OptionalExtension as _, params};

use super::given::Evm;
use crate::{
    db::{DbError, Transaction},
    handlers::refusals::broken,
};

/// Notes what a token consists of. A part that nobody knows yet becomes a token without a name.
///
/// The inner error is legacy's refusal.
pub(super) fn add(transaction: &Transaction<'_>, parent: &str, evm: &Evm) -> Result<Result<(), String>, DbError> {
    for part in &evm.underlying {
        if part.identifier == parent {
            return Ok(Err(format!("{parent} cannot be its own underlying token")));
        }
        let known = transaction
            .prepare_cached("SELECT identifier from evm_tokens WHERE address=? AND chain=?")?
            .query_row(params![part.address, evm.chain], |row| row.get::<_, String>(0))
            .optional()?;
        let added = known.map_or_else(
            || {
                let new = &part.identifier;
                transaction
                    .prepare_cached("INSERT INTO assets(identifier, name, type) VALUES(?, NULL, 'C')")?
                    .execute([new])?;
                transaction
                    .prepare_cached(
                        "INSERT INTO evm_tokens(identifier, address, chain, token_kind) VALUES(?, ?, ?, ?)",
                    )?
                    .execute(params![new, part.address, evm.chain, part.kind])?;
                transaction
                    .prepare_cached("INSERT INTO common_asset_details(identifier, cryptocompare) VALUES(?, '')")?
                    .execute([new])?;
                Ok(new.clone())
            },
            Ok,
        );
        let noted = added.and_then(|identifier| {
            transaction
                .prepare_cached(
                    "INSERT INTO underlying_tokens_list(identifier, weight, parent_token_entry) VALUES(?, ?, ?)",
                )?
                .execute([&identifier, &part.weight, parent])
        });
        if let Err(error) = noted {
            return match broken(&error) {
                Some(why) => Ok(Err(format!("Failed to add underlying tokens for {parent} due to {why}"))),
                None => Err(error.into()),
            };
        }
    }
    Ok(Ok(()))
}
