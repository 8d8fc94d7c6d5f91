//! `/api/1/locations`

use serde_json::{Value, json};

use super::{
    Context, Handler, Unanswered,
    handler::Outcome,
    rows::{self, Row},
};
use crate::{
    schema::locations::{DESCRIPTIONS, by_letter},
    wire::{Answer, Gives, gives::key},
};

/// `GET /api/1/locations/all`
pub const ALL: Handler = Handler::reads("locations_all", "GET /api/1/locations/all", |context| Box::pin(all(context)))
    .gives(Gives::Object(&[key("locations", Gives::Mapping(&Gives::Mapping(&Gives::Anything)))]));

async fn all(_: Context) -> Outcome {
    Ok(Answer::ok(&*DESCRIPTIONS)?)
}

/// `GET /api/1/locations/associated`
pub const ASSOCIATED: Handler =
    Handler::reads("locations_associated", "GET /api/1/locations/associated", |context| Box::pin(associated(context)))
        .needs_user(&["history_events(location)", "user_credentials(location)", "margin_positions(location)"])
        .long()
        .refuses(&[401])
        .gives(Gives::List(&Gives::Text));

/// Every location that something of the user's belongs to. Legacy lists them in an order that chance decides per process;
/// here it is that of the locations.
async fn associated(context: Context) -> Outcome {
    let user = context.login()?;
    let rows = context
        .read_user(&user, |transaction| {
            let locations = "SELECT location FROM history_events UNION SELECT location FROM user_credentials \
                             UNION SELECT location FROM margin_positions ORDER BY location";
            rows::select(transaction, locations, [])
        })
        .await?;
    let names: Result<Vec<&str>, _> = rows.iter().map(|row| location(row, 0)).collect();
    Ok(Answer::ok(&names?)?)
}

/// `GET /api/1/locations/labels`
pub const LABELS: Handler =
    Handler::reads("locations_labels", "GET /api/1/locations/labels", |context| Box::pin(labels(context)))
        .needs_user(&["history_events(location, location_label)"])
        .long()
        .refuses(&[401])
        .gives(Gives::List(&Gives::Object(&[key("location_label", Gives::Text), key("location", Gives::Text)])));

/// The labels of events, the most frequent first, of equal ones the first in the alphabet; each with the first of its
/// locations.
async fn labels(context: Context) -> Outcome {
    let user = context.login()?;
    let rows = context
        .read_user(&user, |transaction| {
            let labels = "SELECT location_label, MIN(location) FROM history_events WHERE location_label IS NOT NULL \
                          GROUP BY location_label ORDER BY COUNT(*) DESC, location_label";
            rows::select(transaction, labels, [])
        })
        .await?;
    let label = |row: &Row| Ok(json!({"location_label": row.text(0)?, "location": location(row, 1)?}));
    let labels: Result<Vec<Value>, Unanswered> = rows.iter().map(label).collect();
    Ok(Answer::ok(&labels?)?)
}

/// A location that is stored as its letter.
pub(super) fn location(row: &Row, at: usize) -> Result<&'static str, Unanswered> {
    by_letter(row.text(at)?).ok_or_else(|| Unanswered::declined("a location that nobody knows"))
}
