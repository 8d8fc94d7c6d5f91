//! An event as it is shown, its keys in legacy's order.

use serde::{Serialize, Serializer, ser::SerializeMap as _};
use serde_json::value::RawValue;

use crate::wire::{
    Gives,
    gives::{at_times, key},
};

/// With the keys that its kind of entry has.
const EVENT: Gives = Gives::Object(&[
    key("timestamp", Gives::Int),
    key("event_type", Gives::Text),
    key("event_subtype", Gives::Text),
    key("location", Gives::Text),
    key("location_label", Gives::Maybe(&Gives::Text)),
    key("asset", Gives::Text),
    key("amount", Gives::Text),
    key("identifier", Gives::Int),
    key("entry_type", Gives::Text),
    key("event_identifier", Gives::Text),
    key("sequence_index", Gives::Int),
    key("extra_data", Gives::Anything),
    at_times("user_notes", Gives::Maybe(&Gives::Text)),
    at_times("auto_notes", Gives::Text),
    at_times("tx_hash", Gives::Text),
    at_times("counterparty", Gives::Maybe(&Gives::Text)),
    at_times("product", Gives::Maybe(&Gives::Text)),
    at_times("address", Gives::Maybe(&Gives::Text)),
    at_times("validator_index", Gives::Int),
    at_times("is_exit", Gives::Flag),
    at_times("block_number", Gives::Int),
]);
const ENTRY: Gives = Gives::Object(&[
    key("entry", EVENT),
    at_times("ignored_in_accounting", Gives::Flag),
    at_times("customized", Gives::Flag),
    at_times("hidden", Gives::Flag),
    at_times("grouped_events_num", Gives::Int),
    key("event_accounting_rule_status", Gives::Text),
    at_times("has_details", Gives::Flag),
]);
/// A page; swaps on EVM chains are together. Without premium it is said how many there would be.
pub(super) const PAGE: Gives = Gives::Object(&[
    key("entries", Gives::List(&Gives::Either(&[ENTRY, Gives::List(&ENTRY)]))),
    key("entries_found", Gives::Int),
    key("entries_limit", Gives::Int),
    key("entries_total", Gives::Int),
    at_times("entries_found_total", Gives::Int),
]);

/// An event as it is shown.
#[derive(Debug)]
pub(super) struct Shown {
    pub timestamp: i64,
    pub type_: &'static str,
    pub subtype: &'static str,
    pub location: &'static str,
    pub label: Option<String>,
    pub asset: String,
    pub amount: String,
    pub identifier: i64,
    /// Its kind of entry.
    pub kind: &'static str,
    pub group: String,
    pub sequence_index: i64,
    pub extra_data: Option<Box<RawValue>>,
    /// What its kind has besides, in order.
    pub rest: Vec<(&'static str, serde_json::Value)>,
    /// Whether more is known of it: `GET /api/1/history/events/details`.
    pub has_details: bool,
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(12 + self.rest.len()))?;
        map.serialize_entry("timestamp", &self.timestamp)?;
        map.serialize_entry("event_type", self.type_)?;
        map.serialize_entry("event_subtype", self.subtype)?;
        map.serialize_entry("location", self.location)?;
        map.serialize_entry("location_label", &self.label)?;
        map.serialize_entry("asset", &self.asset)?;
        map.serialize_entry("amount", &self.amount)?;
        map.serialize_entry("identifier", &self.identifier)?;
        map.serialize_entry("entry_type", self.kind)?;
        map.serialize_entry("event_identifier", &self.group)?;
        map.serialize_entry("sequence_index", &self.sequence_index)?;
        map.serialize_entry("extra_data", &self.extra_data)?;
        for (name, value) in &self.rest {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// An event of a page, with what is said about it there.
#[derive(Debug, Serialize)]
pub(super) struct Entry<'e> {
    #[serde(rename = "entry")]
    pub event: &'e Shown,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ignored_in_accounting: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub customized: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grouped_events_num: Option<i64>,
    pub event_accounting_rule_status: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub has_details: bool,
}

/// An item of the page: an event, or swaps that follow one another.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Item<'e> {
    One(Entry<'e>),
    Swap(Vec<Entry<'e>>),
}

/// The place of an event in a swap.
fn place(event: &Shown) -> u8 {
    match event.subtype {
        "receive" => 1,
        "fee" => 2,
        _ => 0,
    }
}

/// Puts swaps on EVM chains together as legacy does: for as long as they come in the order of a swap, whosesoever they
/// are.
pub(super) fn nested(entries: Vec<Entry<'_>>) -> Vec<Item<'_>> {
    let mut items: Vec<Item<'_>> = Vec::new();
    for entry in entries {
        if entry.event.kind != "evm swap event" {
            items.push(Item::One(entry));
            continue;
        }
        match items.last_mut() {
            Some(Item::Swap(swaps)) if swaps.last().is_some_and(|last| place(last.event) <= place(entry.event)) => {
                swaps.push(entry);
            }
            _ => items.push(Item::Swap(vec![entry])),
        }
    }
    items
}
