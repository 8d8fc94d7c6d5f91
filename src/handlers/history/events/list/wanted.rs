//! What was asked: conditions, order, page.

use serde_json::json;

use super::{arguments::ETH2, met::Met};
use crate::{
    handlers::{
        Stop, Unanswered,
        filter::{self, Filter, containing, countable},
        ordering,
    },
    schema::{events::ENTRY_TYPES, locations::letter_of},
    wire::{
        Answer,
        validate::{Item, Record, addresses::checksummed},
    },
};

/// Kinds of entries, by number, that have a place in a transaction of an EVM chain, and those of validators.
const OF_EVM: [i64; 2] = [2, 8];
const OF_VALIDATORS: [i64; 3] = [3, 4, 5];

/// The wanted page of events or groups. `h` are events, `e` what EVM chains know of them, `s` what they are about a
/// validator.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// Conditions, but for the bounds in time.
    pub filter: Filter,
    /// Whether they look at `e`, and at `s`.
    pub joins: [bool; 2],
    /// Bounds in time, milliseconds, both ends in.
    pub times: [i64; 2],
    /// Whether groups are wanted.
    pub grouped: bool,
    /// In which order equal ones are met.
    pub met: Met,
    /// By time alone, and if so whether ascending; else the latest first, and of one moment by their place in the group.
    pub ascending: Option<bool>,
    /// Whether groups are met the other way round.
    pub backwards: bool,
    /// Length and beginning of the page; without a length it is everything from there.
    pub page: Option<(Option<usize>, usize)>,
}

impl Wanted {
    /// What these arguments ask for.
    ///
    /// # Errors
    /// Legacy refuses it, or judges it by itself.
    pub(super) fn of(arguments: &Record) -> Result<Self, Stop> {
        let grouped = arguments.flag("group_by_event_ids")?;
        let ascending = order(arguments)?;
        let page = page(arguments)?;
        let (mut filter, mut joins, kinds, of_evm) = kinds(arguments)?;
        listed(arguments, &mut filter)?;
        if of_evm {
            of_transactions(arguments, &mut filter)?;
            joins[0] = true;
        }
        labels(arguments, of_evm, &mut filter)?;
        if !of_evm && let Some(indices) = numbers(arguments, "validator_indices")? {
            filter.and_with("s.validator_index IN (SELECT value FROM json_each(?))", indices);
            joins[1] = true;
        }
        let met = Met::of(arguments, kinds, of_evm)?;
        Ok(Self {
            filter,
            joins,
            times: [millis(arguments, "from_timestamp")?, millis(arguments, "to_timestamp")?],
            grouped,
            met,
            ascending: ascending.as_ref().and_then(|directions| directions.first().copied()),
            backwards: ascending.as_deref() == Some(&[false]) && met != Met::Group,
            page,
        })
    }
}

/// The directions, if it is ordered by something.
fn order(arguments: &Record) -> Result<Option<Vec<bool>>, Stop> {
    let attributes = arguments.maybe_list(ordering::ORDER_BY.name)?.unwrap_or_default();
    if attributes.contains(&Item::Null) {
        return Err(Stop::Refused(Answer::failure(500, "no such column: None")));
    }
    let directions = arguments.maybe_list(ordering::ASCENDING.name)?;
    Ok(directions.map(|directions| directions.iter().map(|ascending| *ascending == Item::Bool(true)).collect()))
}

fn page(arguments: &Record) -> Result<Option<(Option<usize>, usize)>, Unanswered> {
    let Some((limit, offset)) = arguments.maybe_int("limit")?.zip(arguments.maybe_int("offset")?) else {
        return Ok(None);
    };
    Ok(Some((usize::try_from(limit).ok().filter(|limit| *limit > 0), usize::try_from(offset).unwrap_or(0))))
}

fn millis(arguments: &Record, name: &str) -> Result<i64, Unanswered> {
    arguments.int(name)?.checked_mul(1000).ok_or_else(|| Unanswered::declined("a moment beyond SQLite"))
}

/// Which kinds of entries: the conditions, what they join, how many kinds, whether it is about transactions.
fn kinds(arguments: &Record) -> Result<(Filter, [bool; 2], Option<usize>, bool), Unanswered> {
    let mut filter = Filter::default();
    let given = |name: &str| !arguments.is_null(name);
    let of_eth2 = arguments
        .maybe_list("counterparties")?
        .is_some_and(|counterparties| counterparties.iter().any(|one| one.as_text() == Some(ETH2)));
    let of_transactions = ["products", "counterparties", "tx_hashes", "addresses"].iter().any(|name| given(name));
    let of_addresses = match arguments.maybe_list("location_labels")? {
        Some(labels) => labels.iter().all(|label| label.as_text().is_some_and(is_address)),
        None => false,
    };
    let of_evm = !of_eth2 && (of_transactions || of_addresses);
    let of_validators = of_eth2 || given("validator_indices");
    if let Some(entry_types) = arguments.maybe_record("entry_types")? {
        let names = entry_types.maybe_list("values")?.unwrap_or_default();
        let number = |name: &Item| ENTRY_TYPES.iter().position(|known| Some(*known) == name.as_text());
        let mut numbers: Vec<i64> =
            names.iter().filter_map(number).map(|at| i64::try_from(at + 1).unwrap_or(0)).collect();
        let included = entry_types.get("operator") == Some(&Item::Member("IN"));
        let condition = match included {
            true => "h.entry_type IN (SELECT value FROM json_each(?))",
            false => "h.entry_type NOT IN (SELECT value FROM json_each(?))",
        };
        filter.and_with(condition, json!(numbers).to_string());
        numbers.sort_unstable();
        if numbers.windows(2).any(|two| two[0] == two[1]) {
            return Err(Unanswered::declined("a kind of entry named twice"));
        }
        return Ok((filter, [false; 2], included.then_some(numbers.len()), of_evm));
    }
    let implied: &[i64] = match (of_evm, of_validators) {
        (true, _) => &OF_EVM,
        (false, true) => &OF_VALIDATORS,
        (false, false) => return Ok((filter, [false; 2], None, false)),
    };
    filter.and_with("h.entry_type IN (SELECT value FROM json_each(?))", json!(implied).to_string());
    Ok((filter, [false; 2], Some(implied.len()), of_evm))
}

