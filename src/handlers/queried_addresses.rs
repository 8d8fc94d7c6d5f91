//! `/api/1/queried_addresses`

use serde_json::{Map, Value};

use super::{Context, Handler, handler::Outcome, rows};
use crate::{schema::enums::MODULES, wire::Answer};

/// `GET /api/1/queried_addresses`
pub const LIST: Handler =
    Handler::reads("queried_addresses_list", "GET /api/1/queried_addresses", |context| Box::pin(list(context)))
        .needs_user(&["multisettings(name, value)"]);

/// The addresses that a module is limited to, for the modules that are limited, in legacy's order of modules.
async fn list(context: Context) -> Outcome {
    let user = context.login()?;
    let modules = context
        .read_user(&user, |transaction| {
            let addresses = "SELECT value FROM multisettings WHERE name = 'queried_address_' || ?1 ORDER BY value";
            MODULES.iter().map(|module| Ok((module, rows::select(transaction, addresses, [module])?))).collect()
        })
        .await?;
    let modules: Vec<(&&str, Vec<rows::Row>)> = modules;
    let mut listed = Map::new();
    for (module, rows) in modules.iter().filter(|(_, rows)| !rows.is_empty()) {
        let addresses: Result<Vec<&str>, _> = rows.iter().map(|row| row.text(0)).collect();
        listed.insert((**module).to_owned(), Value::from(addresses?));
    }
    Ok(Answer::ok(&listed)?)
}
