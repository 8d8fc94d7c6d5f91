//! `/api/1/settings/configuration`

use super::{Context, Handler, Unanswered, handler::Outcome};
use crate::wire::{Answer, Gives};

/// `GET /api/1/settings/configuration`
pub const GET: Handler =
    Handler::reads("settings_configuration", "GET /api/1/settings/configuration", |context| Box::pin(get(context)))
        .gives(Gives::Mapping(&Gives::Mapping(&Gives::Anything)));

/// What legacy was started with, which only it knows: learned from its own answer.
async fn get(context: Context) -> Outcome {
    context.view()?;
    let known = context.session().with_facts(|facts| facts.configuration().cloned());
    let known = known.ok_or_else(|| Unanswered::declined("legacy has not said yet what it was started with"))?;
    Ok(Answer::ok(&known)?)
}
