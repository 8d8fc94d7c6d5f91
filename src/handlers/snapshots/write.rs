//! A snapshot replaced, deleted.

use rusqlite::{CachedStatement, ToSql, params};

use super::rows::{Balance, EDITED, Place, TIMESTAMP, read};
use crate::{
    db::{DbError, Transaction},
    handlers::{
        Context, Handler, Stop, Unanswered,
        asset_arguments::NFT,
        gate::Stamp,
        handler::Outcome,
        refusals::{beyond_sqlite, broken, int},
    },
    schema::needs::{Database, Tables},
    wire::{
        Answer, Gives, Location,
        validate::{Item, Question, Schema, addresses::checksummed},
    },
};

/// `PATCH /api/1/snapshots`
pub const EDIT_ANY: Handler =
    Handler::writes("snapshots_edit", "PATCH /api/1/snapshots", |context| Box::pin(edit(context)))
        .needs_user(READ)
        .needs_global(&["assets(identifier)"])
        .changes(STORED)
        .takes(&EDITED, Location::JsonAndPath)
        .refuses(&[401, 409])
        .gives(Gives::Flag);
/// `PATCH /api/1/snapshots/{timestamp}`
pub const EDIT: Handler =
    Handler::writes("snapshot_edit", "PATCH /api/1/snapshots/{timestamp:int}", |context| Box::pin(edit(context)))
        .needs_user(READ)
        .needs_global(&["assets(identifier)"])
        .changes(STORED)
        .takes(&EDITED, Location::JsonAndPath)
        .refuses(&[401, 409])
        .gives(Gives::Flag);
/// `DELETE /api/1/snapshots`
pub const DELETE_ANY: Handler =
    Handler::writes("snapshots_delete", "DELETE /api/1/snapshots", |context| Box::pin(delete(context)))
        .needs_user(READ)
        .changes(DELETED_TABLES)
        .takes(&DELETED, Location::Json)
        .refuses(&[401, 409])
        .gives(Gives::Flag);
/// `DELETE /api/1/snapshots/{timestamp}`, which takes its timestamp from the body all the same.
pub const DELETE: Handler =
    Handler::writes("snapshot_delete", "DELETE /api/1/snapshots/{timestamp:int}", |context| Box::pin(delete(context)))
        .needs_user(READ)
        .changes(DELETED_TABLES)
        .takes(&DELETED, Location::Json)
        .refuses(&[401, 409])
        .gives(Gives::Flag);

/// The last three for foreign keys, whatever is done to a row.
pub(super) const READ: Tables = &[
    "timed_balances(category, timestamp, currency)",
    "timed_location_data(timestamp, location)",
    "assets(identifier)",
    "balance_category(category)",
    "location(location)",
];
pub(super) const STORED: &[(Database, &str)] =
    &[(Database::User, "timed_balances"), (Database::User, "timed_location_data"), (Database::User, "assets")];
const DELETED_TABLES: &[(Database, &str)] =
    &[(Database::User, "timed_balances"), (Database::User, "timed_location_data")];

/// `SnapshotTimestampQuerySchema`
static DELETED: Schema = Schema::new(&[TIMESTAMP]);

type Written = Result<Result<(), Stop>, DbError>;

/// What there was at the moment goes, and what was sent comes. Rows of other moments may be sent along.
async fn edit(context: Context) -> Outcome {
    let user = context.login()?;
    let known = |questions: Vec<Question>| assets(&context, questions);
    let arguments = context.arguments_known(known).await?;
    let timestamp = int(&arguments, "timestamp")?;
    let (balances, places) = read(&arguments)?;
    context
        .write_user(&user, Stamp::LastWrite, move |transaction| {
            if let Err(refused) = gone(transaction, timestamp)? {
                return Ok(Err(refused));
            }
            if let Err(refused) = put_balances(transaction, &balances)? {
                return Ok(Err(refused));
            }
            put_places(transaction, &places)
        })
        .await?;
    Ok(Answer::ok(&true)?)
}

