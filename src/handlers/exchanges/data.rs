//! `/api/1/exchanges/data`: events of exchanges forgotten.

use crate::{
    db::Transaction,
    handlers::{Context, Handler, Stop, gate::Stamp, handler::Outcome},
    schema::{
        locations::{EXCHANGES, NAMES, letter_of},
        needs::{Database, Tables},
    },
    wire::{
        Answer, Gives, Location,
        validate::{Fallback, Kind, Limit, Members, Schema, field, members::NOT_A_LOCATION_HERE},
    },
};

/// `DELETE /api/1/exchanges/data`
pub const DELETE_ALL: Handler =
    Handler::writes("exchanges_data_delete", "DELETE /api/1/exchanges/data", |context| Box::pin(delete(context)))
        .needs_user(READ)
        .changes(CHANGED)
        .takes(&ARGUMENTS, Location::Path)
        .refuses(&[401])
        .gives(Gives::Flag);
/// `DELETE /api/1/exchanges/data/{location}`
pub const DELETE: Handler =
    Handler::writes("exchange_data_delete", "DELETE /api/1/exchanges/data/{location}", |context| {
        Box::pin(delete(context))
    })
    .needs_user(READ)
    .changes(CHANGED)
    .takes(&ARGUMENTS, Location::Path)
    .refuses(&[401])
    .gives(Gives::Flag);

const READ: Tables = &[
    "used_query_ranges(name)",
    "key_value_cache(name)",
    "history_events(identifier, location)",
    // Read for foreign keys, as all that follow.
    "assets(identifier)",
    "location(location)",
    "evm_events_info(identifier)",
    "eth_staking_events_info(identifier)",
    "history_events_mappings(parent_identifier)",
];
const CHANGED: &[(Database, &str)] = &[
    (Database::User, "used_query_ranges"),
    (Database::User, "key_value_cache"),
    (Database::User, "history_events"),
    (Database::User, "evm_events_info"),
    (Database::User, "eth_staking_events_info"),
    (Database::User, "history_events_mappings"),
];

static EXCHANGE: Members = Members::of("Location", NAMES).limited(Limit::Only(EXCHANGES, NOT_A_LOCATION_HERE));
/// `ExchangesDataResourceSchema`
static ARGUMENTS: Schema = Schema::new(&[field("location", Kind::Member(&EXCHANGE)).or(Fallback::Null)]);

/// Forgets the events of one exchange or of all, and up to when they were queried, so that legacy queries them anew.
async fn delete(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let one = arguments.maybe_text("location")?.and_then(|name| EXCHANGES.iter().find(|known| **known == name));
    let exchanges = one.map_or(EXCHANGES, std::slice::from_ref);
    let done = Answer::ok(&true)?;
    context
        .write_user(&user, Stamp::LastWrite, move |transaction| {
            for exchange in exchanges {
                forget(transaction, exchange)?;
            }
            Ok(Ok::<_, Stop>(done.clone()))
        })
        .await
}

fn forget(transaction: &Transaction<'_>, exchange: &str) -> Result<(), rusqlite::Error> {
    // As legacy has it: case does not matter.
    let names = format!("{exchange}\\_%");
    for delete in [
        "DELETE FROM used_query_ranges WHERE name LIKE ? ESCAPE '\\'",
        "DELETE FROM key_value_cache WHERE name LIKE ? ESCAPE '\\'",
    ] {
        transaction.prepare_cached(delete)?.execute([&names])?;
    }
    let letter = letter_of(exchange).map(String::from);
    transaction.prepare_cached("DELETE FROM history_events WHERE location = ?")?.execute([letter])?;
    Ok(())
}
