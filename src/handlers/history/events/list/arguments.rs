//! What may be asked of the history of events.

use super::super::{
    fields::{EVENT_SUBTYPE_NAMES, EVENT_TYPE_NAMES, LOCATION_NAMES},
    kinds::chain::PRODUCT_NAMES,
};
use crate::{
    handlers::ordering,
    schema::events::ENTRY_TYPES,
    wire::validate::{
        Fallback, Fault, Field, Item, Kind, Members, Pass, Record, Schema, Validator,
        addresses::{EVM_ADDRESS, EVM_TX_HASH},
        each, field,
        texts::{BOOLEAN, INTEGER, STRING, STRING_OR_NONE},
    },
};

/// The counterparty that stands for what validators do.
pub(super) const ETH2: &str = "eth2";

static ENTRY_TYPE_NAMES: Members = Members::of("HistoryBaseEntryType", ENTRY_TYPES);
static TYPE: Field = each(Kind::Member(&EVENT_TYPE_NAMES));
static SUBTYPE: Field = each(Kind::Member(&EVENT_SUBTYPE_NAMES));
static ENTRY_TYPE: Field = each(Kind::Member(&ENTRY_TYPE_NAMES));
static PRODUCT: Field = each(Kind::Member(&PRODUCT_NAMES));
static TEXT: Field = each(STRING_OR_NONE);
static COUNTERPARTY: Field = each(STRING_OR_NONE).nullable();
static IDENTIFIER: Field = each(INTEGER).check(&[Validator::Range {
    min: Some(0),
    max: None,
    error: Some("Identifier must be an integer >= 0"),
}]);
static INDEX: Field = each(INTEGER);
static HASH: Field = each(EVM_TX_HASH);
static ADDRESS: Field = each(EVM_ADDRESS);

/// `HistoryEventSchema`
pub(super) static ARGUMENTS: Schema = Schema::new(&[
    ordering::ORDER_BY,
    ordering::ASCENDING,
    ordering::LIMIT,
    ordering::OFFSET,
    field("from_timestamp", Kind::Timestamp(1)).or(Fallback::Int(0)),
    field("to_timestamp", Kind::Timestamp(1)).or(Fallback::Now),
    field("event_types", Kind::Delimited(&TYPE)).or(Fallback::Null),
    field("event_subtypes", Kind::Delimited(&SUBTYPE)).or(Fallback::Null),
    field("counterparties", Kind::Delimited(&COUNTERPARTY)).or(Fallback::Null),
    field("exclude_ignored_assets", BOOLEAN).or(Fallback::Bool(true)),
    field("group_by_event_ids", BOOLEAN).or(Fallback::Bool(false)),
    field("event_identifiers", Kind::Delimited(&TEXT)).or(Fallback::Null),
    field("location", Kind::Member(&LOCATION_NAMES)).or(Fallback::Null),
    field("location_labels", Kind::Delimited(&TEXT)).or(Fallback::Null),
    field("asset", Kind::Asset("asset")).or(Fallback::Null),
    field("entry_types", Kind::IncludeExclude(&ENTRY_TYPE)).or(Fallback::Null),
    field("customized_events_only", BOOLEAN).or(Fallback::Bool(false)),
    field("identifiers", Kind::Delimited(&IDENTIFIER)).or(Fallback::Null),
    field("notes_substring", STRING).or(Fallback::Null),
    field("tx_hashes", Kind::Delimited(&HASH)).or(Fallback::Null),
    field("products", Kind::Delimited(&PRODUCT)).or(Fallback::Null),
    field("addresses", Kind::Delimited(&ADDRESS)).or(Fallback::Null),
    field("validator_indices", Kind::Delimited(&INDEX)).or(Fallback::Null),
])
.checks(&[by_timestamp, ordering::both_or_none])
.after(of_validators_alone);

fn by_timestamp(arguments: &Record, _: &Pass<'_>) -> Result<(), Fault> {
    let name = ordering::ORDER_BY.name;
    let attributes = arguments.maybe_list(name).map_err(|error| Fault::legacy(error.to_string()))?;
    let mut others: Vec<&str> =
        attributes.unwrap_or_default().iter().filter_map(Item::as_text).filter(|by| *by != "timestamp").collect();
    others.sort_unstable();
    others.dedup();
    match others[..] {
        [] => Ok(()),
        [other] => Err(Fault::at(name, format!("order_by_attributes for history event data can not be {other}"))),
        // It names them in the order of a set.
        _ => Err(Fault::legacy("several names to order by, in an order of chance")),
    }
}

/// What validators do can not be asked for together with other things.
fn of_validators_alone(arguments: Record, _: &Pass<'_>) -> Result<Item, Fault> {
    let counterparties = arguments.maybe_list("counterparties").map_err(|error| Fault::legacy(error.to_string()))?;
    let counterparties = counterparties.unwrap_or_default();
    if counterparties.iter().any(|counterparty| counterparty.as_text() == Some(ETH2)) {
        let beside = [
            (counterparties.len() > 1, "other counterparties"),
            (!arguments.is_null("entry_types"), "entry type"),
            (!arguments.is_null("products"), "filtering by products"),
            (!arguments.is_null("tx_hashes"), "filtering by tx_hashes"),
        ];
        if let Some((_, what)) = beside.iter().find(|(is, _)| *is) {
            let message = format!("Filtering by counterparty ETH2 does not work in combination with {what}");
            return Err(Fault::at("counterparties", message));
        }
    }
    Ok(Item::Record(arguments))
}
