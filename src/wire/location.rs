//! Where an endpoint takes its arguments from, and one reading of them.

use super::{
    Answer,
    query::pairs,
    validate::{Fault, Kind, Known, Pass, Question, Record, Schema, item::Item},
    value::{Dict, Value},
};

/// Where an endpoint takes its arguments from (`use_args(location=…)`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// `json`: the body, or nothing if it is not said to be JSON.
    Json,
    /// `json` of an endpoint with `resource_parser`, where a body that is not said to be JSON is no object.
    JsonOfResource,
    /// `form_and_file`: a form in place of JSON.
    Form,
    /// `json_and_query`: the body if it is said to be JSON, the query otherwise.
    JsonOrQuery,
    /// `view_args`: the path alone.
    Path,
    /// `json_and_view_args`
    JsonAndPath,
    /// `json_and_query_and_view_args`
    JsonOrQueryAndPath,
}

/// What a request has.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'r> {
    /// The body, if it is said to be JSON.
    pub body: Option<&'r Value>,
    /// The query, without its question mark.
    pub query: &'r str,
    /// Variables of the path.
    pub path: &'r [(String, Value)],
}

/// What comes of a reading.
#[derive(Debug)]
pub enum Reading {
    /// Arguments.
    Loaded(Record),
    /// The answer to wrong ones.
    Refused(Answer),
    /// It has to be read again once these are known.
    Asked(Vec<Question>),
    /// Legacy's to judge, for this reason.
    Legacy(String),
}

/// Reads the arguments of a request. `now` in seconds since 1970.
#[must_use]
pub fn read(schema: &Schema, location: Location, sources: Sources<'_>, now: i64, known: &Known) -> Reading {
    let pass = Pass::new(now, known);
    let loaded = location.data(schema, sources).and_then(|data| schema.load(&data, &pass));
    let asked = pass.asked();
    if !asked.is_empty() {
        return Reading::Asked(asked);
    }
    match loaded {
        Ok(Item::Record(record)) => Reading::Loaded(record),
        Ok(_) => Reading::Legacy("its arguments are no record".into()),
        Err(Fault::Invalid(messages)) => Reading::Refused(Answer::invalid(&messages)),
        Err(Fault::Crash(text)) => Reading::Refused(Answer::failure(500, &text)),
        Err(Fault::Legacy(why)) => Reading::Legacy(why),
    }
}

impl Location {
    fn data(self, schema: &Schema, sources: Sources<'_>) -> Result<Value, Fault> {
        let body = sources.body.cloned();
        // Without a variable in the path nothing goes over anything.
        let location = match self {
            Self::JsonAndPath if sources.path.is_empty() => Self::Json,
            Self::JsonOrQueryAndPath if sources.path.is_empty() => Self::JsonOrQuery,
            location => location,
        };
        match location {
            Self::Json | Self::Form => Ok(body.unwrap_or_else(|| Value::Dict(Dict::new()))),
            Self::JsonOfResource => Ok(body.unwrap_or(Value::Null)),
            Self::JsonOrQuery => body.map_or_else(|| query(schema, sources.query), Ok),
            Self::Path => Ok(Value::Dict(sources.path.iter().cloned().collect())),
            Self::JsonAndPath => over(body.unwrap_or_else(|| Value::Dict(Dict::new())), schema, sources.path),
            Self::JsonOrQueryAndPath => {
                // A query in which a list comes several times is flattened to its first when the path goes over it.
                let data = body.map_or_else(|| first_of(sources.query), Ok)?;
                over(data, schema, sources.path)
            }
        }
    }
}

/// The variables of the path over what was given. Where a list is wanted, what is none becomes one.
fn over(data: Value, schema: &Schema, path: &[(String, Value)]) -> Result<Value, Fault> {
    let Value::Dict(mut data) = data else {
        return Err(Fault::Crash(match data {
            Value::List(_) => "list indices must be integers or slices, not str".into(),
            other => format!("'{}' object does not support item assignment", other.class()),
        }));
    };
    data.extend(path.iter().cloned());
    for name in lists_of(schema) {
        if let Some(given) = data.get_mut(name).filter(|given| !matches!(given, Value::List(_) | Value::Null)) {
            *given = Value::List(vec![std::mem::replace(given, Value::Null)]);
        }
    }
    Ok(Value::Dict(data))
}

/// The query: of a name that comes twice the first, of a list all.
fn query(schema: &Schema, query: &str) -> Result<Value, Fault> {
    let mut data = Dict::new();
    let lists: Vec<&str> = lists_of(schema).collect();
    for (name, value) in pairs(query).ok_or_else(odd)? {
        let value = Value::Str(value);
        match data.get_mut(&name) {
            Some(Value::List(items)) => items.push(value),
            Some(_) => {}
            None if lists.contains(&name.as_str()) => {
                data.insert(name, Value::List(vec![value]));
            }
            None => {
                data.insert(name, value);
            }
        }
    }
    Ok(Value::Dict(data))
}

fn first_of(query: &str) -> Result<Value, Fault> {
    let mut data = Dict::new();
    for (name, value) in pairs(query).ok_or_else(odd)? {
        data.entry(name).or_insert(Value::Str(value));
    }
    Ok(Value::Dict(data))
}

fn odd() -> Fault {
    Fault::legacy("its query is not UTF-8")
}

fn lists_of(schema: &Schema) -> impl Iterator<Item = &'static str> + use<> {
    let fields = schema.fields.iter();
    fields.filter(|field| matches!(field.kind, Kind::List(_) | Kind::NonEmptyList(_))).map(|field| field.name)
}
