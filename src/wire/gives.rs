//! What the result of an answer is made of: plain data, declared beside the handler that writes it.

use serde_json::{Map, Value};

/// What a result is.
#[derive(Debug, Clone, Copy)]
pub enum Gives {
    /// Null.
    Null,
    /// A boolean.
    Flag,
    /// An int.
    Int,
    /// A number with or without a fraction.
    Number,
    /// A text.
    Text,
    /// Whatever legacy has said or the database holds.
    Anything,
    /// This, or null.
    Maybe(&'static Gives),
    /// A list of it.
    List(&'static Gives),
    /// A list of as many members.
    Tuple(&'static [Gives]),
    /// An object with these keys and no others.
    Object(&'static [Key]),
    /// Likewise, with keys out of a table.
    Made(fn() -> Vec<Key>),
    /// An object with any keys.
    Mapping(&'static Gives),
    /// One of several.
    Either(&'static [Gives]),
}

/// A key of an object.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What is under it.
    pub gives: Gives,
    /// Whether it is always there.
    pub always: bool,
}

/// A key that is always there.
#[must_use]
pub const fn key(name: &'static str, gives: Gives) -> Key {
    Key { name, gives, always: true }
}

/// A key that is there in some answers.
#[must_use]
pub const fn at_times(name: &'static str, gives: Gives) -> Key {
    Key { name, gives, always: false }
}

impl Gives {
    /// What of a value is not as it says: the first, with the place where it is.
    #[must_use]
    pub fn fault(&self, value: &Value) -> Option<String> {
        self.fault_at("result", value)
    }

    fn fault_at(&self, place: &str, value: &Value) -> Option<String> {
        let (fits, what) = match (self, value) {
            (Self::Anything, _) => return None,
            (Self::Maybe(_), Value::Null) => return None,
            (Self::Maybe(gives), _) => return gives.fault_at(place, value),
            (Self::List(each), Value::Array(items)) => {
                return items.iter().find_map(|item| each.fault_at(&format!("{place}[]"), item));
            }
            (Self::Tuple(members), Value::Array(items)) if members.len() == items.len() => {
                return members.iter().zip(items).find_map(|(each, item)| each.fault_at(&format!("{place}[]"), item));
            }
            (Self::Mapping(each), Value::Object(entries)) => {
                return entries.values().find_map(|item| each.fault_at(&format!("{place}.*"), item));
            }
            (Self::Made(keys), Value::Object(entries)) => return entries_fault(&keys(), place, entries),
            (Self::Object(keys), Value::Object(entries)) => return entries_fault(keys, place, entries),
            (Self::Either(several), _) => {
                let faults: Vec<String> = several.iter().map_while(|one| one.fault_at(place, value)).collect();
                return (faults.len() == several.len()).then(|| faults.join(", nor: "));
            }
            (Self::Null, _) => (value.is_null(), "null"),
            (Self::Flag, _) => (value.is_boolean(), "a boolean"),
            // One beyond 64 bits is read as a float here.
            (Self::Int, _) => (value.as_f64().is_some_and(|number| number.fract() == 0.0), "an int"),
            (Self::Number, _) => (value.is_number(), "a number"),
            (Self::Text, _) => (value.is_string(), "a text"),
            (Self::List(_) | Self::Tuple(_), _) => (false, "such a list"),
            (Self::Mapping(_) | Self::Object(_) | Self::Made(_), _) => (false, "an object"),
        };
        (!fits).then(|| format!("{place} is not {what}: {:.80}", value.to_string()))
    }
}

fn entries_fault(keys: &[Key], place: &str, entries: &Map<String, Value>) -> Option<String> {
    if let Some(name) = entries.keys().find(|name| !keys.iter().any(|key| key.name == *name)) {
        return Some(format!("{place} has {name}"));
    }
    keys.iter().find_map(|key| match entries.get(key.name) {
        Some(item) => key.gives.fault_at(&format!("{place}.{}", key.name), item),
        None => key.always.then(|| format!("{place} has no {}", key.name)),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ALL: Gives = Gives::Object(&[
        key("entries", Gives::List(&Gives::Tuple(&[Gives::Int, Gives::Text]))),
        key("by", Gives::Mapping(&Gives::Maybe(&Gives::Number))),
        at_times("either", Gives::Either(&[Gives::Flag, Gives::Null])),
    ]);

    #[test]
    fn what_does_not_fit_is_named_with_its_place() {
        let fits = json!({"entries": [[1, "a"]], "by": {"x": 1.5, "y": null}, "either": null});
        assert_eq!(ALL.fault(&fits), None);
        let big: Value = serde_json::from_str("123456789012345678901234567890").unwrap();
        assert_eq!(Gives::Int.fault(&big), None);
        for (value, fault) in [
            (json!({"entries": []}), "result has no by"),
            (json!({"entries": [], "by": {}, "x": 1}), "result has x"),
            (json!({"entries": [["a", "a"]], "by": {}}), "result.entries[][] is not an int: \"a\""),
            (json!({"entries": [[1]], "by": {}}), "result.entries[] is not such a list: [1]"),
            (json!({"entries": [], "by": {"x": "1"}}), "result.by.* is not a number: \"1\""),
            (
                json!({"entries": [], "by": {}, "either": 1}),
                "result.either is not a boolean: 1, nor: result.either is not null: 1",
            ),
            (json!(null), "result is not an object: null"),
        ] {
            assert_eq!(ALL.fault(&value).unwrap(), fault);
        }
    }
}
