//! Some deleted.

use num_traits::ToPrimitive as _;

use crate::{
    db::{DbError, Transaction},
    handlers::{Context, Handler, Stop, gate::Stamp, handler::Outcome},
    schema::needs::Database,
    wire::{
        Answer, Gives, Location,
        validate::{
            Fallback, Item, Kind, Mistyped, Record, Schema, each, field,
            texts::{BOOLEAN, INTEGER},
        },
    },
};

/// `DELETE /api/1/history/events`
pub const DELETE: Handler =
    Handler::writes("history_events_delete", "DELETE /api/1/history/events", |context| Box::pin(delete(context)))
        .needs_user(&[
            "history_events(identifier, event_identifier, entry_type)",
            // Read for foreign keys, as all that follow.
            "assets(identifier)",
            "location(location)",
            "evm_events_info(identifier)",
            "eth_staking_events_info(identifier)",
            "history_events_mappings(parent_identifier)",
        ])
        .changes(&[
            (Database::User, "history_events"),
            (Database::User, "evm_events_info"),
            (Database::User, "eth_staking_events_info"),
            (Database::User, "history_events_mappings"),
        ])
        .takes(&ARGUMENTS, Location::Json)
        .refuses(&[401, 409])
        .gives(Gives::Flag);

static ARGUMENTS: Schema = Schema::new(&[
    field("identifiers", Kind::List(&each(INTEGER))).required(),
    field("force_delete", BOOLEAN).or(Fallback::Bool(false)),
]);

/// Deletes them in turn, each in a transaction of its own, as legacy does. The first that is not there, or that is the
/// last of an EVM transaction without `force_delete`, ends it; those before it stay deleted.
async fn delete(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let (identifiers, force) = (identifiers(&arguments)?, arguments.flag("force_delete")?);
    let done = Answer::ok(&true)?;
    for (before, identifier) in identifiers.into_iter().enumerate() {
        let deletion = context.write_user(&user, Stamp::LastWrite, move |transaction| {
            let refusal =
                |why| Answer::failure(409, &format!("Tried to remove history event with id {identifier} which {why}"));
            if !force && is_last_of_transaction(transaction, identifier)? {
                return Ok(Err(Stop::Refused(refusal("was the last event of a transaction"))));
            }
            let mut delete = transaction.prepare_cached("DELETE FROM history_events WHERE identifier = ?")?;
            // Legacy finds that out when it has committed: it counts as a write.
            Ok(Ok((delete.execute([identifier])? != 1).then(|| refusal("does not exist"))))
        });
        match deletion.await {
            Ok(None) => {}
            Ok(Some(refusal)) => return Ok(refusal),
            Err(Stop::Unanswered(why)) if before > 0 => return Err(Stop::too_late(&why)),
            Err(stop) => return Err(stop),
        }
    }
    Ok(done)
}

fn identifiers(arguments: &Record) -> Result<Vec<i64>, Mistyped> {
    let items = arguments.maybe_list("identifiers")?.unwrap_or_default();
    let int = |item: &Item| match item {
        Item::Int(int) => int.to_i64().ok_or_else(|| Mistyped::TooLarge("identifiers".into())),
        _ => Err(Mistyped::Wrong("identifiers".into(), "a list of ints")),
    };
    items.iter().map(int).collect()
}

fn is_last_of_transaction(transaction: &Transaction<'_>, identifier: i64) -> Result<bool, DbError> {
    let mut select = transaction.prepare_cached(
        "SELECT COUNT(*) = 1 FROM history_events WHERE event_identifier = \
         (SELECT event_identifier FROM history_events WHERE identifier = ? AND entry_type = 2)",
    )?;
    Ok(select.query_row([identifier], |row| row.get(0))?)
}
