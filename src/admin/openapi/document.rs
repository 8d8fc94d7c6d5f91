//! The document, put together.

use std::sync::LazyLock;

use axum::Json;
use serde_json::{Map, Value, json};

use super::operations::{Gives, OPERATIONS, Operation, Parameter};

static DOCUMENT: LazyLock<Value> = LazyLock::new(written);

/// The document.
pub(in crate::admin) async fn document() -> Json<&'static Value> {
    Json(whole())
}

/// The document of the native routes.
pub(in crate::admin) async fn native() -> Json<&'static Value> {
    Json(crate::openapi::document())
}

/// The document, for the command line.
pub(crate) fn whole() -> &'static Value {
    &DOCUMENT
}

fn written() -> Value {
    let mut paths = Map::new();
    for operation in OPERATIONS {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method] = described(operation);
    }
    // Only this file's own text is read here; a test sees that it is JSON.
    let schemas: Value = serde_json::from_str(include_str!("schemas.json")).unwrap_or_default();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "cutover admin API",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
            "description": "The state of a running bridge, and the ways to change it. Moments are seconds since 1970; durations have their unit in the name. A browser's page may use it only from the listener's own origin, and a request that names another Host is refused.",
        },
        "servers": [{ "url": "/" }],
        "security": [{ "token": [] }, {}],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer", "description": "Needed where admin.token_file names a file." } },
            "responses": responses(),
            "schemas": schemas,
        },
    })
}

fn described(operation: &Operation) -> Value {
    let mut answers = Map::new();
    answers.insert("200".into(), given(operation.gives));
    // The guard's own; those of the token and of other sites where the token is needed.
    let guards: &[u16] = if operation.open { &[421] } else { &[401, 403, 421] };
    // While another process is about to go on, nothing is changed.
    let busy: &[u16] = if operation.method == "get" { &[] } else { &[503] };
    for status in operation.refuses.iter().chain(guards).chain(busy) {
        answers.insert(status.to_string(), json!({ "$ref": format!("#/components/responses/{status}") }));
    }
    let mut described = json!({
        "operationId": identifier(operation),
        "summary": operation.summary,
        "responses": answers,
    });
    let parameters: Vec<Value> = in_path(operation.path).chain(operation.query.iter().map(in_query)).collect();
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    if let Some(takes) = operation.takes {
        described["requestBody"] =
            json!({ "required": true, "content": { "application/json": { "schema": reference(takes) } } });
    }
    if operation.open {
        described["security"] = json!([]);
    }
    described
}

/// `patch_api_routes_name`.
fn identifier(operation: &Operation) -> String {
    let path = operation.path.replace(['/', '.', '-', '{', '}'], "_");
    let words: Vec<&str> = path.split('_').filter(|word| !word.is_empty()).collect();
    format!("{}_{}", operation.method, words.join("_"))
}

fn in_path(path: &str) -> impl Iterator<Item = Value> {
    let name = path.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(name, _)| name);
    let kind = |name: &str| if name == "id" { "integer" } else { "string" };
    name.map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": kind(name) } }))
        .into_iter()
}

fn in_query(Parameter(name, kind, what): &Parameter) -> Value {
    json!({ "name": name, "in": "query", "description": what, "schema": { "type": kind } })
}

fn given(gives: Gives) -> Value {
    let (kind, schema) = match gives {
        Gives::Json(name) => ("application/json", reference(name)),
        Gives::List(name) => ("application/json", json!({ "type": "array", "items": reference(name) })),
        Gives::Text(kind) => (kind, json!({ "type": "string" })),
    };
    json!({ "description": "Done", "content": { kind: { "schema": schema } } })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// What is refused, by status; all of them say why in the same way.
fn responses() -> Value {
    let all = [
        (400, "It can not be read: no JSON, or an unknown parameter"),
        (401, "No token, or not the right one"),
        (403, "A page of another origin asks"),
        (404, "There is no such thing; the nearest name is told"),
        (408, "The body did not arrive in time (admin.body_timeout)"),
        (409, "Refused, with why and the remedy"),
        (413, "The body is larger than 64 KiB (/notify: 64 MiB)"),
        (415, "The Content-Type is not application/json"),
        (421, "The Host is none of this listener's names"),
        (422, "An unknown field, or a value of the wrong kind; the nearest name is told"),
        (502, "The package inside legacy refused"),
        (503, "Not now"),
        (504, "The package inside legacy did not answer in time"),
    ];
    let one = |(status, what): (u16, &str)| {
        let content = json!({ "application/json": { "schema": reference("Error") } });
        (status.to_string(), json!({ "description": what, "content": content }))
    };
    Value::Object(all.into_iter().map(one).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::admin::router::api;

    #[test]
    fn every_endpoint_is_described_and_what_is_described_is_there() {
        let one = |method: &str, path: &str| format!("{} {path}", method.to_lowercase());
        let served: BTreeSet<String> = api()
            .iter()
            .flat_map(|endpoint| endpoint.methods.iter().map(|method| one(method.as_str(), endpoint.path)))
            .collect();
        // One line of the router serves both.
        let of = |operation: &Operation| one(operation.method, operation.path.trim_end_matches(".har"));
        let described: BTreeSet<String> = OPERATIONS.iter().map(of).collect();
        let only =
            |one: &BTreeSet<String>, other: &BTreeSet<String>| one.difference(other).cloned().collect::<Vec<_>>();
        assert_eq!(only(&served, &described), [""; 0], "in router.rs alone");
        assert_eq!(only(&described, &served), [""; 0], "in openapi/operations.rs alone");
    }

    #[test]
    fn what_never_needs_the_token_is_the_same_in_the_router_and_the_document() {
        let open: BTreeSet<&str> = api().iter().filter(|endpoint| endpoint.is_open()).map(|one| one.path).collect();
        let described: BTreeSet<&str> = OPERATIONS.iter().filter(|one| one.open).map(|one| one.path).collect();
        assert_eq!(open, described);
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_schema_is_used() {
        let document = written();
        let mut used = BTreeSet::new();
        let mut left = vec![&document];
        while let Some(value) = left.pop() {
            match value {
                Value::Object(fields) => {
                    if let Some(pointer) = fields.get("$ref").and_then(Value::as_str) {
                        let pointer = pointer.strip_prefix('#').unwrap();
                        assert!(document.pointer(pointer).is_some(), "{pointer} leads nowhere");
                        used.insert(pointer.to_owned());
                    }
                    left.extend(fields.values());
                }
                Value::Array(items) => left.extend(items),
                _ => {}
            }
        }
        let components = document["components"].as_object().unwrap();
        for kind in ["schemas", "responses"] {
            for name in components[kind].as_object().unwrap().keys() {
                assert!(used.contains(&format!("/components/{kind}/{name}")), "nobody uses {kind}/{name}");
            }
        }
    }

    #[test]
    fn no_two_operations_have_the_same_identifier() {
        let identifiers: BTreeSet<String> = OPERATIONS.iter().map(identifier).collect();
        assert_eq!(identifiers.len(), OPERATIONS.len());
    }
}
