//! `/api/1/queried_addresses`: one added, removed. Both answer with all of them.

use super::list::{MODULES_SHOWN, all};
use crate::{
    db::{DbError, Transaction},
    handlers::{Context, Handler, Stop, gate::Stamp, handler::Outcome, refusals},
    schema::{enums::MODULES, needs::Database},
    wire::{
        Answer, Location,
        validate::{Schema, Validator, addresses::EVM_ADDRESS, field, texts::STRING},
    },
};

/// `PUT /api/1/queried_addresses`
pub const ADD: Handler =
    Handler::writes("queried_addresses_add", "PUT /api/1/queried_addresses", |context| Box::pin(add(context)))
        .needs_user(&["multisettings(name, value)"])
        .changes(&[(Database::User, "multisettings")])
        .takes(&MODIFIED, Location::Json)
        .refuses(&[401, 409])
        .gives(MODULES_SHOWN);
/// `DELETE /api/1/queried_addresses`
pub const DELETE: Handler =
    Handler::writes("queried_addresses_delete", "DELETE /api/1/queried_addresses", |context| Box::pin(delete(context)))
        .needs_user(&["multisettings(name, value)"])
        .changes(&[(Database::User, "multisettings")])
        .takes(&MODIFIED, Location::Json)
        .refuses(&[401, 409])
        .gives(MODULES_SHOWN);

static MODIFIED: Schema = Schema::new(&[
    field("module", STRING).required().check(&[Validator::OneOf { choices: MODULES, error: None }]),
    field("address", EVM_ADDRESS).required(),
]);

async fn add(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let (module, address) = (arguments.text("module")?.to_owned(), arguments.text("address")?.to_owned());
    context
        .write_user(&user, Stamp::LastWrite, move |transaction| {
            let inserted = transaction
                .prepare_cached("INSERT INTO multisettings(name, value) VALUES('queried_address_' || ?, ?)")?
                .execute([&module, &address]);
            match inserted {
                Err(error) if refusals::broken(&error).is_some() => {
                    let message = format!("Address {address} is already in the queried addresses for {module}");
                    Ok(Err(Stop::Refused(Answer::failure(409, &message))))
                }
                Err(error) => Err(error.into()),
                Ok(_) => shown(transaction),
            }
        })
        .await
}

async fn delete(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let (module, address) = (arguments.text("module")?.to_owned(), arguments.text("address")?.to_owned());
    context
        .write_user(&user, Stamp::LastWrite, move |transaction| {
            let deleted = transaction
                .prepare_cached("DELETE FROM multisettings WHERE name='queried_address_' || ? AND value=?")?
                .execute([&module, &address])?;
            if deleted != 1 {
                let message = format!("Address {address} is not in the queried addresses for {module}");
                return Ok(Err(Stop::Refused(Answer::failure(409, &message))));
            }
            shown(transaction)
        })
        .await
}

/// The answer: the addresses of all modules, as they are now.
fn shown(transaction: &Transaction<'_>) -> Result<Result<Answer, Stop>, DbError> {
    Ok(all(transaction)?.map_err(Stop::from).and_then(|modules| Ok(Answer::ok(&modules)?)))
}
