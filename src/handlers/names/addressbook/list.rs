//! Entries of an address book.

use rusqlite::params_from_iter;
use serde_json::{Value, json};

use super::BOOK_TYPE;
use crate::{
    db::{DbError, Transaction},
    handlers::{
        Context, Handler, Unanswered,
        filter::containing,
        handler::Outcome,
        names::chain_address::{ADDRESSES, ChainAddress, addresses},
        ordering,
        rows::{self, Row, odd},
    },
    schema::chains::{self, BLOCKCHAIN},
    wire::{
        Answer, Gives, Location,
        gives::key,
        validate::{
            Fallback, Kind, Record, Schema, field,
            texts::{BOOLEAN, STRING_OR_NONE},
        },
    },
};

/// `POST /api/1/names/addressbook/{book_type}`, which reads. Without an order, rows come as SQLite finds them.
pub const LIST: Handler = Handler::reads("names_addressbook", "POST /api/1/names/addressbook/{book_type}", |context| {
    Box::pin(addressbook(context))
})
.needs_user(&["address_book(address, blockchain, name)"])
.needs_global(&["address_book(address, blockchain, name)"])
.takes(&FILTER, Location::JsonAndPath)
.refuses(&[401])
.gives(Gives::Object(&[
    key(
        "entries",
        Gives::List(&Gives::Object(&[
            key("address", Gives::Text),
            key("name", Gives::Text),
            key("blockchain", Gives::Maybe(&Gives::Text)),
        ])),
    ),
    key("entries_found", Gives::Int),
    key("entries_total", Gives::Int),
]));

/// `QueryAddressbookSchema`
static FILTER: Schema = Schema::new(&[
    ordering::ORDER_BY,
    ordering::ASCENDING,
    ordering::LIMIT,
    ordering::OFFSET,
    ADDRESSES,
    BOOK_TYPE,
    field("name_substring", STRING_OR_NONE).or(Fallback::Null),
    field("blockchain", Kind::Member(&BLOCKCHAIN)).or(Fallback::Null),
    field("strict_blockchain", BOOLEAN).or(Fallback::Bool(true)),
])
.checks(&[ordering::both_or_none]);

const ORDERED_BY: &[&str] = &["address", "name", "blockchain", "rowid", "oid", "_rowid_"];

async fn addressbook(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let end = ordering::clause(&arguments, ORDERED_BY, "")?;
    let (filter, values) = filter(&arguments)?;
    let read = move |transaction: &Transaction<'_>| read(transaction, &filter, &values, &end);
    let (rows, found, total) = match arguments.text("book_type")? {
        "global" => context.read_global(read).await?,
        _ => context.read_user(&user, read).await?,
    };
    let entries = rows.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
    Ok(Answer::ok(&json!({"entries": entries, "entries_found": found, "entries_total": total}))?)
}

/// Most addresses of a condition: SQLite takes no expression that is deeper than 1000, and each makes it one deeper.
const MOST: usize = 900;

/// The condition, in the shape in which legacy has it, and its values.
fn filter(arguments: &Record) -> Result<(String, Vec<String>), Unanswered> {
    let mut conditions = Vec::new();
    let mut values = Vec::new();
    if let Some(part) = arguments.maybe_text("name_substring")? {
        conditions.push("(name LIKE ?)".to_owned());
        values.push(containing(part)?);
    }
    if let Some(chain) = arguments.maybe_text("blockchain")?.and_then(chains::by_key) {
        if arguments.flag("strict_blockchain")? {
            conditions.push("(blockchain=?)".to_owned());
        } else {
            conditions.push("(blockchain IN (?, ?))".to_owned());
            values.push(chain.ecosystem().group().to_owned());
        }
        values.push(chain.value.to_owned());
    }
    let addresses = addresses(arguments)?.unwrap_or_default();
    if addresses.len() > MOST {
        return Err(Unanswered::declined("more addresses than a condition of SQLite's can have"));
    }
    if !addresses.is_empty() {
        let one = |address: &ChainAddress| match address.chain {
            Some(_) => "address = ? AND blockchain = ?",
            None => "address = ?",
        };
        conditions.push(format!("({})", addresses.iter().map(one).collect::<Vec<_>>().join(" OR ")));
        for address in addresses {
            values.extend(
                [Some(address.address.clone()), address.chain().map(|chain| chain.value.to_owned())]
                    .into_iter()
                    .flatten(),
            );
        }
    }
    let clause = if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
    Ok((clause, values))
}

fn read(
    transaction: &Transaction<'_>,
    filter: &str,
    values: &[String],
    end: &str,
) -> Result<(Vec<Row>, i64, i64), DbError> {
    let found = format!("SELECT COUNT(*) FROM address_book{filter}");
    let found = rows::count(transaction, &found, values)?;
    let rows = format!("SELECT address, name, blockchain FROM address_book{filter}{end}");
    let rows = rows::select(transaction, &rows, params_from_iter(values))?;
    Ok((rows, found, rows::total(transaction, "SELECT COUNT(*) FROM address_book")?))
}

fn entry(row: &Row) -> Result<Value, Unanswered> {
    let chain = match row.text(2)? {
        "TYPE_EVMLIKE" | "TYPE_BITCOIN" | "TYPE_SUBSTRATE" => None,
        value => Some(chains::by_value(value).ok_or_else(odd)?.key),
    };
    Ok(json!({"address": row.text(0)?, "name": row.text(1)?, "blockchain": chain}))
}
