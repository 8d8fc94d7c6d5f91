//! What is asked of a value that was read.

use num_bigint::BigInt;

use super::{Fault, Item, Pass};

/// A validator. An `error` may hold `{input}`, and what the validator itself has: `{min}`, `{max}`, `{choices}`.
#[derive(Debug, Clone, Copy)]
pub enum Validator {
    /// An int within bounds, both inclusive.
    Range {
        /// The least.
        min: Option<i64>,
        /// The greatest.
        max: Option<i64>,
        /// The message, if not marshmallow's own.
        error: Option<&'static str>,
    },
    /// A list or text of such a length.
    Length {
        /// The least.
        min: Option<usize>,
        /// The greatest.
        max: Option<usize>,
        /// The message, if not marshmallow's own.
        error: Option<&'static str>,
    },
    /// One of these texts or members.
    OneOf {
        /// The choices, in the order in which they are named.
        choices: &'static [&'static str],
        /// The message, if not marshmallow's own.
        error: Option<&'static str>,
    },
    /// This text and no other.
    Equal(&'static str),
    /// Anything else.
    Custom(fn(&Item, &Pass<'_>) -> Result<(), Fault>),
}

impl Validator {
    pub(super) fn check(&self, item: &Item, pass: &Pass<'_>) -> Result<(), Fault> {
        match self {
            Self::Range { min, max, error } => range(item, *min, *max, *error),
            Self::Length { min, max, error } => length(item, *min, *max, *error),
            Self::OneOf { choices, error } => {
                if item.as_text().is_some_and(|text| choices.contains(&text)) {
                    return Ok(());
                }
                let template = error.unwrap_or("Must be one of: {choices}.");
                Err(filled(template, item, &[("choices", &choices.join(", "))]))
            }
            Self::Equal(wanted) => {
                if item.as_text() == Some(wanted) {
                    return Ok(());
                }
                Err(filled("Must be equal to {other}.", item, &[("other", wanted)]))
            }
            Self::Custom(check) => check(item, pass),
        }
    }
}

fn range(item: &Item, min: Option<i64>, max: Option<i64>, error: Option<&'static str>) -> Result<(), Fault> {
    let Item::Int(int) = item else { return Err(Fault::legacy("a range over something else than an int")) };
    let below = min.is_some_and(|min| *int < BigInt::from(min));
    let above = max.is_some_and(|max| *int > BigInt::from(max));
    if !below && !above {
        return Ok(());
    }
    let own = match (min, max) {
        (Some(_), Some(_)) => "Must be greater than or equal to {min} and less than or equal to {max}.",
        (Some(_), None) => "Must be greater than or equal to {min}.",
        _ => "Must be less than or equal to {max}.",
    };
    let bound = |bound: Option<i64>| bound.map_or("None".to_owned(), |bound| bound.to_string());
    Err(filled(error.unwrap_or(own), item, &[("min", &bound(min)), ("max", &bound(max))]))
}

fn length(item: &Item, min: Option<usize>, max: Option<usize>, error: Option<&'static str>) -> Result<(), Fault> {
    let length = match item {
        Item::List(items) => items.len(),
        Item::Text(text) => text.chars().count(),
        _ => return Err(Fault::legacy("the length of something else than a list or a text")),
    };
    let short = min.is_some_and(|min| length < min);
    if !short && max.is_none_or(|max| length <= max) {
        return Ok(());
    }
    let own = match (min, max) {
        (Some(_), Some(_)) => "Length must be between {min} and {max}.",
        (Some(_), None) => "Shorter than minimum length {min}.",
        _ => "Longer than maximum length {max}.",
    };
    let bound = |bound: Option<usize>| bound.map_or("None".to_owned(), |bound| bound.to_string());
    Err(filled(error.unwrap_or(own), item, &[("min", &bound(min)), ("max", &bound(max))]))
}

fn filled(template: &str, item: &Item, values: &[(&str, &str)]) -> Fault {
    let mut text = template.to_owned();
    for (name, value) in values {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    // Last, for what was given may hold braces of its own.
    if text.contains("{input}") {
        let Some(shown) = item.shown() else { return Fault::legacy("a message names a value in Python's own way") };
        text = text.replace("{input}", &shown);
    }
    Fault::message(text)
}
