//! Entries of an address book added, edited, deleted: all that a request names, or none.

use std::collections::BTreeSet;

use super::{
    BOOK_TYPE,
    book::{Entry, Written, removed},
};
use crate::{
    db::{DbError, Transaction},
    handlers::{
        Context, Handler, Stop, Unanswered,
        gate::Stamp,
        handler::Outcome,
        names::chain_address::{ADDRESS, ADDRESSES, CHAIN, ChainAddress, addresses, fits_its_chain, spelled},
        rows::odd,
    },
    schema::needs::{Database, Tables},
    session::who::User,
    wire::{
        Answer, Gives, Location,
        validate::{
            Fallback, Field, Item, Kind, Record, Schema, each, field,
            texts::{BOOLEAN, STRING},
        },
    },
};

/// `PUT /api/1/names/addressbook/{book_type}`
pub const ADD: Handler =
    Handler::writes("names_addressbook_add", "PUT /api/1/names/addressbook/{book_type}", |context| {
        Box::pin(add(context))
    })
    .needs_user(READ)
    .needs_global(READ)
    .changes(CHANGED)
    .takes(&ADDED, Location::JsonAndPath)
    .refuses(&[401, 409])
    .gives(Gives::Flag);
/// `PATCH /api/1/names/addressbook/{book_type}`
pub const EDIT: Handler =
    Handler::writes("names_addressbook_edit", "PATCH /api/1/names/addressbook/{book_type}", |context| {
        Box::pin(edit(context))
    })
    .needs_user(READ)
    .needs_global(READ)
    .changes(CHANGED)
    .takes(&EDITED, Location::JsonAndPath)
    .refuses(&[401, 409])
    .gives(Gives::Flag);
/// `DELETE /api/1/names/addressbook/{book_type}`
pub const DELETE: Handler =
    Handler::writes("names_addressbook_delete", "DELETE /api/1/names/addressbook/{book_type}", |context| {
        Box::pin(delete(context))
    })
    .needs_user(READ)
    .needs_global(READ)
    .changes(CHANGED)
    .takes(&DELETED, Location::JsonAndPath)
    .refuses(&[401, 409])
    .gives(Gives::Flag);

const READ: Tables = &["address_book(address, blockchain)"];
const CHANGED: &[(Database, &str)] = &[(Database::User, "address_book"), (Database::Global, "address_book")];

static ENTRY: Schema =
    Schema::new(&[ADDRESS, CHAIN, field("name", STRING).required()]).checks(&[fits_its_chain]).after(spelled);
static EACH: Field = each(Kind::Nested(&ENTRY));
const ENTRIES: Field = field("entries", Kind::NonEmptyList(&EACH)).required();

static ADDED: Schema = Schema::new(&[BOOK_TYPE, ENTRIES, field("update_existing", BOOLEAN).or(Fallback::Bool(false))]);
static EDITED: Schema = Schema::new(&[BOOK_TYPE, ENTRIES]);
static DELETED: Schema = Schema::new(&[ADDRESSES, BOOK_TYPE]);

/// Most addresses that are deleted at once; with some more, legacy's statement has too many variables.
const MOST: usize = 30_000;

async fn add(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let replaces = arguments.flag("update_existing")?;
    let entries = entries(&arguments)?;
    let put = move |transaction: &Transaction<'_>| all(&entries, |entry| entry.put(transaction, replaces));
    written(&context, &user, &arguments, put).await
}

/// Writes, or with an empty name takes away.
async fn edit(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let entries = entries(&arguments)?;
    let edit = move |transaction: &Transaction<'_>| {
        all(
            &entries,
            |entry| {
                if entry.name.is_empty() { entry.remove(transaction) } else { entry.put(transaction, true) }
            },
        )
    };
    written(&context, &user, &arguments, edit).await
}

