//! The JSON Schema of a field and of a schema.

use serde_json::Value;
use utoipa::openapi::{
    ArrayBuilder, ObjectBuilder, OneOfBuilder, RefOr, Schema as Described,
    schema::{AdditionalProperties, AnyOfBuilder, ArrayItems, SchemaType, Type},
};

use crate::wire::validate::{Fallback, Field, Kind, Schema, Shape, Validator, shape::Sign};

/// A number in a text.
const NUMBER: &str = "^-?[0-9]+(\\.[0-9]+)?$";

/// An object of these fields. `given` are those that are not looked for here, as variables of the path.
pub(super) fn object(schema: &Schema, given: &[&str]) -> RefOr<Described> {
    let Some((name, choice)) = schema.choice() else { return with_fields(schema, given, None).into() };
    let names = schema.taken().find(|field| field.name == name).map(|field| match field.kind {
        Kind::Member(members) => members.taken().collect(),
        _ => Vec::new(),
    });
    let chosen = names.unwrap_or_default().into_iter().filter_map(|value| Some((value, choice(value)?)));
    let all = chosen
        .fold(OneOfBuilder::new(), |all, (value, chosen)| all.item(with_fields(chosen, given, Some((name, value)))));
    Described::OneOf(all.build()).into()
}

fn with_fields(schema: &Schema, given: &[&str], chosen_by: Option<(&str, &str)>) -> Described {
    let mut object = ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    if let Some((name, value)) = chosen_by {
        let only = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([value]));
        object = object.property(name, only).required(name);
    }
    for field in schema.taken().filter(|field| !given.contains(&field.name)) {
        object = object.property(field.name, described(field, true));
        if field.is_required() {
            object = object.required(field.name);
        }
    }
    let asks_more = "What fields have to be together is checked as well.";
    object.description(schema.asks_more().then_some(asks_more)).build().into()
}

/// What a field takes. In a query nothing is null.
pub(super) fn described(field: &Field, null: bool) -> RefOr<Described> {
    let asked = Asked::of(field, null);
    match field.kind {
        Kind::Scalar(shape, _) => scalar(shape, &asked).into(),
        Kind::Member(members) => {
            let names: Vec<Value> = members.taken().map(Value::from).chain(asked.null.then_some(Value::Null)).collect();
            asked.onto(ObjectBuilder::new().enum_values(Some(names)), &[Type::String], &[members.class]).into()
        }
        Kind::LookUp(hook) => asked.onto(ObjectBuilder::new(), &[Type::String], &["One that is known:", hook]).into(),
        Kind::Asset(_) => {
            asked.onto(ObjectBuilder::new(), &[Type::String], &["The identifier of an asset that is known"]).into()
        }
        Kind::Timestamp(factor) => timestamp(factor, "", &asked).into(),
        Kind::TimestampUntilNow(factor) => timestamp(factor, ", not in the future", &asked).into(),
        Kind::List(each) => list(each, asked.least, &asked, "").into(),
        Kind::NonEmptyList(each) => list(each, Some(1), &asked, "").into(),
        Kind::Delimited(each) => list(each, Some(1), &asked, "A list, or a text with commas between the items").into(),
        Kind::Tuple(fields) => {
            let items = fields.iter().filter_map(|field| match described(field, true) {
                RefOr::T(schema) => Some(schema),
                RefOr::Ref(_) => None,
            });
            let tuple = ArrayBuilder::new().prefix_items(items).items(ArrayItems::False);
            let tuple = tuple.min_items(Some(fields.len())).max_items(Some(fields.len()));
            asked.nullable(tuple.default(asked.fallback.clone()).build().into()).into()
        }
        Kind::Nested(schema) => match object(schema, &[]) {
            RefOr::T(nested) => asked.nullable(nested).into(),
            reference @ RefOr::Ref(_) => reference,
        },
        Kind::Mapping(keys, values) => {
            let keys = keys.and_then(|keys| match described(keys, false) {
                RefOr::T(schema) => Some(schema),
                RefOr::Ref(_) => None,
            });
            let free = AdditionalProperties::FreeForm(true);
            let values = values.map_or(free, |values| AdditionalProperties::RefOr(described(values, true)));
            let mapping = ObjectBuilder::new().property_names(keys).additional_properties(Some(values));
            asked.onto(mapping, &[Type::Object], &[]).into()
        }
        Kind::IncludeExclude(each) => {
            let plain = Asked { null: false, fallback: None, ..Asked::default() };
            let values = list(each, Some(1), &plain, "");
            let behaviour = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["include", "exclude"]));
            let behaviour = behaviour.default(Some("include".into()));
            let both = ObjectBuilder::new().property("values", values).required("values");
            asked.onto(both.property("behaviour", behaviour), &[Type::Object], &[]).into()
        }
    }
}