/// Conditions on columns that all events have.
fn listed(arguments: &Record, filter: &mut Filter) -> Result<(), Unanswered> {
    for (name, condition) in [
        ("event_types", "h.type IN (SELECT value FROM json_each(?))"),
        ("event_subtypes", "h.subtype IN (SELECT value FROM json_each(?))"),
        ("event_identifiers", "h.event_identifier IN (SELECT value FROM json_each(?))"),
    ] {
        if let Some(members) = texts(arguments, name)? {
            filter.and_with(condition, members);
        }
    }
    if let Some(identifiers) = numbers(arguments, "identifiers")? {
        filter.and_with("h.identifier IN (SELECT value FROM json_each(?))", identifiers);
    }
    if let Some(location) = arguments.get("location").and_then(Item::as_text) {
        let letter = letter_of(location).ok_or_else(|| Unanswered::declined("a location without a letter"))?;
        filter.and_with("h.location = ?", letter.to_string());
    }
    if let Some(asset) = arguments.maybe_text("asset")? {
        filter.and_with("h.asset = ?", asset.to_owned());
    }
    if let Some(text) = arguments.maybe_text("notes_substring")? {
        filter.and_with("h.notes LIKE ?", containing(text)?);
    }
    if arguments.flag("exclude_ignored_assets")? {
        filter.and("h.ignored = 0");
    }
    if arguments.flag("customized_events_only")? {
        filter.and(
            "EXISTS (SELECT 1 FROM history_events_mappings m WHERE m.parent_identifier = h.identifier \
             AND m.name = 'state' AND m.value = 1)",
        );
    }
    Ok(())
}

/// Conditions on what EVM chains know of events.
fn of_transactions(arguments: &Record, filter: &mut Filter) -> Result<(), Unanswered> {
    for (name, condition) in [
        ("products", "e.product IN (SELECT value FROM json_each(?))"),
        ("counterparties", "e.counterparty IN (SELECT value FROM json_each(?))"),
        ("addresses", "e.address IN (SELECT value FROM json_each(?))"),
        ("tx_hashes", "e.tx_hash IN (SELECT unhex(substr(value, 3)) FROM json_each(?))"),
    ] {
        if let Some(members) = texts(arguments, name)? {
            filter.and_with(condition, members);
        }
    }
    Ok(())
}

/// Where it is about transactions, who they were made with may be asked for as well.
fn labels(arguments: &Record, of_evm: bool, filter: &mut Filter) -> Result<(), Unanswered> {
    const LABELS: &str = "h.location_label IN (SELECT value FROM json_each(?))";
    const EITHER: &str = "(h.location_label IN (SELECT value FROM json_each(?)) \
                          OR e.address IN (SELECT value FROM json_each(?)))";
    let Some(labels) = texts(arguments, "location_labels")? else { return Ok(()) };
    filter.and_with(if of_evm { EITHER } else { LABELS }, labels.clone());
    if of_evm {
        filter.values.push(labels.into());
    }
    Ok(())
}

fn is_address(label: &str) -> bool {
    checksummed(label).as_deref() == Some(label)
}

/// A list of texts, as JSON.
fn texts(arguments: &Record, name: &str) -> Result<Option<String>, Unanswered> {
    let Some(items) = arguments.maybe_list(name)? else { return Ok(None) };
    // What was empty is NULL to legacy, and equals nothing.
    let texts: Option<Vec<&str>> = items.iter().map(Item::as_text).collect();
    filter::list(&texts.ok_or_else(|| Unanswered::declined("an empty text"))?).map(Some)
}

/// A list of ints, as JSON.
fn numbers(arguments: &Record, name: &str) -> Result<Option<String>, Unanswered> {
    let Some(items) = arguments.maybe_list(name)? else { return Ok(None) };
    countable(items.len())?;
    let number = |item: &Item| match item {
        Item::Int(int) => i64::try_from(int).ok(),
        _ => None,
    };
    let numbers: Option<Vec<i64>> = items.iter().map(number).collect();
    Ok(Some(json!(numbers.ok_or_else(|| Unanswered::declined("a number beyond SQLite"))?).to_string()))
}
