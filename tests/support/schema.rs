//! As much of JSON Schema (2020-12) as the OpenAPI documents use: all of the admin API's, and the answers of the native
//! routes'.

use serde_json::Value;

/// Keywords that say nothing about what is valid.
const REMARKS: [&str; 2] = ["description", "format"];

/// What is wrong with a value, each with its place; `document` is what references lead into.
pub fn faults(value: &Value, schema: &Value, document: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    check(value, schema, document, "", &mut faults);
    faults
}

fn check(value: &Value, schema: &Value, document: &Value, place: &str, faults: &mut Vec<String>) {
    for (keyword, wanted) in schema.as_object().expect("a schema is an object") {
        let mut fault = |what: String| faults.push(format!("{place}: {what}"));
        match keyword.as_str() {
            "$ref" => {
                let pointer = wanted.as_str().unwrap().strip_prefix('#').unwrap();
                check(value, document.pointer(pointer).expect("it leads somewhere"), document, place, faults);
            }
            "type" if is_a(value, wanted) => {}
            "type" => fault(format!("{value} is not of type {wanted}")),
            "enum" if wanted.as_array().unwrap().contains(value) => {}
            "enum" => fault(format!("{value} is none of {wanted}")),
            "required" => {
                let names = wanted.as_array().unwrap().iter().filter_map(Value::as_str);
                names.filter(|name| value.get(name).is_none()).for_each(|name| fault(format!("{name} is missing")));
            }
            "properties" => {
                for (name, schema) in wanted.as_object().unwrap() {
                    if let Some(field) = value.get(name) {
                        check(field, schema, document, &format!("{place}/{name}"), faults);
                    }
                }
            }
            "additionalProperties" => {
                for (name, field) in value.as_object().into_iter().flatten() {
                    if schema["properties"].get(name).is_some() {
                        continue;
                    }
                    match wanted {
                        Value::Bool(true) => {}
                        Value::Bool(false) => faults.push(format!("{place}: {name} is not known")),
                        schema => check(field, schema, document, &format!("{place}/{name}"), faults),
                    }
                }
            }
            "items" => {
                let first = schema["prefixItems"].as_array().map_or(0, Vec::len);
                for (index, item) in value.as_array().into_iter().flatten().enumerate().skip(first) {
                    match wanted {
                        Value::Bool(false) => faults.push(format!("{place}: item {index} is one too many")),
                        schema => check(item, schema, document, &format!("{place}/{index}"), faults),
                    }
                }
            }
            "prefixItems" => {
                for (index, schema) in wanted.as_array().unwrap().iter().enumerate() {
                    check(&value[index], schema, document, &format!("{place}/{index}"), faults);
                }
            }
            "anyOf" | "oneOf" => {
                let each: Vec<Vec<String>> =
                    wanted.as_array().unwrap().iter().map(|schema| self::faults(value, schema, document)).collect();
                let fitting = each.iter().filter(|faults| faults.is_empty()).count();
                if fitting == 0 || (keyword == "oneOf" && fitting > 1) {
                    fault(format!("{fitting} of {keyword} fit: {each:?}"));
                }
            }
            "minItems" | "maxItems" => {
                let (count, bound) =
                    (value.as_array().map(Vec::len), wanted.as_u64().and_then(|one| one.try_into().ok()));
                let beyond = if keyword == "minItems" { count < bound } else { count > bound };
                if count.is_some() && beyond {
                    fault(format!("{count:?} items, {keyword} is {wanted}"));
                }
            }
            remark if REMARKS.contains(&remark) => {}
            other => panic!("{other} is not understood here"),
        }
    }
}

fn is_a(value: &Value, wanted: &Value) -> bool {
    let one = |word: &Value| match word.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    };
    match wanted {
        Value::Array(words) => words.iter().any(one),
        word => one(word),
    }
}
