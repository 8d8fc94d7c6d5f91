//! `/api/1/assets/all`: one added, edited, deleted. Assets that users make up have an endpoint of their own.

use serde_json::json;

use super::{
    add::add,
    arguments::{ADDED, EDITED},
    edit::edit,
    given::Given,
};
use crate::{
    config::Cache,
    handlers::{
        Context, Handler, Stop,
        asset_arguments::NFT,
        assets::{removal, uuid::uuid4},
        gate::Stamp,
        handler::Outcome,
    },
    schema::needs::{Database, Tables},
    wire::{Answer, Gives, Location, gives::key},
};

/// `PUT /api/1/assets/all`
pub const ADD: Handler = Handler::writes("assets_all_add", "PUT /api/1/assets/all", |context| Box::pin(put(context)))
    .needs_user(&["assets(identifier)"])
    .needs_global(COLUMNS)
    .changes(&[
        (Database::Global, "assets"),
        (Database::Global, "common_asset_details"),
        (Database::Global, "evm_tokens"),
        (Database::Global, "solana_tokens"),
        (Database::Global, "underlying_tokens_list"),
        (Database::User, "assets"),
    ])
    .takes(&ADDED, Location::JsonOfResource)
    .refuses(&[401, 409])
    .gives(Gives::Object(&[key("identifier", Gives::Text)]));
/// `PATCH /api/1/assets/all`
pub const EDIT: Handler =
    Handler::writes("assets_all_edit", "PATCH /api/1/assets/all", |context| Box::pin(patch(context)))
        .needs_global(COLUMNS)
        .changes(&[
            (Database::Global, "assets"),
            (Database::Global, "common_asset_details"),
            (Database::Global, "evm_tokens"),
            (Database::Global, "solana_tokens"),
            (Database::Global, "underlying_tokens_list"),
        ])
        .leaves_stale(&[Cache::Assets])
        .takes(&EDITED, Location::JsonOfResource)
        .refuses(&[409])
        .gives(Gives::Flag);
/// `DELETE /api/1/assets/all`
pub const DELETE: Handler =
    Handler::writes("assets_all_delete", "DELETE /api/1/assets/all", |context| Box::pin(removal::remove(context)))
        .needs_user(removal::OF_USER)
        .needs_global(removal::OF_GLOBAL)
        .changes(removal::CHANGES)
        .leaves_stale(&[Cache::Assets])
        .takes(&removal::IDENTIFIED, Location::Json)
        .refuses(&[401, 409])
        .gives(Gives::Flag);

const COLUMNS: Tables = &[
    "assets(identifier, name, type)",
    "common_asset_details(identifier, symbol, forked, swapped_for)",
    "evm_tokens(identifier, token_kind, chain, address)",
    "solana_tokens(identifier, token_kind, address)",
    "underlying_tokens_list(identifier, weight, parent_token_entry)",
    "asset_types(type)",
    "token_kinds(token_kind)",
];

/// The answer is its identifier. Both databases are written to, and as in legacy global.db is committed first: should the
/// user's fail after that, it lacks the identifier until the next login. What a token consists of is added to global.db
/// alone.
async fn put(context: Context) -> Outcome {
    let user = context.login()?;
    let asset = Given::read(&context).await?;
    let identifier = asset.identifier.clone().unwrap_or_else(|| uuid4(rand::random()));
    let done = Answer::ok(&json!({"identifier": identifier}))?;
    let new = identifier.clone();
    context.write_global(move |transaction| add(transaction, &asset, &new)).await?;
    let noted = context
        .write_user(&user, Stamp::LastWrite, move |transaction| {
            transaction.prepare_cached("INSERT OR IGNORE INTO assets(identifier) VALUES(?)")?.execute([&identifier])?;
            Ok(Ok(()))
        })
        .await;
    match noted {
        Err(Stop::Unanswered(why)) => Err(Stop::too_late(&why)),
        noted => noted.map(|()| done),
    }
}

/// All of it is given anew. Logged in or not.
async fn patch(context: Context) -> Outcome {
    context.view()?;
    let asset = Given::read(&context).await?;
    let identifier = asset.identifier.clone().ok_or_else(|| Stop::declined("an asset without an identifier"))?;
    if identifier.starts_with(NFT) {
        return Err(Stop::declined("legacy takes identifiers of NFTs apart"));
    }
    let done = Answer::ok(&true)?;
    context.write_global(move |transaction| edit(transaction, &asset, &identifier)).await?;
    Ok(done)
}
