//! The document, put together.

use std::sync::LazyLock;

use serde_json::Value;
use utoipa::openapi::{Components, Info, License, OpenApi, OpenApiBuilder, Paths, Server, path::HttpMethod};

use super::{operation, responses};
use crate::{
    handlers::ALL,
    routes::pattern::{Pattern, Segment},
};

const DESCRIPTION: &str = "Every route that the bridge answers natively. It is what the handlers declare: requests are \
    held against the same schemas that are described here. A request that a handler does not answer is forwarded, and \
    then the backend's answer may have a status that is not listed. Arguments are described in the spelling to use; the \
    backend, and so the bridge, takes others as well, as a number in a text, or names of enumerations in any case.";

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(written()).unwrap_or_default());

/// The document.
#[must_use]
pub fn document() -> &'static Value {
    &DOCUMENT
}

fn written() -> OpenApi {
    let mut paths = Paths::new();
    for handler in ALL {
        // A test sees that every route of a handler is a pattern.
        let Ok(pattern) = Pattern::parse(handler.declared.route) else { continue };
        let operation = operation::described(handler, &pattern);
        paths.add_path_operation(path(&pattern), vec![method(&pattern)], operation);
    }
    let components = responses::failures()
        .into_iter()
        .fold(Components::builder(), |components, (name, response)| components.response(name, response));
    let (name, failure) = responses::failure();
    let components = components.schema(name, failure);
    let mut license = License::new("MIT OR Apache-2.0");
    license.identifier = Some("MIT OR Apache-2.0".to_owned());
    let mut info = Info::new("cutover native routes", env!("CARGO_PKG_VERSION"));
    info.description = Some(DESCRIPTION.to_owned());
    info.license = Some(license);
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([Server::new("/")]))
        .paths(paths)
        .components(Some(components.build()))
        .build()
}

/// `/api/1/tasks/{task_id}`
fn path(pattern: &Pattern) -> String {
    let segments = pattern.segments.iter().map(|segment| match (segment, segment.name()) {
        (Segment::Literal(text), _) => text.clone(),
        (_, name) => format!("{{{}}}", name.unwrap_or_default()),
    });
    let path: Vec<String> = segments.collect();
    format!("/{}", path.join("/"))
}

fn method(pattern: &Pattern) -> HttpMethod {
    match pattern.method.as_str() {
        "PUT" => HttpMethod::Put,
        "POST" => HttpMethod::Post,
        "PATCH" => HttpMethod::Patch,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fmt::Write as _};

    use super::*;
    use crate::wire::Location;

    #[test]
    fn every_handler_is_an_operation_under_its_own_name() {
        let document = document();
        assert_eq!(document["openapi"], "3.1.0");
        let paths = document["paths"].as_object().unwrap();
        let operations = paths.values().flat_map(|path| path.as_object().unwrap().values());
        let described: BTreeSet<&str> = operations.map(|one| one["operationId"].as_str().unwrap()).collect();
        let handlers: BTreeSet<&str> = ALL.iter().map(|handler| handler.declared.name).collect();
        assert_eq!(described, handlers);
    }

    #[test]
    fn every_variable_of_a_path_is_a_parameter_and_every_argument_is_described() {
        for handler in ALL {
            let pattern = Pattern::parse(handler.declared.route).unwrap();
            let operation = &document()["paths"][path(&pattern)][pattern.method.as_str().to_lowercase()];
            let parameters: Vec<&Value> = operation["parameters"].as_array().into_iter().flatten().collect();
            let named = |place: &str| -> BTreeSet<&str> {
                let of = parameters.iter().filter(|one| one["in"] == place);
                of.map(|one| one["name"].as_str().unwrap()).collect()
            };
            let variables: BTreeSet<&str> = pattern.segments.iter().filter_map(Segment::name).collect();
            assert_eq!(named("path"), variables, "{handler:?}");
            // What only a path gives is not there where the path has no variable.
            let Some(takes) = handler.takes.filter(|takes| takes.location != Location::Path) else { continue };
            let body = operation["requestBody"].to_string();
            for field in takes.schema.taken() {
                let there = named("path").contains(field.name)
                    || named("query").contains(field.name)
                    || body.contains(&format!("\"{}\"", field.name));
                assert!(there, "{handler:?} takes {}", field.name);
            }
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let text = document().to_string();
        for reference in text.split("\"$ref\":\"#").skip(1) {
            let pointer = reference.split('"').next().unwrap();
            assert!(document().pointer(pointer).is_some(), "{pointer}");
        }
    }

    /// A result in a word or two.
    fn kind(schema: &Value) -> String {
        if let Some(several) = schema["anyOf"].as_array() {
            return several.iter().map(kind).collect::<Vec<_>>().join("|");
        }
        match &schema["type"] {
            Value::Null => "anything".to_owned(),
            Value::Array(types) => types.iter().map(|one| one.as_str().unwrap()).collect::<Vec<_>>().join("|"),
            one if one == "array" => format!("[{}]", kind(&schema["items"])),
            one if one == "object" && schema["properties"].is_null() => "{*}".to_owned(),
            one if one == "object" => {
                format!(
                    "{{{}}}",
                    schema["properties"].as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(",")
                )
            }
            one => one.as_str().unwrap().to_owned(),
        }
    }

    /// Forgetting to say what a handler gives is a panic where it succeeds; these say that they never do.
    #[test]
    fn every_handler_gives_something_but_those_that_never_succeed() {
        let never: Vec<&str> =
            ALL.iter().filter(|handler| handler.gives.is_none()).map(|handler| handler.declared.name).collect();
        assert_eq!(
            never,
            [
                "balances_historical", // refused without premium, and legacy's with it
                "snapshot_import",     // legacy falls over it
                "snapshot_upload",     // likewise
                "reports_delete_none",
                "tasks_delete_none",
            ]
        );
    }

    /// What is taken has to be declared: [`crate::handlers::Context::arguments`] reads by nothing else. These have none.
    #[test]
    fn every_handler_takes_something_but_those_without_arguments() {
        let without = ALL.iter().filter(|handler| handler.takes.is_none());
        let names: Vec<&str> = without.map(|handler| handler.declared.name).collect();
        insta::assert_snapshot!(names.join("\n"));
    }

    #[test]
    fn the_operations_are_these() {
        let mut table = String::new();
        for handler in ALL {
            let pattern = Pattern::parse(handler.declared.route).unwrap();
            let operation = &document()["paths"][path(&pattern)][pattern.method.as_str().to_lowercase()];
            let statuses: Vec<&String> = operation["responses"].as_object().unwrap().keys().collect();
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let names: Vec<&str> = parameters.map(|one| one["name"].as_str().unwrap()).collect();
            let body = if operation["requestBody"].is_null() { "" } else { " body" };
            let statuses = statuses.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(" ");
            let success =
                &operation["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["result"];
            let result = if success.is_null() { "nothing".to_owned() } else { kind(success) };
            let named = names.join(",");
            writeln!(table, "{}: {named}{body} -> {result} {statuses}", handler.declared.route).unwrap();
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn one_operation_reads_like_this() {
        let one = &document()["paths"]["/api/1/tags"]["put"];
        insta::assert_snapshot!(serde_json::to_string_pretty(one).unwrap());
    }
}
