//! Parameters and bodies of an operation: what a handler takes, where it takes it.

use utoipa::openapi::{
    Content, ObjectBuilder, Required,
    path::{Parameter, ParameterBuilder, ParameterIn, ParameterStyle},
    request_body::{RequestBody, RequestBodyBuilder},
    schema::Type,
};

use super::fields;
use crate::{
    handlers::{Handler, handler::Takes},
    routes::pattern::{Pattern, Segment},
    wire::{
        Location,
        validate::{Field, Kind, Schema},
    },
};

/// What a handler is asked with.
pub(super) struct Arguments {
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<RequestBody>,
}

impl Arguments {
    /// What this handler takes. Where body and query are both taken, a GET is described with its query: a body that says it
    /// is JSON stands in its place. Other methods are described with their body.
    pub(super) fn of(handler: &Handler, pattern: &Pattern) -> Self {
        let mut parameters: Vec<Parameter> =
            pattern.segments.iter().filter_map(|segment| in_path(segment, handler.takes)).collect();
        let Some(Takes { schema, location }) = handler.takes else { return Self { parameters, body: None } };
        let variables: Vec<&str> = match location {
            Location::Path | Location::JsonAndPath | Location::JsonOrQueryAndPath => {
                pattern.segments.iter().filter_map(Segment::name).collect()
            }
            Location::Json | Location::JsonOfResource | Location::Form | Location::JsonOrQuery => Vec::new(),
        };
        let is_query = matches!(location, Location::JsonOrQuery | Location::JsonOrQueryAndPath);
        if location == Location::Path {
            return Self { parameters, body: None };
        }
        if is_query && pattern.method == http::Method::GET {
            let asked = schema.taken().filter(|field| !variables.contains(&field.name));
            parameters.extend(asked.map(in_query));
            return Self { parameters, body: None };
        }
        Self { parameters, body: Some(body(schema, &variables, location)) }
    }
}

/// A variable of the path: what its field takes, if it is an argument.
fn in_path(segment: &Segment, takes: Option<Takes>) -> Option<Parameter> {
    let name = segment.name()?;
    let read = takes.filter(|takes| {
        matches!(takes.location, Location::Path | Location::JsonAndPath | Location::JsonOrQueryAndPath)
    });
    let field = read.and_then(|takes| takes.schema.taken().find(|field| field.name == name));
    let schema = match (field, segment) {
        // The pattern is asked first.
        (_, Segment::Int(_)) => ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).into(),
        (Some(field), _) => fields::described(field, false),
        (None, _) => ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).into(),
    };
    let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path).required(Required::True);
    Some(parameter.schema(Some(schema)).build())
}

fn in_query(field: &Field) -> Parameter {
    let required = if field.is_required() { Required::True } else { Required::False };
    let parameter = ParameterBuilder::new().name(field.name).parameter_in(ParameterIn::Query).required(required);
    let parameter = parameter.schema(Some(fields::described(field, false)));
    match field.kind {
        Kind::Delimited(_) => parameter.style(Some(ParameterStyle::Form)).explode(Some(false)).build(),
        _ => parameter.build(),
    }
}

fn body(schema: &Schema, variables: &[&str], location: Location) -> RequestBody {
    let needs_one = location == Location::JsonOfResource
        || schema.taken().any(|field| field.is_required() && !variables.contains(&field.name));
    let content = Content::new(Some(fields::object(schema, variables)));
    let is_query = matches!(location, Location::JsonOrQuery | Location::JsonOrQueryAndPath);
    let required = if needs_one && !is_query { Required::True } else { Required::False };
    let described = is_query.then_some("Without a JSON body the same arguments are taken from the query.");
    RequestBodyBuilder::new()
        .content(if location == Location::Form { "multipart/form-data" } else { "application/json" }, content)
        .required(Some(required))
        .description(described)
        .build()
}