async fn delete(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let Some(addresses) = addresses(&arguments)? else {
        return Ok(Answer::failure(500, "'NoneType' object is not iterable"));
    };
    let distinct: BTreeSet<String> = addresses.iter().map(|at| at.address.clone()).collect();
    if addresses.len() > MOST {
        return Err(Stop::declined("it deletes very many"));
    }
    if distinct.len() < addresses.len() {
        // Legacy binds each address once, to a statement that has room for all that were given.
        let (given, bound) = (addresses.len(), distinct.len());
        let message = format!(
            "Incorrect number of bindings supplied. The current statement uses {given}, and there are {bound} supplied."
        );
        return Ok(Answer::failure(500, &message));
    }
    let delete = move |transaction: &Transaction<'_>| {
        if !present(transaction, &distinct)? {
            return Ok(Err(absent(&distinct)));
        }
        taken_away(transaction, &addresses)
    };
    written(&context, &user, &arguments, delete).await
}

/// Runs it on the book that is meant. Only the user's own counts as the user's last write.
async fn written<F>(context: &Context, user: &User, arguments: &Record, mut write: F) -> Outcome
where
    F: FnMut(&Transaction<'_>) -> Written + Send + 'static,
{
    match arguments.text("book_type")? {
        "global" => context.write_global(move |transaction| write(transaction)).await?,
        _ => context.write_user(user, Stamp::LastWrite, move |transaction| write(transaction)).await?,
    }
    Ok(Answer::ok(&true)?)
}

fn entries(arguments: &Record) -> Result<Vec<Entry>, Unanswered> {
    let items = arguments.maybe_list("entries")?.unwrap_or_default();
    let entry = |item: &Item| match item {
        Item::Record(record) => Entry::of(record),
        _ => Err(odd()),
    };
    items.iter().map(entry).collect()
}

/// One after the other, up to the first that is refused.
fn all(entries: &[Entry], mut write: impl FnMut(&Entry) -> Written) -> Written {
    for entry in entries {
        if let Err(refused) = write(entry)? {
            return Ok(Err(refused));
        }
    }
    Ok(Ok(()))
}

/// Whether each address is in the book, on whatever chain.
fn present(transaction: &Transaction<'_>, addresses: &BTreeSet<String>) -> Result<bool, DbError> {
    let mut select = transaction.prepare_cached("SELECT 1 FROM address_book WHERE address = ?")?;
    for address in addresses {
        if !select.exists([address])? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Legacy names all of them, as a Python set is printed: in an order by chance, if they are several.
fn absent(addresses: &BTreeSet<String>) -> Stop {
    match addresses.first() {
        Some(address) if addresses.len() == 1 => {
            let message = format!("Addresses {{'{address}'}} are not present in the database");
            Stop::Refused(Answer::failure(409, &message))
        }
        _ => Stop::declined("legacy names several addresses in no fixed order"),
    }
}

/// Those with a chain must each be there on it; of the others all entries go.
fn taken_away(transaction: &Transaction<'_>, addresses: &[ChainAddress]) -> Written {
    let (with, without): (Vec<_>, Vec<_>) = addresses.iter().partition(|at| at.chain.is_some());
    let mut deleted = 0;
    for at in &with {
        deleted += removed(transaction, at)?;
    }
    if deleted != with.len() {
        let message = "One or more of the addresses with blockchains provided do not exist in the database";
        return Ok(Err(Stop::Refused(Answer::failure(409, message))));
    }
    let mut delete = transaction.prepare_cached("DELETE FROM address_book WHERE address = ?")?;
    for at in without {
        delete.execute([&at.address])?;
    }
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_refusal_of_a_single_address_is_told_as_legacy_tells_it() {
        let of = |addresses: &[&str]| absent(&addresses.iter().map(|address| (*address).to_owned()).collect());
        let Stop::Refused(answer) = of(&["0xA"]) else { panic!("declined") };
        assert_eq!(answer.status, 409);
        assert!(String::from_utf8_lossy(&answer.body).contains("Addresses {'0xA'} are not present in the database"));
        assert!(matches!(of(&["0xA", "0xB"]), Stop::Unanswered(_)));
    }
}
