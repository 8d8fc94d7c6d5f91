//! `/api/1/exchanges/binance/pairs`

use serde_json::json;

use crate::{
    handlers::{Context, Handler, Stop, handler::Outcome, rows},
    schema::locations::{NAMES, letter_of},
    wire::{
        Answer, Gives, Location,
        validate::{Kind, Limit, Members, Schema, field, members::NOT_A_LOCATION_HERE, texts::NON_EMPTY_STRING},
    },
};

/// `GET /api/1/exchanges/binance/pairs/{name}`
pub const BINANCE: Handler =
    Handler::reads("exchanges_binance_pairs", "GET /api/1/exchanges/binance/pairs/{name}", |context| {
        Box::pin(binance_pairs(context))
    })
    .needs_user(&["user_credentials(location)"])
    .takes(&ARGUMENTS, Location::JsonOrQueryAndPath)
    .gives(Gives::List(&Gives::Text));

static LOCATION: Members =
    Members::of("Location", NAMES).limited(Limit::Only(&["binanceus", "binance"], NOT_A_LOCATION_HERE));
static ARGUMENTS: Schema =
    Schema::new(&[field("name", NON_EMPTY_STRING).required(), field("location", Kind::Member(&LOCATION)).required()]);

/// The pairs that a connected exchange trades; none if no exchange of that kind is connected, or nobody is logged in.
/// Which are connected is in legacy's memory: where the user has keys for one, it is legacy's to say.
async fn binance_pairs(context: Context) -> Outcome {
    let arguments = context.arguments()?;
    if let Some(user) = context.who()? {
        let letter = letter_of(arguments.text("location")?).map(String::from);
        let keys = context
            .read_user(&user, move |transaction| {
                rows::count(transaction, "SELECT COUNT(*) FROM user_credentials WHERE location = ?1", &[letter])
            })
            .await?;
        if keys > 0 {
            return Err(Stop::declined("the exchange may be connected"));
        }
    }
    Ok(Answer::ok(&json!([]))?)
}
