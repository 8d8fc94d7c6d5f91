//! `/api/1/queried_addresses`: the addresses that modules are limited to.

use serde_json::{Map, Value};

use crate::{
    db::{DbError, Transaction},
    handlers::{Context, Handler, Unanswered, handler::Outcome, rows},
    schema::enums::MODULES,
    wire::{Answer, Gives},
};

/// `GET /api/1/queried_addresses`
pub const LIST: Handler =
    Handler::reads("queried_addresses_list", "GET /api/1/queried_addresses", |context| Box::pin(list(context)))
        .needs_user(&["multisettings(name, value)"])
        .refuses(&[401])
        .gives(MODULES_SHOWN);

/// By module.
pub(super) const MODULES_SHOWN: Gives = Gives::Mapping(&Gives::List(&Gives::Text));

async fn list(context: Context) -> Outcome {
    let user = context.login()?;
    let modules = context.read_user(&user, all).await??;
    Ok(Answer::ok(&modules)?)
}

/// The addresses that a module is limited to, for the modules that are limited, in legacy's order of modules.
pub(super) fn all(transaction: &Transaction<'_>) -> Result<Result<Map<String, Value>, Unanswered>, DbError> {
    let mut listed = Map::new();
    for module in MODULES {
        let addresses = "SELECT value FROM multisettings WHERE name = 'queried_address_' || ?1 ORDER BY value";
        let rows = rows::select(transaction, addresses, [module])?;
        if rows.is_empty() {
            continue;
        }
        let addresses: Result<Vec<&str>, Unanswered> = rows.iter().map(|row| row.text(0)).collect();
        match addresses {
            Ok(addresses) => listed.insert((*module).to_owned(), addresses.into()),
            Err(odd) => return Ok(Err(odd)),
        };
    }
    Ok(Ok(listed))
}