async fn delete(context: Context) -> Outcome {
    let user = context.login()?;
    let timestamp = int(&context.arguments()?, "timestamp")?;
    context.write_user(&user, Stamp::LastWrite, move |transaction| gone(transaction, timestamp)).await?;
    Ok(Answer::ok(&true)?)
}

/// Whether the assets exist. One that is an NFT does if its contract has an address, and is taken as it came.
async fn assets(context: &Context, questions: Vec<Question>) -> Result<Vec<Result<Item, String>>, Unanswered> {
    let nft = |question: &Question| question.value.starts_with(NFT);
    let mut others =
        context.assets(questions.iter().filter(|question| !nft(question)).cloned().collect()).await?.into_iter();
    let judged = questions.into_iter().map(|question| {
        let Some(token) = question.value.strip_prefix(NFT) else {
            return others.next().ok_or_else(|| Unanswered::Failed("an asset without an answer".into()));
        };
        let contract = token.split('_').next().unwrap_or_default();
        if checksummed(contract).is_none() {
            return Err(Unanswered::declined("an NFT without a contract"));
        }
        Ok(Ok(Item::Text(question.value)))
    });
    judged.collect()
}

/// Takes away what there was at a moment, which has to be balances and locations.
fn gone(transaction: &Transaction<'_>, timestamp: i64) -> Written {
    for delete in
        ["DELETE FROM timed_balances WHERE timestamp = ?", "DELETE FROM timed_location_data WHERE timestamp = ?"]
    {
        if transaction.prepare_cached(delete)?.execute([timestamp])? == 0 {
            return Ok(Err(refused(409, "No snapshot found for the specified timestamp")));
        }
    }
    Ok(Ok(()))
}

/// NFTs become assets first, so that they can be referred to.
pub(super) fn put_balances(transaction: &Transaction<'_>, balances: &[Balance]) -> Written {
    let mut known = transaction.prepare_cached("INSERT OR IGNORE INTO assets(identifier) VALUES (?)")?;
    for balance in balances.iter().filter(|balance| balance.asset.starts_with(NFT)) {
        known.execute([&balance.asset])?;
    }
    let mut insert = transaction.prepare_cached(
        "INSERT INTO timed_balances(category, timestamp, currency, amount, usd_value) VALUES (?, ?, ?, ?, ?)",
    )?;
    for Balance { time, category, asset, amount, value } in balances {
        let Some(time) = time else { return Ok(Err(Stop::Refused(beyond_sqlite()))) };
        if !put(&mut insert, params![category, time, asset, amount, value])? {
            return Ok(Err(refused(
                409,
                "Adding timed_balance failed. Either unknown asset identifier or an entry for the given timestamp \
                 already exists",
            )));
        }
    }
    Ok(Ok(()))
}

/// Writes what there was at each place.
pub(super) fn put_places(transaction: &Transaction<'_>, places: &[Place]) -> Written {
    let mut insert = transaction
        .prepare_cached("INSERT INTO timed_location_data(timestamp, location, usd_value) VALUES (?, ?, ?)")?;
    for Place { time, name, letter, value } in places {
        let Some(time) = time else { return Ok(Err(Stop::Refused(beyond_sqlite()))) };
        if !put(&mut insert, params![time, letter, value])? {
            let message =
                format!("Tried to add a timed_location_data for {name} at already existing timestamp {time}.");
            return Ok(Err(refused(409, &message)));
        }
    }
    Ok(Ok(()))
}

/// Writes a row, unless it would break a constraint; whether it did.
fn put(insert: &mut CachedStatement<'_>, row: &[&dyn ToSql]) -> Result<bool, DbError> {
    match insert.execute(row) {
        Ok(_) => Ok(true),
        Err(error) if broken(&error).is_some() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn refused(status: u16, message: &str) -> Stop {
    Stop::Refused(Answer::failure(status, message))
}
