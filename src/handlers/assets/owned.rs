//! `/api/1/assets`

use std::collections::BTreeSet;

use rusqlite::OptionalExtension as _;

use crate::{
    db::Transaction,
    handlers::{
        Context, Handler, Unanswered,
        asset_arguments::NFT,
        cells::{self, Halt, Reading, settled},
        handler::Outcome,
    },
    schema::assets::is_constant,
    session::who::User,
    wire::{Answer, Gives, validate::addresses::checksummed},
};

/// `GET /api/1/assets`
pub const LIST: Handler = Handler::reads("assets_owned", "GET /api/1/assets", |context| Box::pin(list(context)))
    .needs_user(&[
        "manually_tracked_balances(asset, category)",
        "timed_balances(currency, category)",
        "margin_positions(pl_currency, fee_currency)",
        "history_events(asset)",
    ])
    .needs_global(&["assets(identifier)"])
    .long()
    .refuses(&[401])
    .gives(Gives::List(&Gives::Text));

/// Assets that the user has or had. Legacy lists a set, in an order that chance decides per process; here they are
/// ordered by identifier.
async fn list(context: Context) -> Outcome {
    let user = context.login()?;
    Ok(Answer::ok(&of(&context, &user).await?)?)
}

/// Assets that this user has or had.
///
/// # Errors
/// One is not there, of which legacy would warn, or stored in an odd form.
pub async fn of(context: &Context, user: &User) -> Result<BTreeSet<String>, Unanswered> {
    let held = context.read_user(user, |transaction| settled(held(transaction))).await??;
    let known = context.read_global(move |transaction| settled(known(transaction, held))).await??;
    Ok(known)
}

/// Whether an asset is an NFT, of which global.db knows nothing.
#[must_use]
pub fn is_nft(identifier: &str) -> bool {
    identifier.starts_with(NFT)
}

/// Identifiers in the user's database, and whether legacy warns about one that it does not know.
pub(super) fn held(transaction: &Transaction<'_>) -> Reading<BTreeSet<(String, bool)>> {
    let mut all = BTreeSet::new();
    for (statement, warns) in [
        ("SELECT DISTINCT asset FROM manually_tracked_balances WHERE category != 'B'", true),
        ("SELECT DISTINCT currency FROM timed_balances WHERE category != 'B'", false),
        ("SELECT DISTINCT pl_currency FROM margin_positions", false),
        ("SELECT DISTINCT fee_currency FROM margin_positions", false),
        ("SELECT DISTINCT asset FROM history_events", false),
    ] {
        let mut select = transaction.prepare_cached(statement)?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            if let Some(identifier) = cells::maybe_string(row, 0)? {
                all.insert((identifier, warns));
            }
        }
    }
    Ok(all)
}

/// Those that global.db knows, as it spells them.
pub(super) fn known(transaction: &Transaction<'_>, held: BTreeSet<(String, bool)>) -> Reading<BTreeSet<String>> {
    let mut select = transaction.prepare_cached("SELECT identifier FROM assets WHERE identifier = ?")?;
    let mut known = BTreeSet::new();
    for (identifier, warns) in held {
        if is_nft(&identifier) {
            if !is_plain_nft(&identifier) {
                return Err(Halt::Odd("an NFT that legacy may not take apart"));
            }
            known.insert(identifier);
            continue;
        }
        match select.query_row([&identifier], |row| Ok(cells::string(row, 0))).optional()?.transpose()? {
            Some(spelled) => {
                known.insert(spelled);
            }
            None if warns || is_constant(&identifier) => return Err(Halt::Odd("an asset that is not there")),
            None => {}
        }
    }
    Ok(known)
}

/// `_nft_`, a checksummed address, an underscore, a number.
fn is_plain_nft(identifier: &str) -> bool {
    let parts = identifier.strip_prefix(NFT).and_then(|rest| rest.split_once('_'));
    parts.is_some_and(|(address, number)| {
        let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        digits && checksummed(address).as_deref() == Some(address)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_nfts_are_taken_as_they_are() {
        assert!(is_plain_nft("_nft_0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed_12"));
        for other in [
            "_nft_",
            "_nft_zz_1",
            "_nft_0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "_nft_0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed_",
            "_nft_0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed_1",
        ] {
            assert!(!is_plain_nft(other), "{other}");
        }
    }
}
