//! What a rule can be about.

use crate::{
    handlers::{Context, Handler, handler::Outcome},
    schema::constants::ACCOUNTING_RULES_INFO,
    wire::{Answer, Gives},
};

/// `GET /api/1/accounting/rules/info`
pub const RULES_INFO: Handler =
    Handler::reads("accounting_rules_info", "GET /api/1/accounting/rules/info", |context| {
        Box::pin(rules_info(context))
    })
    .gives(Gives::Mapping(&Gives::List(&Gives::Text)));

async fn rules_info(_: Context) -> Outcome {
    Ok(Answer::ok(&*ACCOUNTING_RULES_INFO)?)
}
