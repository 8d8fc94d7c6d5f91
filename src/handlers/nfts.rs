//! `/api/1/nfts`

use serde_json::{Value, json};

use super::{
    Context, Handler, Unanswered,
    handler::Outcome,
    rows::{self, Row, odd},
};
use crate::{
    schema::enums::MODULES,
    wire::{
        Answer, Gives, Location,
        gives::key,
        validate::{Fallback, Item, Kind, Members, Schema, field},
    },
};

/// `POST /api/1/nfts/prices`
pub const PRICES: Handler =
    Handler::reads("nfts_prices", "POST /api/1/nfts/prices", |context| Box::pin(prices(context)))
        .needs_user(&["settings(name, value)", "nfts(identifier, last_price, last_price_asset, manual_price, is_lp)"])
        .takes(&ARGUMENTS, Location::JsonOrQuery)
        .refuses(&[401, 409])
        .gives(Gives::List(&Gives::Object(&[
            key("asset", Gives::Text),
            key("manually_input", Gives::Flag),
            key("price_asset", Gives::Text),
            key("price_in_asset", Gives::Text),
            key("usd_price", Gives::Text),
        ])));

static LPS: Members = Members::of("NftLpHandling", &["all nfts", "only lps", "exclude lps"]);
/// `NFTLpFilterSchema`
static ARGUMENTS: Schema = Schema::new(&[field("lps_handling", Kind::Member(&LPS)).or(Fallback::Member("all nfts"))]);

/// The module of NFTs, and what prices are in that need no other price.
const MODULE: &str = "nfts";
const DOLLAR: &str = "USD";

/// What NFTs are worth. The dollars in what else they are priced in are asked for on the network.
async fn prices(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let lps = match arguments.get("lps_handling") {
        Some(Item::Member("only lps")) => Some(true),
        Some(Item::Member("exclude lps")) => Some(false),
        _ => None,
    };
    let (modules, nfts) = context
        .read_user(&user, move |transaction| {
            let modules = "SELECT value FROM settings WHERE name = 'active_modules'";
            let nfts = "SELECT identifier, last_price, last_price_asset, manual_price FROM nfts \
                        WHERE ?1 IS NULL OR is_lp = ?1 ORDER BY rowid";
            Ok((rows::select(transaction, modules, [])?, rows::select(transaction, nfts, [lps])?))
        })
        .await?;
    if !is_active(modules.first())? {
        return Ok(Answer::failure(409, "nfts module is not activated"));
    }
    Ok(Answer::ok(&nfts.iter().map(nft).collect::<Result<Vec<_>, _>>()?)?)
}

/// Whether the module is active, which it is as long as nothing was chosen. Legacy does in its memory what it stores.
fn is_active(modules: Option<&Row>) -> Result<bool, Unanswered> {
    let Some(row) = modules else { return Ok(true) };
    let modules: Vec<String> = serde_json::from_str(row.text(0)?).map_err(|_| odd())?;
    if modules.iter().all(|module| MODULES.contains(&module.as_str())) {
        return Ok(modules.iter().any(|module| module == MODULE));
    }
    Err(odd())
}

fn nft(row: &Row) -> Result<Value, Unanswered> {
    let (price, asset) = (row.text(1)?, row.text(2)?);
    if asset != DOLLAR {
        return Err(Unanswered::declined(
            "the price of what an NFT is priced in may have to be asked for on the network",
        ));
    }
    Ok(json!({
        "asset": row.text(0)?,
        "manually_input": row.flag(3)?,
        "price_asset": asset,
        "price_in_asset": price,
        "usd_price": price,
    }))
}
