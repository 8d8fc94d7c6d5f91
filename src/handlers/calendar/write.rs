//! One entry added, edited, deleted.

use rusqlite::params;
use serde_json::json;

use super::account::{self, ADDRESS, CHAIN, COUNTERPARTY};
use crate::{
    db::{DbError, Transaction},
    handlers::{
        Context, Handler, Stop,
        gate::Stamp,
        handler::Outcome,
        refusals::{broken, int},
    },
    schema::{
        chains,
        needs::{Database, Tables},
    },
    session::who::User,
    wire::{
        Answer, Gives, Location,
        gives::key,
        validate::{
            Fallback, Fault, Field, Kind, Pass, Question, Record, Schema, field,
            texts::{BOOLEAN, COLOR, INTEGER, NON_EMPTY_STRING, STRING_OR_NONE},
        },
    },
};

/// `PUT /api/1/calendar`
pub const ADD: Handler = Handler::writes("calendar_add", "PUT /api/1/calendar", |context| Box::pin(add(context)))
    .needs_user(ENTRY)
    .changes(&[(Database::User, "calendar")])
    .takes(&ADDED, Location::JsonOrQuery)
    .refuses(&[401])
    .gives(Gives::Object(&[key("entry_id", Gives::Int)]));
/// `PATCH /api/1/calendar`
pub const EDIT: Handler = Handler::writes("calendar_edit", "PATCH /api/1/calendar", |context| Box::pin(edit(context)))
    .needs_user(ENTRY)
    .changes(&[(Database::User, "calendar")])
    .takes(&EDITED, Location::JsonOrQuery)
    .refuses(&[401])
    .gives(Gives::Object(&[key("entry_id", Gives::Int)]));
/// `DELETE /api/1/calendar`
pub const DELETE: Handler =
    Handler::writes("calendar_delete", "DELETE /api/1/calendar", |context| Box::pin(delete(context)))
        .needs_user(&[
            "calendar(identifier)",
            "calendar_reminders(event_id)",
            "blockchain_accounts(blockchain, account)",
        ])
        .changes(&[(Database::User, "calendar"), (Database::User, "calendar_reminders")])
        .takes(&DELETED, Location::JsonOrQuery)
        .refuses(&[401])
        .gives(Gives::Flag);

/// What decides whether an entry can be stored: its own uniqueness, and the account that it is about.
const ENTRY: Tables = &["calendar(identifier, name, address, blockchain)", "blockchain_accounts(blockchain, account)"];

/// `IntegerIdentifierSchema`
pub(super) const IDENTIFIER: Field = field("identifier", INTEGER).required();
/// Only an identifier.
pub(super) static DELETED: Schema = Schema::new(&[IDENTIFIER]);

const NAME: Field = field("name", NON_EMPTY_STRING).required();
const DESCRIPTION: Field = field("description", STRING_OR_NONE).or(Fallback::Null);
const COLOUR: Field = field("color", COLOR).or(Fallback::Null);
const AUTO_DELETE: Field = field("auto_delete", BOOLEAN).required();
const TIMESTAMP: Field = field("timestamp", Kind::Timestamp(1)).required();

static ADDED: Schema =
    Schema::new(&[ADDRESS, CHAIN, NAME, DESCRIPTION, COUNTERPARTY, COLOUR, AUTO_DELETE, TIMESTAMP]).checks(&[account]);
static EDITED: Schema =
    Schema::new(&[IDENTIFIER, ADDRESS, CHAIN, NAME, DESCRIPTION, COUNTERPARTY, COLOUR, AUTO_DELETE, TIMESTAMP])
        .checks(&[account]);

/// Neither address nor chain, or both, and they fit.
fn account(record: &Record, _: &Pass<'_>) -> Result<(), Fault> {
    if record.is_null("address") != record.is_null("blockchain") {
        return Err(Fault::message("If any of address or blockchain is provided both need to be provided"));
    }
    account::given(record)?.map_or(Ok(()), |(address, chain)| account::fits(address, chain))
}

/// An entry as its columns are.
struct Entry {
    name: String,
    timestamp: i64,
    /// Description, counterparty, address, chain as the databases spell it, colour.
    texts: [Option<String>; 5],
    auto_delete: bool,
}

impl Entry {
    async fn read(context: &Context, user: &User) -> Result<(Self, Record), Stop> {
        let known = |questions: Vec<Question>| async { account::counterparties(user, questions) };
        let arguments = context.arguments_known(known).await?;
        let text = |name| arguments.maybe_text(name).map(|text| text.map(str::to_owned));
        let chain = arguments.maybe_text("blockchain")?.and_then(chains::by_key).map(|chain| chain.value.to_owned());
        let texts = [text("description")?, text("counterparty")?, text("address")?, chain, text("color")?];
        let entry = Self {
            name: arguments.text("name")?.to_owned(),
            timestamp: int(&arguments, "timestamp")?,
            texts,
            auto_delete: arguments.flag("auto_delete")?,
        };
        Ok((entry, arguments))
    }

