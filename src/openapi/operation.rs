//! One handler.

use std::collections::BTreeSet;

use utoipa::openapi::{
    Ref, ResponsesBuilder,
    path::{Operation, OperationBuilder},
};

use super::{arguments::Arguments, responses};
use crate::{config::Access, handlers::Handler, routes::pattern::Pattern};

/// Its description.
pub(super) fn described(handler: &Handler, pattern: &Pattern) -> Operation {
    let Arguments { parameters, body } = Arguments::of(handler, pattern);
    let failures: BTreeSet<u16> = handler.statuses().into_iter().chain(responses::OF_THE_BRIDGE).collect();
    let answers = ResponsesBuilder::new();
    let answers = match responses::success(handler) {
        Some(success) => answers.response("200", success),
        None => answers,
    };
    let answers = failures.into_iter().filter(|status| *status != 200).fold(answers, |answers, status| {
        answers.response(status.to_string(), Ref::from_response_name(responses::name(status)))
    });
    let declared = handler.declared;
    let summary = match declared.access {
        Access::Reads => "Reads",
        Access::Writes => "Writes, if native writes are on (flags.native_writes); the backend answers otherwise",
    };
    // `/api/1/assets/all` is one of the assets.
    let tag = pattern.segments.get(2).map(ToString::to_string);
    OperationBuilder::new()
        .operation_id(Some(declared.name))
        .tags(tag.map(|tag| [tag]))
        .summary(Some(declared.name.replace('_', " ")))
        .description(Some(format!("{summary}. Tables: {}", handler.needs)))
        .parameters((!parameters.is_empty()).then_some(parameters))
        .request_body(body)
        .responses(answers.build())
        .build()
}
