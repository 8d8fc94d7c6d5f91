//! `/api/1/wallet`

use super::{Context, Handler, Stop, handler::Outcome, rows};
use crate::wire::{
    Answer, Gives, Location,
    validate::{Schema, addresses::EVM_ADDRESS, field},
};

/// `POST /api/1/wallet/interacted`
pub const INTERACTED: Handler =
    Handler::reads("wallet_interacted", "POST /api/1/wallet/interacted", |context| Box::pin(interacted(context)))
        .needs_user(&["history_events(identifier, location_label)", "evm_events_info(identifier, address)"])
        .takes(&ARGUMENTS, Location::Json)
        .gives(Gives::Flag);

static ARGUMENTS: Schema =
    Schema::new(&[field("from_address", EVM_ADDRESS).required(), field("to_address", EVM_ADDRESS).required()]);

/// Whether an event of one address has the other as its counterpart. Legacy does not ask for a login, and fails without
/// one in two ways: before the first login of its process, and after a logout.
async fn interacted(context: Context) -> Outcome {
    let arguments = context.arguments()?;
    let Some(user) = context.who()? else {
        return Err(Stop::declined("nobody is logged in, on which legacy fails in one of two ways"));
    };
    let addresses = [arguments.text("from_address")?.to_owned(), arguments.text("to_address")?.to_owned()];
    let events = context
        .read_user(&user, move |transaction| {
            let events = "SELECT COUNT(*) FROM history_events e JOIN evm_events_info i ON i.identifier = e.identifier \
                          WHERE e.location_label = ?1 AND i.address = ?2";
            rows::count(transaction, events, &addresses)
        })
        .await?;
    Ok(Answer::ok(&(events > 0))?)
}
