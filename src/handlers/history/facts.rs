//! `/api/1/history`: kinds of events, products, counterparties, what was skipped.

use serde_json::{Map, Value};

use crate::{
    handlers::{Context, Handler, Unanswered, handler::Outcome, locations::location, rows},
    schema::constants::{PRODUCTS, TYPE_MAPPINGS},
    wire::{Answer, Gives, gives::key},
};

/// `GET /api/1/history/events/type_mappings`
pub const EVENT_TYPES: Handler =
    Handler::reads("history_event_types", "GET /api/1/history/events/type_mappings", |context| {
        Box::pin(event_types(context))
    })
    .gives(Gives::Mapping(&Gives::Anything));

async fn event_types(_: Context) -> Outcome {
    Ok(Answer::ok(&*TYPE_MAPPINGS)?)
}

/// `GET /api/1/history/events/products`
pub const EVENT_PRODUCTS: Handler =
    Handler::reads("history_event_products", "GET /api/1/history/events/products", |context| {
        Box::pin(event_products(context))
    })
    .gives(Gives::Object(&[
        key("mappings", Gives::Mapping(&Gives::List(&Gives::Text))),
        key("products", Gives::List(&Gives::Text)),
    ]));

async fn event_products(context: Context) -> Outcome {
    match context.who()? {
        Some(_) => Ok(Answer::ok(&*PRODUCTS)?),
        None => Ok(without_decoders()),
    }
}

/// `GET /api/1/history/events/counterparties`
pub const EVENT_COUNTERPARTIES: Handler =
    Handler::reads("history_event_counterparties", "GET /api/1/history/events/counterparties", |context| {
        Box::pin(event_counterparties(context))
    })
    .gives(Gives::List(&Gives::Mapping(&Gives::Anything)));

/// Which decoders could be built is decided at login, by the assets that there are at that moment, and their order by
/// chance: learned from legacy's own answer.
async fn event_counterparties(context: Context) -> Outcome {
    let Some(user) = context.who()? else { return Ok(without_decoders()) };
    let known =
        user.counterparties.ok_or_else(|| Unanswered::declined("legacy has not shown its counterparties yet"))?;
    Ok(Answer::ok(&*known)?)
}

/// Decoders exist from login to logout. Without them legacy fails, and does not catch it.
fn without_decoders() -> Answer {
    Answer::failure(500, "'Rotkehlchen' object has no attribute 'chains_aggregator'")
}

/// `GET /api/1/history/skipped_external_events`
pub const SKIPPED_EVENTS: Handler =
    Handler::reads("history_skipped_events", "GET /api/1/history/skipped_external_events", |context| {
        Box::pin(skipped_events(context))
    })
    .needs_user(&["skipped_external_events(location)"])
    .long()
    .refuses(&[401])
    .gives(Gives::Object(&[key("locations", Gives::Mapping(&Gives::Int)), key("total", Gives::Int)]));

/// How many events were skipped, by location.
async fn skipped_events(context: Context) -> Outcome {
    let user = context.login()?;
    let rows = context
        .read_user(&user, |transaction| {
            let skipped = "SELECT location, COUNT(*) FROM skipped_external_events GROUP BY location ORDER BY location";
            rows::select(transaction, skipped, [])
        })
        .await?;
    let (mut locations, mut total) = (Map::new(), 0);
    for row in &rows {
        locations.insert(location(row, 0)?.to_owned(), Value::from(row.int(1)?));
        total += row.int(1)?;
    }
    Ok(Answer::ok(&serde_json::json!({"locations": locations, "total": total}))?)
}
