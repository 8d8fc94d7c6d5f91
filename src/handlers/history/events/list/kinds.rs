//! What each kind of entry shows of its rows, and makes up.

use serde_json::{Value, json, value::RawValue};

use super::{
    assets::{Asset, Assets},
    shown::Shown,
    stored::{Stored, Transacted, Validator},
};
use crate::{
    handlers::{
        Unanswered,
        rows::{amount, odd},
    },
    schema::{
        events::{DEPOSIT_CONTRACT, DETAILS, ENTRY_TYPES, EVENT_SUBTYPES, EVENT_TYPES, PRODUCTS},
        locations::{by_letter, in_notes},
    },
    wire::{
        hex::hex,
        json::dumps_value,
        parse::{Unparsed, parse},
        value::Value as Stated,
    },
};

/// An event as it is shown.
///
/// # Errors
/// It is stored in a form that legacy judges by itself.
pub(super) fn shown(event: &Stored, assets: &Assets) -> Result<Shown, Unanswered> {
    let at = usize::try_from(event.entry_type - 1).ok();
    let kind = at.and_then(|at| ENTRY_TYPES.get(at)).ok_or_else(odd)?;
    let asset = assets.get(&event.asset)?;
    let (extra_data, has_details) = extra_data(event)?;
    let mut shown = Shown {
        timestamp: event.timestamp,
        type_: known(&event.type_, EVENT_TYPES)?,
        subtype: known(&event.subtype, EVENT_SUBTYPES)?,
        location: by_letter(&event.location).ok_or_else(odd)?,
        label: event.label.clone(),
        asset: asset.identifier.clone(),
        amount: amount(&event.amount).ok_or_else(odd)?.to_string(),
        identifier: event.identifier,
        kind,
        group: event.group.clone(),
        sequence_index: event.sequence_index,
        extra_data,
        rest: Vec::new(),
        has_details,
    };
    match event.entry_type {
        1 => history(event, asset, &mut shown),
        2 => transacted(event, false, &mut shown)?,
        3 => withdrawal(event, &mut shown)?,
        4 => block(event, &mut shown)?,
        5 => deposit(event, &mut shown)?,
        6 => movement(event, asset, &mut shown),
        7 => swap(event, asset, &mut shown)?,
        _ => transacted(event, true, &mut shown)?,
    }
    Ok(shown)
}

