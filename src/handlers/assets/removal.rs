//! An asset deleted, of whatever type.

use rusqlite::OptionalExtension as _;

use super::owned::{held, known};
use crate::{
    db::Transaction,
    handlers::{
        Context, Stop,
        asset_arguments::NFT,
        cells::{Reading, settled},
        filter::bindable,
        gate::Stamp,
        handler::Outcome,
        refusals::broken,
    },
    schema::needs::{Database, Tables},
    session::who::User,
    wire::{
        Answer,
        validate::{Schema, field, texts::NON_EMPTY_STRING},
    },
};

/// What [`remove`] reads of the user's database: what the user has, or had, and what refers to an asset.
pub(super) const OF_USER: Tables = &[
    "assets(identifier)",
    "manually_tracked_balances(asset, category)",
    "timed_balances(currency, category)",
    "margin_positions(pl_currency, fee_currency)",
    "history_events(asset)",
    "nfts(identifier, last_price_asset)",
    "zksynclite_transactions(asset)",
    "zksynclite_swaps(from_asset, to_asset)",
];
/// What it reads of global.db: what goes along with an asset.
pub(super) const OF_GLOBAL: Tables = &[
    "assets(identifier)",
    "user_owned_assets(asset_id)",
    "asset_types(type)",
    "common_asset_details(identifier, forked, swapped_for)",
    "custom_assets(identifier)",
    "evm_tokens(identifier)",
    "solana_tokens(identifier)",
    "token_kinds(token_kind)",
    "underlying_tokens_list(identifier, parent_token_entry)",
    "asset_collections(id, main_asset)",
    "multiasset_mappings(collection_id, asset)",
    "binance_pairs(base_asset, quote_asset)",
    "price_history(from_asset, to_asset)",
    "price_history_source_types(type)",
];
/// What it changes.
pub(super) const CHANGES: &[(Database, &str)] = &[
    (Database::User, "assets"),
    (Database::Global, "assets"),
    (Database::Global, "user_owned_assets"),
    (Database::Global, "common_asset_details"),
    (Database::Global, "custom_assets"),
    (Database::Global, "evm_tokens"),
    (Database::Global, "solana_tokens"),
    (Database::Global, "underlying_tokens_list"),
    (Database::Global, "asset_collections"),
    (Database::Global, "multiasset_mappings"),
    (Database::Global, "binance_pairs"),
    (Database::Global, "price_history"),
];

pub(super) static IDENTIFIED: Schema = Schema::new(&[field("identifier", NON_EMPTY_STRING).required()]);

/// Deletes an asset that the user neither has nor had. As in legacy the user's identifier is deleted first, and stays so
/// if global.db does not know it; and what the user has is noted in global.db before anything is looked at. Legacy also
/// strikes the asset off a list of icons that could not be had, in memory: nothing reads that list.
pub(super) async fn remove(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let identifier = bindable(arguments.text("identifier")?)?.to_owned();
    note_owned(&context, &user).await?;
    let of_user = identifier.clone();
    // Should this be left to legacy, it would find noted what it notes itself.
    context
        .write_user(&user, Stamp::LastWrite, move |transaction| {
            let deleted = transaction.prepare_cached("DELETE FROM assets WHERE identifier=?")?.execute([&of_user]);
            match deleted {
                Err(error) if broken(&error).is_some() => {
                    let message = format!(
                        "Failed to delete asset with id {of_user} from the DB since the user owns it now or did some \
                         time in the past"
                    );
                    Ok(Err(Stop::Refused(Answer::failure(409, &message))))
                }
                deleted => deleted.map(|_| Ok(())).map_err(Into::into),
            }
        })
        .await?;
    let done = Answer::ok(&true).map_err(|why| Stop::too_late(&why))?;
    let deleted = context
        .write_global(move |transaction| {
            let deleted =
                transaction.prepare_cached("DELETE FROM assets WHERE identifier=?")?.execute([&identifier])?;
            if deleted != 1 {
                let message =
                    format!("Tried to delete asset with identifier {identifier} but it was not found in the DB");
                return Ok(Err(Stop::Refused(Answer::failure(409, &message))));
            }
            Ok(Ok(done.clone()))
        })
        .await;
    match deleted {
        Err(Stop::Unanswered(why)) => Err(Stop::too_late(&why)),
        deleted => deleted,
    }
}

/// Notes in global.db what the user has or had: a later user is not to delete it. Legacy takes new ones in an order that
/// chance decides per process; here they are sorted.
async fn note_owned(context: &Context, user: &User) -> Result<(), Stop> {
    let held = context.read_user(user, |transaction| settled(held(transaction))).await??;
    let read = context.read_global(move |transaction| {
        settled(known(transaction, held).and_then(|owned| unnoted(transaction, owned)))
    });
    let unnoted = read.await??;
    if unnoted.is_empty() {
        return Ok(());
    }
    context
        .write_global(move |transaction| {
            let mut note = transaction.prepare_cached("INSERT OR IGNORE INTO user_owned_assets(asset_id) VALUES(?)")?;
            for asset in &unnoted {
                note.execute([asset])?;
            }
            Ok(Ok(()))
        })
        .await
}

fn unnoted(transaction: &Transaction<'_>, owned: impl IntoIterator<Item = String>) -> Reading<Vec<String>> {
    let mut noted = transaction.prepare_cached("SELECT 1 FROM user_owned_assets WHERE asset_id = ?")?;
    let mut unnoted = Vec::new();
    for asset in owned {
        if !asset.starts_with(NFT) && noted.query_row([&asset], |_| Ok(())).optional()?.is_none() {
            unnoted.push(asset);
        }
    }
    Ok(unnoted)
}
