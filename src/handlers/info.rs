//! `/api/1/info`

use super::{Context, Handler, Stop, Unanswered, handler::Outcome};
use crate::wire::{
    Answer, Location,
    validate::{Fallback, Schema, field, texts::BOOLEAN},
};

/// `GET /api/1/info`
pub const INFO: Handler = Handler::reads("info", "GET /api/1/info", |context| Box::pin(info(context)));

/// `AppInfoSchema`
static ARGUMENTS: Schema = Schema::new(&[field("check_for_updates", BOOLEAN).or(Fallback::Bool(false))]);

/// Version, data directory and log level of the legacy process, which only it knows: learned from its own answer. A
/// check for updates goes out to the network, and is legacy's.
async fn info(context: Context) -> Outcome {
    context.view()?;
    let arguments = context.arguments(&ARGUMENTS, Location::JsonOrQuery)?;
    if arguments.flag("check_for_updates")? {
        return Err(Stop::declined("it asks for more than the plain facts"));
    }
    let known = context.session().with_facts(|facts| facts.info().cloned());
    let known = known.ok_or_else(|| Unanswered::declined("legacy has not said yet what it is"))?;
    Ok(Answer::ok(&known)?)
}