fn known(stored: &str, names: &[&'static str]) -> Result<&'static str, Unanswered> {
    names.iter().find(|name| **name == stored).copied().ok_or_else(odd)
}

/// The stored JSON as Python prints it, and whether there are details in it.
fn extra_data(event: &Stored) -> Result<(Option<Box<RawValue>>, bool), Unanswered> {
    let Some(stored) = &event.extra_data else { return Ok((None, false)) };
    let value = match parse(stored.as_bytes()) {
        Ok(value) => value,
        // What is no JSON counts as nothing.
        Err(Unparsed::Malformed) => return Ok((None, false)),
        Err(Unparsed::Odd(_)) => return Err(odd()),
    };
    let of_evm = matches!(event.entry_type, 2 | 8);
    let has_details = match &value {
        Stated::Null => return Ok((None, false)),
        Stated::Dict(entries) => of_evm && DETAILS.iter().any(|key| entries.contains_key(*key)),
        _ if of_evm => return Err(odd()),
        _ => false,
    };
    // What JSON has no form for is refused here.
    Ok((Some(RawValue::from_string(dumps_value(&value)).map_err(|_| odd())?), has_details))
}

fn notes(event: &Stored, shown: &mut Shown) {
    if let Some(notes) = &event.notes {
        shown.rest.push(("user_notes", json!(notes)));
    }
}

/// Of swaps an empty note is none.
fn notes_of_swap(event: &Stored, shown: &mut Shown) {
    if event.notes.as_ref().is_some_and(|notes| !notes.is_empty()) {
        notes(event, shown);
    }
}

/// The transaction on a chain without EVM, which the group is named after.
fn plain_hash(shown: &mut Shown) {
    let prefix = match shown.location {
        "bitcoin" => "btc_",
        "bitcoin cash" => "bch_",
        _ => return,
    };
    let hash = shown.group.replace(prefix, "");
    shown.rest.push(("tx_hash", json!(hash)));
}

fn history(event: &Stored, asset: &Asset, shown: &mut Shown) {
    notes(event, shown);
    if (shown.location, shown.type_) == ("kraken", "staking") {
        let (amount, symbol) = (&shown.amount, &asset.symbol);
        let made_up = match shown.subtype {
            "reward" => Some(format!("Gain {amount} {symbol} from Kraken staking")),
            "fee" => Some(format!("Spend {amount} {symbol} as Kraken staking fee")),
            _ => None,
        };
        if let Some(made_up) = made_up {
            shown.rest.push(("auto_notes", json!(made_up)));
        }
    }
    plain_hash(shown);
}

fn hash(transacted: &Transacted) -> Value {
    json!(format!("0x{}", hex(&transacted.hash)))
}

fn transacted(event: &Stored, is_swap: bool, shown: &mut Shown) -> Result<(), Unanswered> {
    let transacted = event.transaction.as_ref().ok_or_else(odd)?;
    if is_swap {
        if !matches!(shown.type_, "trade" | "multi trade") {
            return Err(odd());
        }
        notes_of_swap(event, shown);
    } else {
        notes(event, shown);
    }
    let product = transacted.product.as_deref();
    if product.is_some_and(|product| !PRODUCTS.contains(&product)) {
        return Err(odd());
    }
    shown.rest.extend([
        ("tx_hash", hash(transacted)),
        ("counterparty", json!(transacted.counterparty)),
        ("product", json!(product)),
        ("address", json!(transacted.address)),
    ]);
    Ok(())
}

fn validator(event: &Stored) -> Result<&Validator, Unanswered> {
    event.validator.as_ref().ok_or_else(odd)
}

/// What all that validators do has in common.
fn of_validator(shown: &mut Shown) {
    (shown.location, shown.extra_data) = ("ethereum", None);
    "ETH".clone_into(&mut shown.asset);
}

fn withdrawal(event: &Stored, shown: &mut Shown) -> Result<(), Unanswered> {
    let Validator { index, exit_or_block } = validator(event)?;
    of_validator(shown);
    (shown.type_, shown.subtype, shown.sequence_index) = ("staking", "remove asset", 0);
    let (amount, is_exit) = (&shown.amount, *exit_or_block != 0);
    let notes = match is_exit {
        true => format!("Exit validator {index} with {amount} ETH"),
        false => format!("Withdraw {amount} ETH from validator {index}"),
    };
    shown.rest = vec![("user_notes", json!(notes)), ("validator_index", json!(index)), ("is_exit", json!(is_exit))];
    Ok(())
}

fn block(event: &Stored, shown: &mut Shown) -> Result<(), Unanswered> {
    let Validator { index, exit_or_block } = validator(event)?;
    of_validator(shown);
    let (amount, to) = (&shown.amount, event.label.as_deref().unwrap_or("None"));
    let notes;
    if event.subtype == "mev reward" {
        notes = format!(
            "Validator {index} produced block {exit_or_block}. Relayer reported {amount} ETH as the MEV reward going to {to}"
        );
        (shown.type_, shown.subtype, shown.sequence_index) = ("informational", "mev reward", 1);
    } else {
        notes = format!(
            "Validator {index} produced block {exit_or_block} with {amount} ETH going to {to} as the block reward"
        );
        (shown.subtype, shown.sequence_index) = ("block production", 0);
        shown.type_ = if event.tracked { "staking" } else { "informational" };
    }
    shown.rest =
        vec![("user_notes", json!(notes)), ("validator_index", json!(index)), ("block_number", json!(exit_or_block))];
    Ok(())
}

fn deposit(event: &Stored, shown: &mut Shown) -> Result<(), Unanswered> {
    let transacted = event.transaction.as_ref().ok_or_else(odd)?;
    let index = validator(event)?.index;
    of_validator(shown);
    (shown.type_, shown.subtype) = ("staking", "deposit asset");
    let amount = &shown.amount;
    let notes = match index {
        -1 => format!("Deposit {amount} ETH to validator with a not yet known validator index"),
        _ => format!("Deposit {amount} ETH to validator {index}"),
    };
    shown.rest = vec![
        ("user_notes", json!(notes)),
        ("tx_hash", hash(transacted)),
        ("counterparty", json!("eth2")),
        ("product", json!("staking")),
        ("address", json!(DEPOSIT_CONTRACT)),
        ("validator_index", json!(index)),
    ];
    Ok(())
}

fn movement(event: &Stored, asset: &Asset, shown: &mut Shown) {
    let (amount, symbol, place) = (shown.amount.clone(), &asset.symbol, in_notes(shown.location));
    let is_fee = shown.subtype == "fee";
    let made_up = match (is_fee, shown.type_) {
        (true, type_) => format!("Pay {amount} {symbol} as {place} {type_} fee"),
        (false, "deposit") => format!("Deposit {amount} {symbol} to {place}"),
        (false, _) => format!("Withdraw {amount} {symbol} from {place}"),
    };
    shown.sequence_index = i64::from(is_fee);
    if !is_fee {
        shown.subtype = if shown.type_ == "deposit" { "deposit asset" } else { "remove asset" };
    }
    notes(event, shown);
    plain_hash(shown);
    shown.rest.push(("auto_notes", json!(made_up)));
}

fn swap(event: &Stored, asset: &Asset, shown: &mut Shown) -> Result<(), Unanswered> {
    let (amount, symbol, place) = (shown.amount.clone(), &asset.symbol, in_notes(shown.location));
    let made_up;
    (shown.sequence_index, made_up) = match shown.subtype {
        "spend" => (0, format!("Swap {amount} {symbol} in {place}")),
        "receive" => (1, format!("Receive {amount} {symbol} after a swap in {place}")),
        "fee" => (2, format!("Spend {amount} {symbol} as {place} swap fee")),
        _ => return Err(odd()),
    };
    shown.type_ = "trade";
    notes_of_swap(event, shown);
    plain_hash(shown);
    shown.rest.push(("auto_notes", json!(made_up)));
    Ok(())
}
