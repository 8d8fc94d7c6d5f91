//! Keys that may be absent, null, or always the same. A message is known only if it can be written again as it was,
//! so "absent" and "null" are two things here.

use serde::{Deserialize, Deserializer, de::Error};

/// For a key that may be absent (with `default`): if it is there, its value counts, and null only if the type has one.
pub(super) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// For a key that may be null but not absent, which serde takes for the same otherwise.
pub(super) fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

/// For a flag that is either `true` or absent (with `default`).
pub(super) fn only_true<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match bool::deserialize(deserializer)? {
        true => Ok(true),
        false => Err(D::Error::custom("expected true or nothing")),
    }
}

/// Whether such a flag is left out.
#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks with a reference
pub(super) fn absent(flag: &bool) -> bool {
    !*flag
}

/// Writes an object, its keys in the order given.
macro_rules! in_order {
    ($serializer:expr, { $($key:literal: $value:expr),* $(,)? }) => {{
        use serde::ser::SerializeMap as _;
        let mut object = $serializer.serialize_map(None)?;
        $(object.serialize_entry($key, $value)?;)*
        object.end()
    }};
}

pub(super) use in_order;
