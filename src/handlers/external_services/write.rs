//! `/api/1/external_services`: keys stored, and deleted. Both answer with what is stored then.

use super::list::{CREDENTIALS, SERVICES, shown};
use crate::{
    handlers::{
        Context, Handler, Stop,
        filter::{records, texts},
        gate::Stamp,
        handler::Outcome,
    },
    schema::{enums::EXTERNAL_SERVICES, needs::Database},
    wire::{
        Location,
        validate::{Fault, Kind, Members, Pass, Record, Schema, each, field, texts::STRING_OR_NONE},
    },
};

/// `PUT /api/1/external_services`
pub const ADD: Handler =
    Handler::writes("external_services_add", "PUT /api/1/external_services", |context| Box::pin(add(context)))
        .needs_user(CREDENTIALS)
        .changes(&[(Database::User, TABLE)])
        .takes(&ADDED, Location::Json)
        .refuses(&[401])
        .gives(SERVICES);
/// `DELETE /api/1/external_services`
pub const DELETE: Handler =
    Handler::writes("external_services_delete", "DELETE /api/1/external_services", |context| Box::pin(delete(context)))
        .needs_user(CREDENTIALS)
        .changes(&[(Database::User, TABLE)])
        .takes(&DELETED, Location::Json)
        .refuses(&[401])
        .gives(SERVICES);

const TABLE: &str = "external_service_credentials";

static SERVICE: Members = Members::of("ExternalService", EXTERNAL_SERVICES);
const NAME: Kind = Kind::Member(&SERVICE);

static CREDENTIAL: Schema = Schema::new(&[
    field("name", NAME).required(),
    field("api_key", STRING_OR_NONE),
    field("username", STRING_OR_NONE),
    field("password", STRING_OR_NONE),
])
.checks(&[has_what_its_service_takes]);
static ADDED: Schema = Schema::new(&[field("services", Kind::List(&each(Kind::Nested(&CREDENTIAL)))).required()]);
static DELETED: Schema = Schema::new(&[field("services", Kind::List(&each(NAME))).required()]);

const WITH_A_PASSWORD: &str = "monerium";
/// Services that ask for premium.
const OF_PREMIUM: [&str; 2] = ["gnosis_pay", WITH_A_PASSWORD];

/// A key; for Monerium alone a name and a password in its place. A password beside a key is taken, and stored.
fn has_what_its_service_takes(record: &Record, _: &Pass<'_>) -> Result<(), Fault> {
    let service = record.text("name").map_err(|why| Fault::legacy(why.to_string()))?;
    let half = record.is_null("username") || record.is_null("password");
    if record.is_null("api_key") {
        if service != WITH_A_PASSWORD {
            return Err(Fault::at("api_key", format!("an api key is needed for {service}")));
        }
    } else if !half {
        return Err(Fault::at("username", "username and password is only given for monerium"));
    }
    if service == WITH_A_PASSWORD && half {
        return Err(Fault::at("username", "monerium needs a username and password"));
    }
    Ok(())
}

/// Of a service that is named twice the last key stays. Services of premium are legacy's: a decoder of its own has to
/// load the key of one of them.
async fn add(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let mut stored = Vec::new();
    for credential in records(&arguments, "services")? {
        let service = credential.text("name")?.to_owned();
        if OF_PREMIUM.contains(&service.as_str()) {
            return Err(Stop::declined("whether premium is active decides, and a decoder of legacy's may wait for it"));
        }
        let (key, password) = (credential.text("api_key")?.to_owned(), credential.maybe_text("password")?);
        stored.push((service, key, password.map(str::to_owned)));
    }
    context
        .write_user(&user, Stamp::LastWrite, move |transaction| {
            let mut insert = transaction.prepare_cached(
                "INSERT OR REPLACE INTO external_service_credentials(name, api_key, api_secret) VALUES(?, ?, ?)",
            )?;
            for (service, key, password) in &stored {
                insert.execute((service, key, password))?;
            }
            shown(transaction)
        })
        .await
}

async fn delete(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let services: Vec<String> =
        texts(&arguments, "services")?.unwrap_or_default().into_iter().map(str::to_owned).collect();
    context
        .write_user(&user, Stamp::LastWrite, move |transaction| {
            let mut delete = transaction.prepare_cached("DELETE FROM external_service_credentials WHERE name = ?")?;
            for service in &services {
                delete.execute([service])?;
            }
            shown(transaction)
        })
        .await
}
