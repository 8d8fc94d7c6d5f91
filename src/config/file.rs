//! routes.toml to checked values: every fault at once, each with its place.

use std::{collections::BTreeMap, ops::Range};

use figment::value::{Dict, Value};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Declared,
    fault::{Fault, remedy},
    keys::{self, Key},
    kinds::Kind,
};

/// A checked routes.toml: plain sections, and the routes by name with the order they were written in.
#[derive(Debug, Default)]
pub struct Checked {
    /// Section name to keys and values.
    pub sections: Dict,
    /// Route name to keys and values.
    pub routes: BTreeMap<String, Dict>,
    /// Task name to keys and values.
    pub tasks: BTreeMap<String, Dict>,
    /// Route names in file order.
    pub order: Vec<String>,
    /// Everything wrong with it.
    pub faults: Vec<Fault>,
}

/// Reads a whole text. Never stops at the first fault.
#[must_use]
pub fn check(source: &str, text: &str, catalog: &[Declared]) -> Checked {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { source, text, catalog, out: Checked::default() };
    for error in errors {
        let message = error.message().lines().collect::<Vec<_>>().join(", ");
        reader.fault(error.span().unwrap_or(0..0), format!("not valid TOML: {message}"));
    }
    let malformed: Vec<Option<usize>> = reader.out.faults.iter().map(Fault::line).collect();
    reader.document(table.get_ref());
    // What the parser made of a malformed line says nothing about its values.
    let mut seen = 0;
    reader.out.faults.retain(|fault| {
        seen += 1;
        seen <= malformed.len() || !malformed.contains(&fault.line())
    });
    reader.out.faults.sort_by_key(|fault| fault.place);
    reader.out.faults.dedup();
    reader.out
}

pub(super) struct Reader<'a> {
    source: &'a str,
    text: &'a str,
    pub(super) catalog: &'a [Declared],
    pub(super) out: Checked,
}

impl Reader<'_> {
    pub(super) fn fault(&mut self, span: Range<usize>, message: impl Into<String>) {
        let fault = Fault::at(self.source, self.text, span, message);
        self.out.faults.push(fault);
    }

    fn document(&mut self, table: &DeTable<'_>) {
        let sections = keys::sections();
        for (name, value) in table {
            let section = name.get_ref().as_ref();
            match (section, value.get_ref()) {
                ("route", DeValue::Array(routes)) => {
                    for route in routes {
                        match route.get_ref() {
                            DeValue::Table(entries) => self.route(entries, route.span()),
                            _ => self.fault(route.span(), "expected [[route]] tables"),
                        }
                    }
                }
                ("task", DeValue::Array(tasks)) => {
                    for task in tasks {
                        match task.get_ref() {
                            DeValue::Table(entries) => self.task(entries, task.span()),
                            _ => self.fault(task.span(), "expected [[task]] tables"),
                        }
                    }
                }
                ("route" | "task", _) => {
                    self.fault(
                        name.span(),
                        format!("expected a list of tables: write [[{section}]], with two brackets"),
                    );
                }
                (_, DeValue::Table(entries)) if sections.contains(&section) => {
                    let read = self.section(section, entries);
                    self.out.sections.insert(section.to_owned(), Value::from(read));
                }
                (_, other) if sections.contains(&section) => self.shorthand(section, other, value.span()),
                _ => {
                    let homes = Self::homes_of(section);
                    let message = if homes.is_empty() {
                        format!("unknown section \"{section}\"{}", remedy(section, &sections))
                    } else {
                        format!("unknown section or key \"{section}\"; it belongs into {}", homes.join(" or "))
                    };
                    self.fault(name.span(), message);
                }
            }
        }
    }

    /// The sections that have a key of this name, for keys written at the top by mistake. Routes come first: they are
    /// what is written most.
    fn homes_of(name: &str) -> Vec<String> {
        let mut sections: Vec<&str> = keys::KEYS.iter().filter(|key| key.name == name).map(|key| key.section).collect();
        sections.sort_by_key(|section| *section != "route");
        let shown = |section: &str| match section {
            "route" | "task" => format!("a [[{section}]]"),
            section => format!("[{section}]"),
        };
        sections.into_iter().map(shown).collect()
    }

    fn shorthand(&mut self, section: &str, value: &DeValue<'_>, span: Range<usize>) {
        let key = keys::SHORTHANDS
            .iter()
            .find(|(name, _)| *name == section)
            .and_then(|(section, name)| keys::find(section, name));
        let Some(key) = key else {
            self.fault(span, format!("expected a section: write [{section}]"));
            return;
        };
        if let Some(read) = self.value(key, value, span) {
            self.out.sections.insert(section.to_owned(), Value::from(Dict::from([(key.name.to_owned(), read)])));
        }
    }

    fn section(&mut self, section: &str, entries: &DeTable<'_>) -> Dict {
        let mut read = Dict::new();
        for (name, value) in entries {
            if let Some((key, value)) = self.entry(section, &format!("[{section}]"), name, value) {
                read.insert(key.name.to_owned(), value);
            }
        }
        read
    }

    pub(super) fn entry(
        &mut self,
        section: &str,
        shown: &str,
        name: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<(&'static Key, Value)> {
        let Some(key) = keys::find(section, name.get_ref()) else {
            let names: Vec<&str> = keys::of(section).map(|key| key.name).collect();
            self.fault(
                name.span(),
                format!("unknown key \"{}\" in {shown}{}", name.get_ref(), remedy(name.get_ref(), &names)),
            );
            return None;
        };
        self.value(key, value.get_ref(), value.span()).map(|value| (key, value))
    }

    fn value(&mut self, key: &'static Key, value: &DeValue<'_>, span: Range<usize>) -> Option<Value> {
        match key.kind.read_toml(value) {
            Ok(value) => Some(value),
            Err(message) => {
                self.fault(span, format!("{}.{}: {message}", key.section, key.name));
                None
            }
        }
    }
}

/// Names double as parts of environment variables, so they keep to their alphabet.
#[must_use]
pub fn is_route_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Points at a route's key in the text, for checks that need more than one route to be seen.
#[must_use]
pub fn place_of_route(source: &str, text: &str, route: &str, key: &str, message: String) -> Fault {
    let (table, _) = DeTable::parse_recoverable(text);
    let span = table.get_ref().get("route").and_then(|routes| routes.get_ref().as_array()).and_then(|routes| {
        routes.iter().find_map(|entry| {
            let entries = entry.get_ref().as_table()?;
            let named = entries.get("name").and_then(|name| name.get_ref().as_str()) == Some(route);
            named.then(|| entries.get(key).or_else(|| entries.get("name")).map(Spanned::span)).flatten()
        })
    });
    match span {
        Some(span) => Fault::at(source, text, span, message),
        None => Fault::plain(source, message),
    }
}

/// The default of every key, as the lowest layer.
#[must_use]
pub fn defaults() -> Dict {
    let mut sections: BTreeMap<&str, Dict> = BTreeMap::new();
    for key in keys::KEYS.iter().filter(|key| !keys::LISTED.contains(&key.section)) {
        let value = match key.default {
            Some(text) => key.kind.read_text(text).unwrap_or_else(|_| Kind::none()),
            None => Kind::none(),
        };
        sections.entry(key.section).or_default().insert(key.name.to_owned(), value);
    }
    sections.into_iter().map(|(name, keys)| (name.to_owned(), Value::from(keys))).collect()
}
