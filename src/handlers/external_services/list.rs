//! `/api/1/external_services`: what is stored for each service.

use serde_json::{Map, Value, json};

use crate::{
    db::{DbError, Transaction},
    handlers::{
        Context, Handler, Stop,
        handler::Outcome,
        rows::{self, Row},
    },
    schema::{
        enums::{BLOCKSCOUTS, EXTERNAL_SERVICES, member},
        needs::Tables,
    },
    wire::{Answer, Gives, gives::key},
};

/// `GET /api/1/external_services`
pub const LIST: Handler =
    Handler::reads("external_services_list", "GET /api/1/external_services", |context| Box::pin(list(context)))
        .needs_user(CREDENTIALS)
        .refuses(&[401])
        .gives(SERVICES);

const KEY: Gives = Gives::Object(&[key("api_key", Gives::Text)]);
/// What is stored for a service; of blockscout, by chain.
pub(super) const SERVICES: Gives = Gives::Mapping(&Gives::Either(&[
    KEY,
    Gives::Object(&[key("username", Gives::Text), key("password", Gives::Maybe(&Gives::Text))]),
    Gives::Mapping(&Gives::Maybe(&KEY)),
]));

pub(super) const CREDENTIALS: Tables = &["external_service_credentials(name, api_key, api_secret)"];

async fn list(context: Context) -> Outcome {
    let user = context.login()?;
    context.read_user(&user, shown).await?
}

/// The answer: what is stored for each service, in the order in which it was; those of blockscout first and by chain. A
/// service that nobody knows is left out, as in legacy.
pub(super) fn shown(transaction: &Transaction<'_>) -> Result<Outcome, DbError> {
    let credentials = "SELECT name, api_key, api_secret FROM external_service_credentials ORDER BY rowid";
    Ok(answer(&rows::select(transaction, credentials, [])?))
}

fn answer(rows: &[Row]) -> Outcome {
    let mut chains: Map<String, Value> =
        BLOCKSCOUTS.iter().map(|(chain, _)| ((*chain).to_owned(), Value::Null)).collect();
    let mut services = Map::from_iter([("blockscout".to_owned(), Value::Null)]);
    for row in rows {
        let (stored, key, secret) = (row.text(0)?, row.text(1)?, row.maybe_text(2)?);
        if !stored.is_ascii() {
            return Err(Stop::declined("a service has an unusual name"));
        }
        let Some(service) = member(stored, EXTERNAL_SERVICES) else { continue };
        if let Some((chain, _)) = BLOCKSCOUTS.iter().find(|(_, of_chain)| *of_chain == service) {
            chains.insert((*chain).to_owned(), json!({"api_key": key}));
        } else if service == "monerium" {
            services.insert(service.to_owned(), json!({"username": key, "password": secret}));
        } else {
            services.insert(service.to_owned(), json!({"api_key": key}));
        }
    }
    services.insert("blockscout".to_owned(), Value::Object(chains));
    Ok(Answer::ok(&services)?)
}
