//! What becomes of an edited asset in global.db.

use rusqlite::{OptionalExtension as _, params};

use super::{
    add::refused,
    given::{Given, Token},
    underlying,
};
use crate::{
    db::{DbError, Transaction},
    handlers::{
        Stop,
        cells::{self, settled},
        refusals::broken,
    },
    schema::assets::is_constant,
};

/// Edits the asset of this identifier. Its type as it was before does not count.
pub(super) fn edit(transaction: &Transaction<'_>, asset: &Given, given: &str) -> Result<Result<(), Stop>, DbError> {
    let mut select = transaction.prepare_cached("SELECT identifier FROM assets WHERE identifier=?")?;
    let found = settled(select.query_row([given], |row| Ok(cells::string(row, 0))).optional()?.transpose())?;
    let edited = match found {
        Err(why) => return Ok(Err(why.into())),
        Ok(None) if is_constant(given) => {
            return Ok(Err(Stop::declined("an asset that legacy brings along is missing")));
        }
        Ok(None) => Ok(Err(not_there(given))),
        Ok(Some(identifier)) => match &asset.token {
            Some(token) => edit_token(transaction, asset, token, &identifier),
            None => edit_other(transaction, asset, &identifier),
        },
    }?;
    Ok(edited.map_err(|refusal| refused(&refusal)))
}

fn not_there(identifier: &str) -> String {
    format!("Tried to edit non existing asset with identifier {identifier}")
}

const DETAILS: &str = "UPDATE common_asset_details SET symbol=?1, coingecko=NULL, cryptocompare=NULL, forked=?2, \
                       started=?3, swapped_for=?4 WHERE identifier=?5";
const ASSET: &str = "UPDATE assets SET name=?, type=? WHERE identifier=?";

/// What is neither a token of an EVM chain nor one of Solana.
fn edit_other(transaction: &Transaction<'_>, asset: &Given, identifier: &str) -> Result<Result<(), String>, DbError> {
    let details = if asset.asset_type == "fiat" {
        transaction
            .prepare_cached(
                "UPDATE common_asset_details SET symbol=?, coingecko=NULL, cryptocompare=NULL WHERE identifier=?",
            )?
            .execute(params![asset.symbol, identifier])
    } else {
        transaction.prepare_cached(DETAILS)?.execute(params![
            asset.symbol,
            asset.forked,
            asset.started,
            asset.swapped_for,
            identifier
        ])
    };
    let hit = |what: &str| {
        format!(
            "Failed to update DB entry for {what} with identifier {identifier} due to a constraint being hit. Make \
             sure the new values are valid."
        )
    };
    match details {
        Err(error) if broken(&error).is_some() => return Ok(Err(hit("common_asset_details"))),
        details => {
            if details? != 1 {
                return Ok(Err(not_there(identifier)));
            }
        }
    }
    match transaction.prepare_cached(ASSET)?.execute(params![asset.name, asset.stored_type, identifier]) {
        Err(error) if broken(&error).is_some() => Ok(Err(hit("asset"))),
        edited => edited.map(|_| Ok(())).map_err(Into::into),
    }
}

fn edit_token(
    transaction: &Transaction<'_>,
    asset: &Given,
    token: &Token,
    identifier: &str,
) -> Result<Result<(), String>, DbError> {
    let chain = token.evm.as_ref().map(|evm| format!(" at chain {}", evm.chain_name)).unwrap_or_default();
    let rows = |transaction: &Transaction<'_>| {
        transaction.prepare_cached(DETAILS)?.execute(params![
            asset.symbol,
            asset.forked,
            asset.started,
            asset.swapped_for,
            identifier
        ])?;
        transaction.prepare_cached(ASSET)?.execute(params![asset.name, asset.stored_type, identifier])?;
        match &token.evm {
            Some(evm) => transaction
                .prepare_cached(
                    "UPDATE evm_tokens SET token_kind=?, chain=?, address=?, decimals=?, protocol=? WHERE identifier=?",
                )?
                .execute(params![token.kind, evm.chain, token.address, token.decimals, token.protocol, identifier]),
            None => transaction
                .prepare_cached(
                    "UPDATE solana_tokens SET token_kind=?, address=?, decimals=?, protocol=? WHERE identifier=?",
                )?
                .execute(params![token.kind, token.address, token.decimals, token.protocol, identifier]),
        }
    };
    let edited = match rows(transaction) {
        Err(error) if broken(&error).is_some() => {
            return Ok(Err(format!(
                "Failed to update DB entry for token with address {}{chain} due to a constraint being hit. Make sure \
                 the new values are valid ",
                token.address
            )));
        }
        edited => edited?,
    };
    if edited != 1 {
        return Ok(Err(format!("Tried to edit non existing token with address {}{chain}", token.address)));
    }
    let Some(evm) = &token.evm else { return Ok(Ok(())) };
    transaction
        .prepare_cached("DELETE from underlying_tokens_list WHERE parent_token_entry=?")?
        .execute([identifier])?;
    underlying::add(transaction, identifier, evm)
}
