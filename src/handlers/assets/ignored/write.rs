//! `/api/1/assets/ignored`: some added, removed.

use std::collections::BTreeSet;

use serde_json::json;

use crate::{
    handlers::{
        Context, Handler, Stop, Unanswered, asset_arguments::NFT, filter::bindable, gate::Stamp, handler::Outcome,
    },
    schema::needs::{Database, Tables},
    wire::{
        Answer, Gives, Location,
        gives::key,
        validate::{Item, Kind, Question, Record, Schema, addresses::checksummed, each, field},
    },
};

/// `PUT /api/1/assets/ignored`
pub const ADD: Handler =
    Handler::writes("assets_ignored_add", "PUT /api/1/assets/ignored", |context| Box::pin(change(context, true)))
        .needs_user(COLUMNS)
        .needs_global(&["assets(identifier)"])
        .changes(CHANGED)
        .takes(&MODIFIED, Location::Json)
        .refuses(&[401])
        .gives(DONE);
/// `DELETE /api/1/assets/ignored`
pub const DELETE: Handler = Handler::writes("assets_ignored_delete", "DELETE /api/1/assets/ignored", |context| {
    Box::pin(change(context, false))
})
.needs_user(COLUMNS)
.needs_global(&["assets(identifier)"])
.changes(CHANGED)
.takes(&MODIFIED, Location::Json)
.refuses(&[401])
.gives(DONE);

/// What was changed, and what was so before.
const DONE: Gives =
    Gives::Object(&[key("successful", Gives::List(&Gives::Text)), key("no_action", Gives::List(&Gives::Text))]);

const COLUMNS: Tables = &["multisettings(name, value)", "history_events(asset, ignored)"];
const CHANGED: &[(Database, &str)] = &[(Database::User, "multisettings"), (Database::User, "history_events")];

static MODIFIED: Schema = Schema::new(&[field("assets", Kind::List(&each(Kind::Asset("asset")))).required()]);

/// Assets are ignored, or no longer, and the history events with them. What is so already is left as it is, and said.
/// Legacy takes them in an order that chance decides per process; here they are sorted.
async fn change(context: Context, ignored: bool) -> Outcome {
    let user = context.login()?;
    let arguments = arguments(&context).await?;
    let given = arguments.maybe_list("assets")?.unwrap_or_default();
    let assets: BTreeSet<String> = given.iter().filter_map(Item::as_text).map(str::to_owned).collect();
    context
        .write_user(&user, Stamp::LastWrite, move |transaction| {
            let mut is_ignored = transaction
                .prepare_cached("SELECT EXISTS(SELECT 1 FROM multisettings WHERE name='ignored_asset' AND value=?)")?;
            let mut change = transaction.prepare_cached(if ignored {
                "INSERT INTO multisettings(name, value) VALUES('ignored_asset', ?)"
            } else {
                "DELETE FROM multisettings WHERE name='ignored_asset' AND value=?"
            })?;
            let mut events = transaction.prepare_cached("UPDATE history_events SET ignored=? WHERE asset=?")?;
            let (mut successful, mut no_action) = (Vec::new(), Vec::new());
            for asset in &assets {
                if is_ignored.query_row([asset], |row| row.get::<_, bool>(0))? == ignored {
                    no_action.push(asset);
                } else {
                    change.execute([asset])?;
                    events.execute(rusqlite::params![ignored, asset])?;
                    successful.push(asset);
                }
            }
            Ok(Answer::ok(&json!({"successful": successful, "no_action": no_action})).map_err(Stop::from))
        })
        .await
}

/// The assets that are named, NFTs too: those are in no table, and stay as they are spelled.
async fn arguments(context: &Context) -> Result<Record, Stop> {
    let answer = |questions: Vec<Question>| async move {
        let (nfts, assets): (Vec<_>, Vec<_>) =
            questions.iter().cloned().partition(|question| question.value.starts_with(NFT));
        let mut nfts = nfts.iter().map(|question| nft(&question.value)).collect::<Result<Vec<_>, _>>()?.into_iter();
        let mut assets = context.assets(assets).await?.into_iter();
        let mut take = |question: &Question| {
            if question.value.starts_with(NFT) { nfts.next() } else { assets.next() }
        };
        let all: Option<Vec<_>> = questions.iter().map(&mut take).collect();
        all.ok_or_else(|| Unanswered::Failed("a question about an asset has no answer".into()))
    };
    context.arguments_known(answer).await
}

/// An NFT: an address stands behind the prefix, up to the next underscore if there is one.
fn nft(identifier: &str) -> Result<Result<Item, String>, Unanswered> {
    let rest = bindable(identifier)?.strip_prefix(NFT).unwrap_or_default();
    match rest.split('_').next().unwrap_or_default() {
        "" => Ok(Err(format!("Unknown asset {identifier} provided."))),
        address if checksummed(address).is_some() => Ok(Ok(Item::Text(identifier.to_owned()))),
        _ => Err(Unanswered::declined("legacy fails in its own way on an NFT without an address")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_nft_is_known_by_the_address_in_it() {
        let address = "0x9531C059098e3d194fF87FebB587aB07B30B1306";
        for identifier in [format!("_nft_{address}"), format!("_nft_{address}_7"), format!("_nft_{address}__x_")] {
            assert_eq!(nft(&identifier).unwrap(), Ok(Item::Text(identifier.clone())));
        }
        for identifier in ["_nft_", "_nft__7"] {
            assert_eq!(nft(identifier).unwrap(), Err(format!("Unknown asset {identifier} provided.")));
        }
        for identifier in ["_nft_0x1_7", "_nft_x", "_nft_0x9531C059098e3d194fF87FebB587aB07B30B1306\0"] {
            nft(identifier).unwrap_err();
        }
    }
}
