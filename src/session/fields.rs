//! The fields of a login, logout or password change, read as legacy reads them: of a field that is there twice the last
//! counts, and a field of another type is none of them.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;

use crate::db::Passphrase;

/// What such a body can hold that matters to the session.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) name: Option<String>,
    pub(super) action: Option<String>,
    pub(super) password: Option<Passphrase>,
    pub(super) new_password: Option<Passphrase>,
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields = Fields::default();
        while let Some(key) = map.next_key::<String>()? {
            // A text is moved, not copied, into the passphrase that wipes it.
            let text = match map.next_value::<Value>()? {
                Value::String(text) => Some(text),
                _ => None,
            };
            match key.as_str() {
                "name" => fields.name = text,
                "action" => fields.action = text,
                "password" => fields.password = text.map(Passphrase::new),
                "new_password" => fields.new_password = text.map(Passphrase::new),
                _ => {}
            }
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_a_repeated_field_counts_and_other_types_are_nothing() {
        let fields: Fields =
            serde_json::from_str(r#"{"action": "x", "name": 5, "action": "logout", "other": [1]}"#).unwrap();
        assert_eq!(fields.action.as_deref(), Some("logout"));
        assert_eq!(fields.name, None);
        assert!(fields.password.is_none());
        assert!(serde_json::from_str::<Fields>("[]").is_err());
    }
}
