//! One rule added, edited, deleted. Legacy does not count that as a write.

use super::wanted::{ADDED, EDITED, Wanted};
use crate::{
    config::Cache,
    handlers::{Context, Handler, Stop, filter::bindable, gate::Stamp, handler::Outcome, refusals, rows},
    schema::{
        enums::member,
        events::{EVENT_SUBTYPES, EVENT_TYPES},
        needs::Database,
    },
    wire::{
        Answer, Gives, Location,
        validate::{Record, Schema, field, texts::INTEGER},
    },
};

/// What an event is accounted by is in legacy's memory too.
pub(super) const STALE: &[Cache] = &[Cache::AccountingStatus];

/// What is read of the rules.
const RULES: &str = "accounting_rules(identifier, type, subtype, counterparty)";
/// A link brings the row of its setting along.
const LINKED: &[(Database, &str)] =
    &[(Database::User, "accounting_rules"), (Database::User, "linked_rules_properties"), (Database::User, "settings")];

/// `PUT /api/1/accounting/rules`
pub const ADD: Handler =
    Handler::writes("accounting_rules_add", "PUT /api/1/accounting/rules", |context| Box::pin(add(context)))
        .needs_user(&[RULES, "settings(name)"])
        .changes(LINKED)
        .leaves_stale(STALE)
        .takes(&ADDED, Location::JsonOrQuery)
        .refuses(&[401, 409])
        .gives(Gives::Flag);
/// `PATCH /api/1/accounting/rules`
pub const EDIT: Handler =
    Handler::writes("accounting_rules_edit", "PATCH /api/1/accounting/rules", |context| Box::pin(edit(context)))
        .needs_user(&[RULES, "linked_rules_properties(accounting_rule)", "settings(name)"])
        .changes(LINKED)
        .leaves_stale(STALE)
        .takes(&EDITED, Location::JsonOrQuery)
        .refuses(&[401, 409])
        .gives(Gives::Flag);
/// `DELETE /api/1/accounting/rules`
pub const DELETE: Handler =
    Handler::writes("accounting_rules_delete", "DELETE /api/1/accounting/rules", |context| Box::pin(delete(context)))
        .needs_user(&[
            "accounting_rules(identifier, type, subtype)",
            "linked_rules_properties(accounting_rule)",
            "unresolved_remote_conflicts(local_id)",
            // Read for a foreign key.
            "settings(name)",
        ])
        .changes(&[
            (Database::User, "accounting_rules"),
            (Database::User, "linked_rules_properties"),
            (Database::User, "unresolved_remote_conflicts"),
        ])
        .leaves_stale(STALE)
        .takes(&IDENTIFIER, Location::JsonOrQuery)
        .refuses(&[401, 409])
        .gives(Gives::Flag);

/// `IntegerIdentifierSchema`
static IDENTIFIER: Schema = Schema::new(&[field("identifier", INTEGER).required()]);

async fn add(context: Context) -> Outcome {
    let user = context.login()?;
    let wanted = wanted(&context.arguments()?)?;
    context
        .write_user(&user, Stamp::None, move |transaction| {
            if wanted.insert(transaction)? {
                return Ok(Answer::ok(&true).map_err(Stop::from));
            }
            Ok(Err(refused(&format!("{} already exists", wanted.title()))))
        })
        .await
}

async fn edit(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let (wanted, rule) = (wanted(&arguments)?, refusals::int(&arguments, "identifier")?);
    context
        .write_user(&user, Stamp::None, move |transaction| {
            Ok(match wanted.update(transaction, rule)? {
                Ok(()) => Answer::ok(&true).map_err(Stop::from),
                Err(why) => Err(refused(&why)),
            })
        })
        .await
}

async fn delete(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let rule = refusals::int(&arguments, "identifier")?;
    context
        .write_user(&user, Stamp::None, move |transaction| {
            let subject = "SELECT type, subtype FROM accounting_rules WHERE identifier=?";
            let found = rows::select(transaction, subject, [rule])?;
            let Some(row) = found.first() else {
                return Ok(Err(refused(&format!("Rule with id {rule} does not exist"))));
            };
            let known = |at, members| row.text(at).is_ok_and(|text| member(text, members).is_some());
            if !(known(0, EVENT_TYPES) && known(1, EVENT_SUBTYPES)) {
                return Ok(Err(rows::odd().into()));
            }
            for delete in [
                "DELETE FROM linked_rules_properties WHERE accounting_rule=?",
                "DELETE FROM unresolved_remote_conflicts WHERE local_id=?",
                "DELETE FROM accounting_rules WHERE identifier=?",
            ] {
                transaction.prepare_cached(delete)?.execute([rule])?;
            }
            Ok(Answer::ok(&true).map_err(Stop::from))
        })
        .await
}

fn wanted(arguments: &Record) -> Result<Wanted, Stop> {
    let wanted = Wanted::of(arguments)?;
    bindable(wanted.rule.counterparty.as_deref().unwrap_or_default())?;
    Ok(wanted)
}

/// Nothing was changed by then.
fn refused(why: &str) -> Stop {
    Stop::Refused(Answer::failure(409, why))
}
