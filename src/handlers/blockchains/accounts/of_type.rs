//! Labels and tags of accounts, wherever they are.

use super::{
    data::{ACCOUNTS, Data},
    of_chain::tags_of,
};
use crate::{
    handlers::{
        Context, Handler, Stop,
        asynchronous::{ASYNC_QUERY, answered},
        gate::Stamp,
        handler::Outcome,
        refusals::broken,
        tags,
    },
    schema::needs::Database,
    session::who::User,
    wire::{
        Answer, Gives, Location,
        address::ecosystem::Ecosystem,
        validate::{Fault, Kind, Limit, Members, Schema, field, members::NOT_FOR_THIS_ENDPOINT},
    },
};

/// `PATCH /api/1/blockchains/type/{chain_type}/accounts`
pub const EDIT: Handler = Handler::writes(
    "blockchain_type_accounts_edit",
    "PATCH /api/1/blockchains/type/{chain_type}/accounts",
    |context| Box::pin(edit(context)),
)
.needs_user(&[
    "tags(name, description, background_color, foreground_color)",
    "tag_mappings(object_reference)",
    "address_book(address, blockchain)",
])
.changes(&[(Database::User, "address_book"), (Database::User, "tag_mappings")])
.takes(&EDITED, Location::JsonAndPath)
.refuses(&[401, 409])
.gives(Gives::Flag);

static TYPE: Members = Members::of("ChainType", &["evm", "evmlike", "substrate", "bitcoin", "eth2"])
    .limited(Limit::Except(&["evmlike"], NOT_FOR_THIS_ENDPOINT));
/// `ChainTypeAccountSchema`
static EDITED: Schema = Schema::new(&[ACCOUNTS, ASYNC_QUERY, field("chain_type", Kind::Member(&TYPE)).required()]);

/// Each label in a transaction of its own, then the tags of all in one, as legacy does. Neither the type nor whether there
/// are such accounts is looked at. An account without a label keeps the one that it has.
async fn edit(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let accounts = Data::all(&arguments)?;
    let mut labels = Vec::new();
    for Data { address, label, .. } in &accounts {
        if let Some(label) = label {
            labels.push(Label { address: address.clone(), group: group(address)?, name: label.clone() });
        }
    }
    answered(&arguments, async move { put_all(&context, &user, accounts, labels).await }).await
}

async fn put_all(context: &Context, user: &User, accounts: Vec<Data>, labels: Vec<Label>) -> Outcome {
    let done = Answer::ok(&true)?;
    let given: Vec<String> = tags_of(&accounts).map(str::to_owned).collect();
    context
        .read_user(user, move |transaction| {
            tags::known::all(transaction, given.iter().map(String::as_str), "blockchain accounts")
        })
        .await??;
    let mut before = 0;
    for label in labels {
        match label.put(context, user).await {
            Ok(()) => before += 1,
            Err(Stop::Unanswered(why)) if before > 0 => return Err(Stop::too_late(&why)),
            Err(stop) => return Err(stop),
        }
    }
    let tagged = context.write_user(user, Stamp::LastWrite, move |transaction| {
        let tags = accounts.iter().map(|account| (account.address.as_str(), account.tags.as_deref()));
        match tags::mappings::replace(transaction, tags) {
            Ok(()) => Ok(Ok(())),
            Err(error) => match broken(&error) {
                Some(message) => Ok(Err(Stop::Refused(Answer::failure(500, message)))),
                None => Err(error.into()),
            },
        }
    });
    match tagged.await {
        Ok(()) => Ok(done),
        Err(Stop::Unanswered(why)) if before > 0 => Err(Stop::too_late(&why)),
        Err(stop) => Err(stop),
    }
}

/// What stands in the address book for all chains of an address, or the text of the exception that ends legacy's request.
fn group(address: &str) -> Result<Result<&'static str, String>, Stop> {
    match Ecosystem::of(address) {
        Ok(Some(ecosystem)) => Ok(Ok(ecosystem.group())),
        Ok(None) => Ok(Err(format!("Unsupported address {address}"))),
        Err(Fault::Crash(text)) => Ok(Err(text)),
        Err(Fault::Legacy(why)) => Err(Stop::declined(why)),
        Err(Fault::Invalid(_)) => Err(Stop::declined("an address that is refused")),
    }
}

/// A name for an address on all of its chains.
struct Label {
    address: String,
    group: Result<&'static str, String>,
    name: String,
}

impl Label {
    /// Writes it, in place of those for single chains.
    async fn put(self, context: &Context, user: &User) -> Result<(), Stop> {
        let Self { address, group, name } = self;
        let group = group.map_err(|text| Stop::Refused(Answer::failure(500, &text)))?;
        context
            .write_user(user, Stamp::LastWrite, move |transaction| {
                transaction
                    .prepare_cached("DELETE FROM address_book WHERE address = ? AND blockchain IS NOT ?")?
                    .execute([address.as_str(), group])?;
                transaction
                    .prepare_cached("INSERT OR REPLACE INTO address_book(address, name, blockchain) VALUES (?, ?, ?)")?
                    .execute([address.as_str(), &name, group])?;
                Ok(Ok(()))
            })
            .await
    }
}