    /// How many rows it became: none if there is one of the same name, address and chain.
    fn add(&self, transaction: &Transaction<'_>) -> Result<usize, rusqlite::Error> {
        let [description, counterparty, address, chain, colour] = &self.texts;
        transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO calendar(name, timestamp, description, counterparty, address, blockchain, color, \
                 auto_delete) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                self.name, self.timestamp, description, counterparty, address, chain, colour, self.auto_delete
            ])
    }

    fn replace(&self, identifier: i64, transaction: &Transaction<'_>) -> Result<usize, rusqlite::Error> {
        let [description, counterparty, address, chain, colour] = &self.texts;
        transaction
            .prepare_cached(
                "UPDATE calendar SET name = ?, timestamp = ?, description = ?, counterparty = ?, address = ?, \
                 blockchain = ?, color = ?, auto_delete = ? WHERE identifier = ?",
            )?
            .execute(params![
                self.name,
                self.timestamp,
                description,
                counterparty,
                address,
                chain,
                colour,
                self.auto_delete,
                identifier
            ])
    }
}

/// An account that is not tracked breaks a foreign key, which legacy does not expect: its driver calls that by another
/// name where a statement returns something.
async fn add(context: Context) -> Outcome {
    let user = context.login()?;
    let (entry, _) = Entry::read(&context, &user).await?;
    let identifier = context
        .write_user(&user, Stamp::LastWrite, move |transaction| {
            let refused = |status, message: &str| Ok(Err(Stop::Refused(Answer::failure(status, message))));
            match entry.add(transaction) {
                Ok(0) => refused(
                    400,
                    "Could not add the calendar entry because an event with the same name, address and blockchain \
                     already exist",
                ),
                Ok(_) => Ok(Ok(transaction.last_insert_rowid())),
                Err(error) => match broken(&error) {
                    Some(message) => refused(500, message),
                    None => Err(error.into()),
                },
            }
        })
        .await?;
    Ok(Answer::ok(&json!({"entry_id": identifier}))?)
}

/// An entry that does not exist is edited with success.
async fn edit(context: Context) -> Outcome {
    let user = context.login()?;
    let (entry, arguments) = Entry::read(&context, &user).await?;
    let identifier = int(&arguments, "identifier")?;
    context
        .write_user(&user, Stamp::LastWrite, move |transaction| match entry.replace(identifier, transaction) {
            Ok(_) => Ok(Ok(())),
            Err(error) => unedited("calendar entry", error),
        })
        .await?;
    Ok(Answer::ok(&json!({"entry_id": identifier}))?)
}

async fn delete(context: Context) -> Outcome {
    let user = context.login()?;
    let identifier = int(&context.arguments()?, "identifier")?;
    delete_from("calendar", &context, &user, identifier).await
}

/// Deletes the row of this identifier from one of the calendar's tables.
pub(super) async fn delete_from(table: &'static str, context: &Context, user: &User, identifier: i64) -> Outcome {
    context
        .write_user(user, Stamp::LastWrite, move |transaction| {
            let delete = format!("DELETE FROM {table} WHERE identifier = ?");
            match transaction.prepare_cached(&delete)?.execute([identifier])? {
                1 => Ok(Answer::ok(&true).map_err(Stop::from)),
                _ => Ok(Err(absent(table))),
            }
        })
        .await
}

/// The refusal of an edit that breaks a constraint.
pub(super) fn unedited(what: &str, error: rusqlite::Error) -> Result<Result<(), Stop>, DbError> {
    let Some(message) = broken(&error) else { return Err(error.into()) };
    let message = format!("Could not update {what} due to {message}");
    Ok(Err(Stop::Refused(Answer::failure(400, &message))))
}

/// The refusal to delete what there is not.
fn absent(table: &str) -> Stop {
    Stop::Refused(Answer::failure(400, &format!("Tried to delete a non existent {table} entry")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{
        location::{Reading, Sources, read},
        parse::parse,
        validate::Known,
    };

    fn said(body: &str) -> String {
        let body = parse(body.as_bytes()).unwrap();
        match read(
            &EDITED,
            Location::JsonOrQuery,
            Sources { body: Some(&body), query: "", path: &[] },
            0,
            &Known::new(),
        ) {
            Reading::Loaded(_) => "taken".into(),
            Reading::Refused(answer) => String::from_utf8_lossy(&answer.body).into_owned(),
            Reading::Asked(questions) => format!("asks {}", questions[0].value),
            Reading::Legacy(why) => why,
        }
    }

    #[test]
    fn an_entry_is_about_no_account_or_a_whole_one() {
        let entry = r#""identifier": 1, "name": "a", "auto_delete": false, "timestamp": 1"#;
        for (more, expected) in [
            ("", "taken"),
            (r#", "address": "", "blockchain": null"#, "taken"),
            (r#", "address": "x", "blockchain": "eth2""#, "taken"),
            (r#", "address": "x""#, r#"_schema\": [\"If any of address or blockchain"#),
            (r#", "blockchain": "eth""#, "both need to be provided"),
            (r#", "address": "x", "blockchain": "dot""#, "Given value x is not a polkadot address"),
            (r#", "counterparty": "ens""#, "asks ens"),
        ] {
            let said = said(&format!("{{{entry}{more}}}"));
            assert!(said.contains(expected), "{more}: {said}");
        }
        assert!(said("{}").contains(r#"{\"identifier\": [\"Missing data for required field.\"], \"name\""#));
    }
}
