//! Labels and tags of accounts on one chain.

use std::collections::BTreeSet;

use rusqlite::params;

use super::{
    addresses::{fit_the_chain, spelled},
    data::{ACCOUNTS, Data},
    list,
};
use crate::{
    db::{DbError, Transaction},
    handlers::{
        Context, Handler, Stop, Unanswered, asynchronous::ASYNC_QUERY, gate::Stamp, handler::Outcome, refusals::broken,
        tags,
    },
    schema::{
        chains::{self, Chain},
        needs::Database,
    },
    wire::{
        Answer, Location, Value,
        validate::{Kind, Schema, field},
    },
};

/// `PATCH /api/1/blockchains/{blockchain}/accounts`
pub const EDIT: Handler =
    Handler::writes("blockchain_accounts_edit", "PATCH /api/1/blockchains/{blockchain}/accounts", |context| {
        Box::pin(edit(context))
    })
    .needs_user(&[
        "blockchain_accounts(account, blockchain)",
        "tags(name, description, background_color, foreground_color)",
        "tag_mappings(object_reference, tag_name)",
        "address_book(address, blockchain, name)",
        "xpubs(xpub, derivation_path, label, blockchain)",
        "xpub_mappings(address, xpub, derivation_path, blockchain)",
    ])
    .changes(&[(Database::User, "address_book"), (Database::User, "tag_mappings")])
    .takes(&EDITED, Location::JsonAndPath)
    .refuses(&[401, 409])
    .gives(list::ACCOUNTS);

/// `BlockchainAccountsPatchSchema`
static EDITED: Schema =
    Schema::new(&[ASYNC_QUERY, field("blockchain", Kind::Member(&list::WITH_ACCOUNTS)).required(), ACCOUNTS])
        .checks(&[fit_the_chain])
        .after(spelled);

/// All accounts or none. Which accounts there are legacy has in memory, as it read them from the database and writes them
/// there. The answer has all accounts of the chain.
async fn edit(context: Context) -> Outcome {
    let user = context.login()?;
    // Legacy looks at it before it judges the arguments, and takes nothing but a boolean there.
    if let Some(Value::Dict(body)) = &context.body
        && body.get("async_query") == Some(&Value::Bool(true))
    {
        return Err(Stop::declined("it asks for a task of legacy's"));
    }
    let arguments = context.arguments()?;
    let chain = chains::by_key(arguments.text("blockchain")?)
        .ok_or_else(|| Unanswered::Failed("a chain that is none".into()))?;
    let accounts = Data::all(&arguments)?;
    if accounts.is_empty() {
        return Ok(Answer::failure(400, "Empty list of blockchain account data to edit was given"));
    }
    context
        .write_user(&user, Stamp::LastWrite, move |transaction| {
            if let Err(refused) = tracked(transaction, chain, &accounts)? {
                return Ok(Err(refused));
            }
            if let Err(refused) = tags::known::all(transaction, tags_of(&accounts), "blockchain accounts")? {
                return Ok(Err(refused));
            }
            if let Err(refused) = labelled(transaction, chain, &accounts)? {
                return Ok(Err(refused));
            }
            let tags = accounts.iter().map(|account| (account.address.as_str(), account.tags.as_deref()));
            if let Err(error) = tags::mappings::replace(transaction, tags) {
                return match broken(&error) {
                    Some(message) => Ok(Err(Stop::Refused(Answer::failure(500, message)))),
                    None => Err(error.into()),
                };
            }
            let shown = list::all(transaction, chain)?;
            Ok(shown.and_then(|shown| Ok(Answer::ok(&shown)?)).map_err(Stop::from))
        })
        .await
}

/// The tags that accounts are given.
pub(super) fn tags_of(accounts: &[Data]) -> impl Iterator<Item = &str> {
    accounts.iter().filter_map(|account| account.tags.as_ref()).flatten().map(String::as_str)
}

/// Whether the chain has each of them. Legacy names those that it has not, in an order by chance if they are several.
fn tracked(transaction: &Transaction<'_>, chain: &Chain, accounts: &[Data]) -> Result<Result<(), Stop>, DbError> {
    let mut select =
        transaction.prepare_cached("SELECT account FROM blockchain_accounts WHERE blockchain = ? AND account = ?")?;
    let mut unknown = BTreeSet::new();
    for Data { address, .. } in accounts {
        if !select.exists([chain.value, address])? {
            unknown.insert(address);
        }
    }
    Ok(match (unknown.len(), unknown.first()) {
        (0, _) => Ok(()),
        (1, Some(address)) => {
            let message = format!("Tried to edit unknown {} accounts {address}", chain.title);
            Err(Stop::Refused(Answer::failure(400, &message)))
        }
        _ => Err(Stop::declined("legacy names several accounts in no fixed order")),
    })
}

/// Writes the labels into the user's address book, then takes away those of accounts without one. An account that had none
/// is refused.
fn labelled(transaction: &Transaction<'_>, chain: &Chain, accounts: &[Data]) -> Result<Result<(), Stop>, DbError> {
    let mut put = transaction
        .prepare_cached("INSERT OR REPLACE INTO address_book(address, blockchain, name) VALUES (?, ?, ?)")?;
    let mut remove = transaction.prepare_cached("DELETE FROM address_book WHERE address = ? AND blockchain = ?")?;
    let (with, without): (Vec<_>, Vec<_>) = accounts.iter().partition(|account| account.label.is_some());
    for account in with {
        put.execute(params![account.address, chain.value, account.label])?;
    }
    let mut removed = 0;
    for account in &without {
        removed += remove.execute([account.address.as_str(), chain.value])?;
    }
    if removed == without.len() {
        return Ok(Ok(()));
    }
    let expected = without.len();
    let message = format!(
        "When updating blockchain accounts expected {expected} deleted, but instead there were {removed}. Should not happen."
    );
    Ok(Err(Stop::Refused(Answer::failure(400, &message))))
}