fn scalar(shape: Shape, asked: &Asked) -> Described {
    let object = ObjectBuilder::new();
    match shape {
        Shape::Text => asked.onto(object, &[Type::String], &[]),
        Shape::NonEmptyText => asked.onto(object.min_length(Some(asked.least.unwrap_or(1))), &[Type::String], &[]),
        Shape::Like(pattern, what, example) => {
            asked.onto(object.pattern(Some(pattern)).examples([example]), &[Type::String], &[what])
        }
        Shape::Boolean => asked.onto(object, &[Type::Boolean], &[]),
        Shape::Int => asked.onto(object, &[Type::Integer], &[]),
        Shape::Amount(sign) => {
            let (object, what) = match sign {
                Sign::Any => (object, "A number, or a text that has one"),
                Sign::NotNegative => (object.minimum(Some(0)), "A number from 0 on, or a text that has one"),
                Sign::Positive => (object.exclusive_minimum(Some(0)), "A number above 0, or a text that has one"),
            };
            asked.onto(object.pattern(Some(NUMBER)), &[Type::String, Type::Number], &[what])
        }
        Shape::Percentage => {
            let object = object.minimum(Some(0)).maximum(Some(100)).pattern(Some(NUMBER));
            asked.onto(object, &[Type::String, Type::Number], &["From 0 to 100, a number or a text that has one"])
        }
        Shape::Object => asked.onto(object, &[Type::Object], &[]),
        Shape::Anything => {
            let but_null = [Type::String, Type::Number, Type::Boolean, Type::Object, Type::Array];
            asked.onto(object, &but_null, &["Anything"])
        }
        Shape::File => {
            let file = object.content_media_type("application/octet-stream");
            asked.onto(file, &[Type::String], &["A file, whose name has the right ending"])
        }
        Shape::Path => asked.onto(object, &[Type::String], &["A path on the machine that the backend runs on"]),
    }
}

fn timestamp(factor: i64, bound: &str, asked: &Asked) -> Described {
    let unit = if factor == 1 { "Seconds since 1970" } else { "Seconds since 1970, kept in another unit" };
    let timestamp = ObjectBuilder::new().minimum(Some(0));
    asked.onto(timestamp, &[Type::Integer], &[&format!("{unit}{bound}")])
}

fn list(each: &Field, least: Option<usize>, asked: &Asked, what: &str) -> Described {
    let list = ArrayBuilder::new().items(described(each, true)).min_items(least).max_items(asked.most);
    let list = list.default(asked.fallback.clone()).description((!what.is_empty()).then_some(what));
    let types = [Type::Array].into_iter().chain(asked.null.then_some(Type::Null));
    list.schema_type(types.collect::<SchemaType>()).build().into()
}

/// What is asked of a value, whatever its kind.
#[derive(Default)]
struct Asked {
    null: bool,
    fallback: Option<Value>,
    least: Option<usize>,
    most: Option<usize>,
    from: Option<i64>,
    to: Option<i64>,
    choices: Option<Vec<&'static str>>,
    further: bool,
    now: bool,
}

impl Asked {
    fn of(field: &Field, null: bool) -> Self {
        let fallback = match field.fallback() {
            Some(Fallback::Bool(flag)) => Some(flag.into()),
            Some(Fallback::Int(int)) => Some(int.into()),
            Some(Fallback::Text(text) | Fallback::Member(text)) => Some(text.into()),
            Some(Fallback::Null) if null => Some(Value::Null),
            _ => None,
        };
        let now = matches!(field.fallback(), Some(Fallback::Now));
        let mut asked = Self { null: null && field.is_nullable(), fallback, now, ..Self::default() };
        for validator in field.validators() {
            match *validator {
                Validator::Range { min, max, .. } => (asked.from, asked.to) = (min.or(asked.from), max.or(asked.to)),
                Validator::Length { min, max, .. } => {
                    (asked.least, asked.most) = (min.or(asked.least), max.or(asked.most));
                }
                Validator::OneOf { choices, .. } => asked.choices = Some(choices.to_vec()),
                Validator::Equal(only) => asked.choices = Some(vec![only]),
                Validator::Custom(_) => asked.further = true,
            }
        }
        asked
    }

    /// All of it, on top of what the kind asks.
    fn onto(&self, mut object: ObjectBuilder, types: &[Type], what: &[&str]) -> Described {
        let types: Vec<Type> = types.iter().cloned().chain(self.null.then_some(Type::Null)).collect();
        object = match <[Type; 1]>::try_from(types) {
            Ok([only]) => object.schema_type(only),
            Err(several) => object.schema_type(several.into_iter().collect::<SchemaType>()),
        };
        // A bound beyond the machine's ints is none that is worth describing.
        if let Some(from) = self.from.and_then(|from| isize::try_from(from).ok()) {
            object = object.minimum(Some(from));
        }
        if let Some(to) = self.to.and_then(|to| isize::try_from(to).ok()) {
            object = object.maximum(Some(to));
        }
        if let Some(least) = self.least {
            object = object.min_length(Some(least));
        }
        if let Some(most) = self.most {
            object = object.max_length(Some(most));
        }
        if let Some(choices) = &self.choices {
            let choices = choices.iter().map(|choice| Value::from(*choice)).chain(self.null.then_some(Value::Null));
            object = object.enum_values(Some(choices));
        }
        let further = self.further.then_some("Further checks apply.");
        let now = self.now.then_some("The moment if it is left out.");
        let mut said = what.join(" ");
        for sentence in further.into_iter().chain(now) {
            let end = if said.is_empty() || said.ends_with('.') { "" } else { "." };
            said.push_str(end);
            if !said.is_empty() {
                said.push(' ');
            }
            said.push_str(sentence);
        }
        object.description((!said.is_empty()).then_some(said)).default(self.fallback.clone()).build().into()
    }

    fn nullable(&self, schema: Described) -> Described {
        if !self.null {
            return schema;
        }
        let nothing = ObjectBuilder::new().schema_type(Type::Null);
        Described::AnyOf(AnyOfBuilder::new().item(schema).item(nothing).default(self.fallback.clone()).build())
    }
}
