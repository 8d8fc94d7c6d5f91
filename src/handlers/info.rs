//! `/api/1/info`

use super::{Context, Handler, Unanswered, handler::Outcome};
use crate::wire::Answer;

/// `GET /api/1/info`
pub const INFO: Handler = Handler::reads("info", "GET /api/1/info", |context| Box::pin(info(context)));

/// What legacy reads as false.
const FALSE: [&str; 14] = ["false", "False", "FALSE", "f", "F", "0", "off", "Off", "OFF", "no", "No", "NO", "n", "N"];

/// Version, data directory and log level of the legacy process, which only it knows: learned from its own answer. A
/// check for updates goes out to the network, and is legacy's.
async fn info(context: Context) -> Outcome {
    context.view()?;
    let asked = context.query.split('&').filter(|part| !part.is_empty());
    for part in asked {
        match part.split_once('=') {
            Some(("check_for_updates", value)) if FALSE.contains(&value) => {}
            _ => return Err(Unanswered::declined("it asks for more than the plain facts")),
        }
    }
    let known = context.session().with_facts(|facts| facts.info().cloned());
    let known = known.ok_or_else(|| Unanswered::declined("legacy has not said yet what it is"))?;
    Ok(Answer::ok(&known)?)
}
