//! What becomes of a new asset in global.db.

use rusqlite::{OptionalExtension as _, params};

use super::{given::Given, underlying};
use crate::{
    db::{DbError, Transaction},
    handlers::{
        Stop, Unanswered,
        cells::{self, settled},
        refusals::broken,
    },
    schema::assets::is_constant,
    wire::Answer,
};

/// Adds an asset under this identifier, unless legacy takes it for one that there is: a token of an EVM chain by its
/// identifier, any other by its type, name and symbol.
pub(super) fn add(transaction: &Transaction<'_>, asset: &Given, identifier: &str) -> Result<Result<(), Stop>, DbError> {
    match existing(transaction, asset, identifier)? {
        Ok(found) if found.is_empty() => {}
        Ok(found) => {
            return Ok(Err(refused(&format!(
                "Failed to add {} {} since it already exists. Existing ids: {}",
                asset.asset_type,
                asset.name,
                found.join(",")
            ))));
        }
        Err(why) => return Ok(Err(why.into())),
    }
    let constraint =
        |why: &str| refused(&format!("Failed to add asset {identifier} into the assets table due to {why}"));
    let added = transaction
        .prepare_cached("INSERT INTO assets(identifier, name, type) VALUES(?, ?, ?)")?
        .execute(params![identifier, asset.name, asset.stored_type]);
    if let Err(error) = added {
        return broken(&error).map(constraint).map_or(Err(error.into()), |refusal| Ok(Err(refusal)));
    }
    if let Err(refusal) = add_token(transaction, asset, identifier)? {
        return Ok(Err(refused(&refusal)));
    }
    let added = transaction
        .prepare_cached(
            "INSERT INTO common_asset_details(identifier, symbol, coingecko, cryptocompare, forked, started, \
             swapped_for) VALUES(?, ?, NULL, NULL, ?, ?, ?)",
        )?
        .execute(params![identifier, asset.symbol, asset.forked, asset.started, asset.swapped_for]);
    match added {
        Err(error) => broken(&error).map(constraint).map_or(Err(error.into()), |refusal| Ok(Err(refusal))),
        Ok(_) => Ok(Ok(())),
    }
}

/// The identifiers of what is taken for the same.
fn existing(
    transaction: &Transaction<'_>,
    asset: &Given,
    identifier: &str,
) -> Result<Result<Vec<String>, Unanswered>, DbError> {
    let of_evm = asset.token.as_ref().is_some_and(|token| token.evm.is_some());
    settled((|| {
        if of_evm {
            let mut select = transaction.prepare_cached("SELECT identifier FROM assets WHERE identifier=?")?;
            let found = select.query_row([identifier], |row| Ok(cells::string(row, 0))).optional()?.transpose()?;
            if found.is_none() && is_constant(identifier) {
                return Err(cells::Halt::Odd("an asset that legacy brings along is missing"));
            }
            return Ok(found.into_iter().collect());
        }
        let mut select = transaction.prepare_cached(
            "SELECT A.identifier from assets AS A JOIN common_asset_details as C ON A.identifier=C.identifier \
             WHERE A.type=? AND A.name=? AND C.symbol=?",
        )?;
        let mut rows = select.query(params![asset.stored_type, asset.name, asset.symbol])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(cells::string(row, 0)?);
        }
        Ok(found)
    })())
}

/// What a token has besides. The inner error is legacy's refusal.
fn add_token(transaction: &Transaction<'_>, asset: &Given, identifier: &str) -> Result<Result<(), String>, DbError> {
    let Some(token) = &asset.token else { return Ok(Ok(())) };
    let (added, family) = match &token.evm {
        Some(evm) => (
            transaction
                .prepare_cached(
                    "INSERT INTO evm_tokens(identifier, token_kind, address, chain, decimals, protocol) \
                     VALUES(?, ?, ?, ?, ?, ?)",
                )?
                .execute(params![identifier, token.kind, token.address, evm.chain, token.decimals, token.protocol]),
            "evm",
        ),
        None => (
            transaction
                .prepare_cached(
                    "INSERT INTO solana_tokens(identifier, token_kind, address, decimals, protocol) \
                     VALUES(?, ?, ?, ?, ?)",
                )?
                .execute(params![identifier, token.kind, token.address, token.decimals, token.protocol]),
            "solana",
        ),
    };
    match added {
        Err(error) if broken(&error).is_some() => {
            return Ok(Err(format!("{family} token with identifier {identifier} already exists in the DB")));
        }
        added => added?,
    };
    match &token.evm {
        Some(evm) => underlying::add(transaction, identifier, evm),
        None => Ok(Ok(())),
    }
}

pub(super) fn refused(message: &str) -> Stop {
    Stop::Refused(Answer::failure(409, message))
}
