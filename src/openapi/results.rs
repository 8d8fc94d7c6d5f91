//! The JSON Schema of a result.

use utoipa::openapi::{
    ArrayBuilder, ObjectBuilder, RefOr, Schema as Described,
    schema::{AdditionalProperties, AnyOfBuilder, ArrayItems, SchemaType, Type},
};

use crate::wire::{Gives, gives::Key};

/// What a success is: the envelope with such a result, or with the number of a task where that is asked for.
pub(super) fn envelope(gives: Gives, as_task: bool) -> RefOr<Described> {
    let result = described(&gives);
    let result = if as_task {
        let task = [Key { name: "task_id", gives: Gives::Int, always: true }];
        any_of([result, object(&task)])
    } else {
        result
    };
    let text = ObjectBuilder::new().schema_type(Type::String);
    let code = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .description(Some("A status that a few endpoints let slip into the body; from 400 on there, it is a failure"));
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("result", result)
        .required("result")
        .property("message", text)
        .required("message")
        .property("status_code", code)
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .build()
        .into()
}

fn described(gives: &Gives) -> Described {
    let of = |kind| ObjectBuilder::new().schema_type(kind).build().into();
    match gives {
        Gives::Null => of(Type::Null),
        Gives::Flag => of(Type::Boolean),
        Gives::Int => of(Type::Integer),
        Gives::Number => of(Type::Number),
        Gives::Text => of(Type::String),
        Gives::Anything => ObjectBuilder::new().schema_type(SchemaType::AnyValue).build().into(),
        Gives::Maybe(gives) => any_of([described(gives), of(Type::Null)]),
        Gives::List(each) => ArrayBuilder::new().items(RefOr::T(described(each))).build().into(),
        Gives::Tuple(members) => {
            let tuple = ArrayBuilder::new().prefix_items(members.iter().map(described)).items(ArrayItems::False);
            tuple.min_items(Some(members.len())).max_items(Some(members.len())).build().into()
        }
        Gives::Object(keys) => object(keys),
        Gives::Made(keys) => object(&keys()),
        Gives::Mapping(each) => {
            let values = AdditionalProperties::RefOr(described(each).into());
            ObjectBuilder::new().schema_type(Type::Object).additional_properties(Some(values)).build().into()
        }
        Gives::Either(several) => any_of(several.iter().map(described)),
    }
}

fn object(keys: &[Key]) -> Described {
    let closed = ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    let object = keys.iter().fold(closed, |object, key| {
        let object = object.property(key.name, described(&key.gives));
        if key.always { object.required(key.name) } else { object }
    });
    object.build().into()
}

/// A scalar that may be null has both types; anything else is one of several.
fn any_of(several: impl IntoIterator<Item = Described>) -> Described {
    let several: Vec<Described> = several.into_iter().collect();
    if let [Described::Object(scalar), Described::Object(null)] = &several[..]
        && let SchemaType::Type(kind) = &scalar.schema_type
        && null.schema_type == SchemaType::Type(Type::Null)
        && *kind != Type::Object
    {
        let both: SchemaType = [kind.clone(), Type::Null].into_iter().collect();
        return ObjectBuilder::new().schema_type(both).build().into();
    }
    let any = several.into_iter().fold(AnyOfBuilder::new(), AnyOfBuilder::item);
    Described::AnyOf(any.build())
}
