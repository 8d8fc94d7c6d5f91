//! Members of enumerations.

use super::{Fault, Item};
use crate::wire::value::Value;

/// An enumeration that takes a text in any case, a space for an underscore.
#[derive(Debug, Clone, Copy)]
pub struct Members {
    /// The Python class, as messages name it.
    pub class: &'static str,
    /// Its members as the wire spells them.
    pub names: &'static [&'static str],
    /// The message for anything else, with `{input}`, where it is not the usual one.
    pub otherwise: Option<&'static str>,
    /// Which of them this field takes.
    pub limit: Limit,
}

/// Which members a field takes. Messages may hold `{input}` (as given), `{name}` (the member), `{allowed}` (all that
/// are, with commas).
#[derive(Debug, Clone, Copy)]
pub enum Limit {
    /// All.
    All,
    /// These, or this message.
    Only(&'static [&'static str], &'static str),
    /// All but these, or this message.
    Except(&'static [&'static str], &'static str),
}

/// The message of `SerializableEnumField`.
pub const NOT_FOR_THIS_ENDPOINT: &str = "{name} is not one of the valid values for this endpoint";
/// The message of `LocationField`.
pub const NOT_A_LOCATION_HERE: &str = "Given location {input} is not one of {allowed} as needed by the endpoint";
/// The message of `BlockchainField`.
pub const NOT_A_CHAIN_HERE: &str = "Blockchain name {input} is not allowed in this endpoint";

impl Members {
    /// All members of a class.
    #[must_use]
    pub const fn of(class: &'static str, names: &'static [&'static str]) -> Self {
        Self { class, names, otherwise: None, limit: Limit::All }
    }

    /// Some of them.
    #[must_use]
    pub const fn limited(mut self, limit: Limit) -> Self {
        self.limit = limit;
        self
    }

    /// With its own message for what is no member.
    #[must_use]
    pub const fn otherwise(mut self, message: &'static str) -> Self {
        self.otherwise = Some(message);
        self
    }

    /// Those that this field takes.
    pub fn taken(&self) -> impl Iterator<Item = &'static str> + use<> {
        let (names, limit) = (self.names, self.limit);
        names.iter().copied().filter(move |name| match limit {
            Limit::All => true,
            Limit::Only(allowed, _) => allowed.contains(name),
            Limit::Except(barred, _) => !barred.contains(name),
        })
    }

    pub(super) fn read(&self, value: &Value) -> Result<Item, Fault> {
        let shown = || value.to_str().ok_or_else(|| Fault::legacy("a message names a value in Python's own way"));
        let member = value.as_str().and_then(|text| self.find(text));
        let Some(member) = member else {
            return Err(Fault::message(match (self.otherwise, value) {
                (Some(message), _) => message.replace("{input}", &shown()?),
                (None, Value::Str(text)) => format!("Failed to deserialize {} value {text}", self.class),
                _ => format!("Failed to deserialize {} value from non string value: {}", self.class, shown()?),
            }));
        };
        let (message, allowed) = match self.limit {
            Limit::Only(allowed, message) if !allowed.contains(&member) => (message, allowed),
            Limit::Except(barred, message) if barred.contains(&member) => (message, barred),
            _ => return Ok(Item::Member(member)),
        };
        let message = message.replace("{allowed}", &allowed.join(",")).replace("{name}", &member.replace('_', " "));
        Err(Fault::message(message.replace("{input}", &shown()?)))
    }

    fn find(&self, text: &str) -> Option<&'static str> {
        let folded = |text: &str| text.replace(' ', "_").to_uppercase();
        let wanted = folded(text);
        self.names.iter().copied().find(|name| folded(name) == wanted)
    }
}
