//! What is answered, by status: always the envelope.

use utoipa::openapi::{
    Content, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Schema,
    header::Header,
    schema::{SchemaType, Type},
};

use super::results;
use crate::handlers::Handler;

/// What the bridge answers itself, whatever the route: the backend is away, slow or talks nonsense, or the client's body
/// is too large, slow or broken off.
pub(super) const OF_THE_BRIDGE: [u16; 6] = [400, 408, 413, 502, 503, 504];

/// The name of the response with this status.
pub(super) fn name(status: u16) -> String {
    let known = ALL.iter().find(|(known, ..)| *known == status);
    known.map_or_else(|| format!("Status{status}"), |(_, name, _)| (*name).to_owned())
}

const ALL: [(u16, &str, &str); 11] = [
    (
        400,
        "Wrong",
        "Wrong arguments, as the message says: a JSON object in a text, by field. Or what they ask for is refused, or the \
         body broke off",
    ),
    (401, "NotLoggedIn", "No user is logged in"),
    (403, "NotPremium", "The user has no premium subscription"),
    (404, "NotThere", "There is no such thing"),
    (408, "TooSlow", "The body did not arrive in time (listen.body_timeout)"),
    (409, "Conflict", "It can not be done as things are; the message says why"),
    (413, "TooLarge", "The body is too large (listen.max_body)"),
    (
        500,
        "Failed",
        "The backend does not catch what goes wrong, as with a body that is no JSON or an int beyond 64 bits; or a native \
         write broke off",
    ),
    (502, "BadGateway", "The backend broke off, or what it said is no HTTP"),
    (503, "Unavailable", "The backend is away, or the bridge is full or stopping"),
    (504, "Late", "The backend did not answer in time"),
];

/// The failures, by name.
pub(super) fn failures() -> Vec<(String, Response)> {
    let one = |&(status, name, what): &(u16, &str, &str)| {
        let content = Content::new(Some(Ref::from_schema_name(FAILURE)));
        let mut response = ResponseBuilder::new().description(what).content("application/json", content);
        if OF_THE_BRIDGE.contains(&status) {
            let mut header = Header::new(ObjectBuilder::new().schema_type(Type::String));
            header.description = Some("In a word what went wrong, where the bridge itself answers".to_owned());
            response = response.header("x-cutover-error", header);
        }
        (name.to_owned(), response.build())
    };
    ALL.iter().map(one).collect()
}

/// The success of a handler, if it has any.
pub(super) fn success(handler: &Handler) -> Option<Response> {
    let gives = handler.gives?;
    let as_task = handler.takes.is_some_and(|takes| takes.schema.taken().any(|field| field.name == "async_query"));
    let content = Content::new(Some(results::envelope(gives, as_task)));
    Some(ResponseBuilder::new().description("Done").content("application/json", content).build())
}

const FAILURE: &str = "Failure";

/// The envelope of a failure.
pub(super) fn failure() -> (&'static str, RefOr<Schema>) {
    let text = ObjectBuilder::new().schema_type(Type::String);
    let result =
        ObjectBuilder::new().schema_type(SchemaType::AnyValue).description(Some("null, and rarely false or an object"));
    let whole = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("result", result)
        .required("result")
        .property("message", text)
        .required("message");
    (FAILURE, whole.into())
}
