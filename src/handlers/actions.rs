//! `/api/1/actions/ignored`

use super::{Context, Handler, Stop, gate::Stamp, handler::Outcome, refusals};
use crate::{
    schema::needs::Database,
    wire::{
        Answer, Gives, Location,
        validate::{Item, Kind, Schema, each, field, texts::NON_EMPTY_STRING},
    },
};

/// `PUT /api/1/actions/ignored`
pub const IGNORE: Handler =
    Handler::writes("actions_ignored_add", "PUT /api/1/actions/ignored", |context| Box::pin(ignore(context)))
        .needs_user(&["ignored_actions(identifier)"])
        .changes(&[(Database::User, "ignored_actions")])
        .takes(&MODIFIED, Location::Json)
        .refuses(&[401, 409])
        .gives(Gives::Flag);
/// `DELETE /api/1/actions/ignored`
pub const UNIGNORE: Handler =
    Handler::writes("actions_ignored_delete", "DELETE /api/1/actions/ignored", |context| Box::pin(unignore(context)))
        .needs_user(&["ignored_actions(identifier)"])
        .changes(&[(Database::User, "ignored_actions")])
        .takes(&MODIFIED, Location::Json)
        .refuses(&[401, 409])
        .gives(Gives::Flag);

static MODIFIED: Schema = Schema::new(&[field("data", Kind::Delimited(&each(NON_EMPTY_STRING))).required()]);

/// The identifiers given, as often as they are given.
fn identifiers(context: &Context) -> Result<Vec<String>, Stop> {
    let arguments = context.arguments()?;
    let given = arguments.maybe_list("data")?.unwrap_or_default();
    Ok(given.iter().filter_map(Item::as_text).map(str::to_owned).collect())
}

/// All, or none if one is ignored already or given twice.
async fn ignore(context: Context) -> Outcome {
    let user = context.login()?;
    let identifiers = identifiers(&context)?;
    context
        .write_user(&user, Stamp::LastWrite, move |transaction| {
            let mut insert = transaction.prepare_cached("INSERT INTO ignored_actions(identifier) VALUES(?)")?;
            for identifier in &identifiers {
                match insert.execute([identifier]) {
                    Err(error) if refusals::broken(&error).is_some() => {
                        let message = "One of the given action ids already exists in the database";
                        return Ok(Err(Stop::Refused(Answer::failure(409, message))));
                    }
                    inserted => inserted?,
                };
            }
            Ok(Answer::ok(&true).map_err(Stop::from))
        })
        .await
}

/// All, or none if one is not ignored or given twice.
async fn unignore(context: Context) -> Outcome {
    let user = context.login()?;
    let identifiers = identifiers(&context)?;
    context
        .write_user(&user, Stamp::LastWrite, move |transaction| {
            let mut delete = transaction.prepare_cached("DELETE FROM ignored_actions WHERE identifier=?")?;
            let mut missing = 0;
            for identifier in &identifiers {
                missing += usize::from(delete.execute([identifier])? == 0);
            }
            if missing > 0 {
                let message = format!("Tried to remove {missing} ignored actions that do not exist");
                return Ok(Err(Stop::Refused(Answer::failure(409, &message))));
            }
            Ok(Answer::ok(&true).map_err(Stop::from))
        })
        .await
}
