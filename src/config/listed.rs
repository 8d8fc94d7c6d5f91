//! What stands in lists of tables: routes and tasks.

use std::{collections::BTreeMap, ops::Range};

use figment::value::{Dict, Value};
use toml::de::DeTable;

use super::{
    Backgrounds, Ladder,
    fault::{nearest, remedy},
    file::{Reader, is_route_name},
    keys,
};

/// Where each part of a route stands, so that later checks can point at it.
type Spans = BTreeMap<&'static str, Range<usize>>;

impl Reader<'_> {
    pub(super) fn route(&mut self, entries: &DeTable<'_>, whole: Range<usize>) {
        let mut read = Dict::new();
        let mut spans = Spans::new();
        for (name, value) in entries {
            if let Some((key, value_read)) = self.entry("route", "[[route]]", name, value) {
                spans.insert(key.name, value.span());
                read.insert(key.name.to_owned(), value_read);
            } else if let Some(key) = keys::find("route", name.get_ref()) {
                spans.insert(key.name, value.span());
            }
        }
        let Some(name) = read.get("name").and_then(Value::as_str).map(str::to_owned) else {
            if !spans.contains_key("name") {
                let end = whole.start..whole.start;
                self.fault(end, "[[route]] has no name; give it one, as in name = \"tags_list\"");
            }
            return;
        };
        let at = |key: &str| spans.get(key).cloned().unwrap_or(whole.clone());
        if !is_route_name(&name) {
            self.fault(at("name"), format!("route name {name:?} may have lower-case letters, digits and underscores only, and starts with a letter"));
        }
        if self.out.routes.contains_key(&name) {
            self.fault(at("name"), format!("route \"{name}\" is there twice; remove one of them"));
            return;
        }
        self.handler_of(&name, &read, &at);
        if read.get("mode").and_then(Value::as_str) == Some("canary") && !spans.contains_key("percent") {
            self.fault(at("mode"), format!("route \"{name}\" has mode \"canary\" but no percent; add percent = 1"));
        }
        self.out.order.push(name.clone());
        self.out.routes.insert(name, read);
    }

    /// A task is one of those that can be done natively.
    pub(super) fn task(&mut self, entries: &DeTable<'_>, whole: Range<usize>) {
        let mut read = Dict::new();
        let mut named = None;
        for (name, value) in entries {
            if let Some((key, value_read)) = self.entry("task", "[[task]]", name, value) {
                if key.name == "name" {
                    named = value_read.as_str().map(|text| (text.to_owned(), value.span()));
                } else {
                    read.insert(key.name.to_owned(), value_read);
                }
            }
        }
        let names = Backgrounds::ALL.words();
        let Some((name, span)) = named else {
            let message = format!("[[task]] has no name; give it one of {}", names.join(", "));
            self.fault(whole.start..whole.start, message);
            return;
        };
        if !names.contains(&name.as_str()) {
            let message = format!("no task is called \"{name}\"{}", remedy(&name, &names));
            self.fault(span, message);
        } else if self.out.tasks.insert(name.clone(), read).is_some() {
            self.fault(span, format!("task \"{name}\" is there twice; remove one of them"));
        }
    }

    /// A route needs a handler that exists, and one whose access fits its mode.
    fn handler_of(&mut self, name: &str, read: &Dict, at: &dyn Fn(&str) -> Range<usize>) {
        let names: Vec<&str> = self.catalog.iter().map(|declared| declared.name).collect();
        let given = read.get("handler").and_then(Value::as_str);
        let handler = given.unwrap_or(name);
        let Some(declared) = self.catalog.iter().find(|declared| declared.name == handler) else {
            let (place, hint) = match given {
                Some(_) => ("handler", remedy(handler, &names)),
                None => match nearest(name, names.iter().copied()) {
                    Some(near) => ("name", format!("; did you mean \"{near}\"? (or name one with handler = …)")),
                    None => ("name", format!("; name one with handler = …: {}", names.join(", "))),
                },
            };
            self.fault(at(place), format!("no handler is called \"{handler}\"{hint}"));
            return;
        };
        let ladder = read.get("ladder").and_then(|steps| steps.deserialize::<Ladder>().ok()).unwrap_or_default();
        if let Some(rung) = ladder.impossible(declared.access) {
            self.fault(
                at("ladder"),
                format!("route \"{name}\" writes, and a write can not be asked of both sides; leave out \"{rung}\""),
            );
        }
        let mode = read.get("mode").and_then(Value::as_str);
        if declared.access == super::Access::Writes && matches!(mode, Some("shadow" | "verify")) {
            self.fault(at("mode"), format!("route \"{name}\" writes, and a write can not be asked of both sides; use \"legacy\", \"canary\" or \"native\""));
        }
    }
}
