//! What a client may give.

use crate::{
    schema::{
        chains::BLOCKCHAIN,
        enums::{COST_BASIS_METHODS, CURRENT_PRICE_ORACLES, HISTORICAL_PRICE_ORACLES, MODULES},
        locations::NAMES,
    },
    wire::{
        Value,
        number::{self, Read},
        validate::{
            Fallback, Fault, Field, Item, Kind, Members, Pass, Record, Schema, Shape, Validator, each, field,
            texts::{BOOLEAN, INTEGER, NON_EMPTY_STRING, STRICT_INTEGER, STRING, STRING_OR_NONE},
        },
    },
};

static CURRENT_ORACLE: Members =
    Members::of("CurrentPriceOracle", CURRENT_PRICE_ORACLES).otherwise("Invalid current price oracle: {input}");
static HISTORICAL_ORACLE: Members = Members::of("HistoricalPriceOracle", HISTORICAL_PRICE_ORACLES)
    .otherwise("Invalid historical price oracle: {input}");
static METHOD: Members = Members::of("CostBasisMethod", COST_BASIS_METHODS);
static LOCATION: Members = Members::of("Location", NAMES);

/// `DEFAULT_ADDRESS_NAME_PRIORITY`
pub(super) const NAME_SOURCES: &[&str] = &[
    "private_addressbook",
    "blockchain_account",
    "global_addressbook",
    "ethereum_tokens",
    "hardcoded_mappings",
    "ens_names",
];

static EXCHANGE: Schema =
    Schema::new(&[field("name", NON_EMPTY_STRING).required(), field("location", Kind::Member(&LOCATION)).required()]);

const fn flag(name: &'static str) -> Field {
    field(name, BOOLEAN).or(Fallback::Null)
}

const fn strict(name: &'static str, check: &'static [Validator]) -> Field {
    field(name, STRICT_INTEGER).check(check).or(Fallback::Null)
}

const fn int(name: &'static str, check: &'static [Validator]) -> Field {
    field(name, INTEGER).check(check).or(Fallback::Null)
}

const fn text(name: &'static str, kind: Kind) -> Field {
    field(name, kind).or(Fallback::Null)
}

const fn range(min: i64, max: Option<i64>, error: &'static str) -> Validator {
    Validator::Range { min: Some(min), max, error: Some(error) }
}

/// `ModifiableSettingsSchema`
static MODIFIABLE: Schema = Schema::new(&[
    flag("premium_should_sync"),
    flag("include_crypto2crypto"),
    flag("submit_usage_analytics"),
    flag("treat_eth2_as_eth"),
    strict(
        "ui_floating_precision",
        &[range(0, Some(8), "Floating numbers precision in the UI must be between 0 and 8")],
    ),
    field("taxfree_after_period", Kind::Scalar(Shape::Int, taxfree_period)).or(Fallback::Null),
    strict(
        "balance_save_frequency",
        &[range(1, None, "The number of hours after which balances should be saved should be >= 1")],
    ),
    flag("include_gas_costs"),
    text("ksm_rpc_endpoint", STRING),
    text("dot_rpc_endpoint", STRING),
    text("beacon_rpc_endpoint", STRING),
    field("main_currency", Kind::Asset("asset_with_oracles")).or(Fallback::Null),
    text("date_display_format", STRING_OR_NONE),
    field("active_modules", Kind::List(&each(NON_EMPTY_STRING))).or(Fallback::Null),
    text("frontend_settings", STRING_OR_NONE),
    strict("btc_derivation_gap_limit", &[range(1, None, "The bitcoin address derivation gap limit should be >= 1")]),
    flag("calculate_past_cost_basis"),
    flag("display_date_in_localtime"),
    field("current_price_oracles", Kind::List(&each(Kind::Member(&CURRENT_ORACLE))))
        .check(&[Validator::Custom(current_oracles)])
        .or(Fallback::Null),
    field("historical_price_oracles", Kind::List(&each(Kind::Member(&HISTORICAL_ORACLE))))
        .check(&[Validator::Custom(historical_oracles)])
        .or(Fallback::Null),
    flag("pnl_csv_with_formulas"),
    flag("pnl_csv_have_summary"),
    strict(
        "ssf_graph_multiplier",
        &[range(0, None, "The snapshot saving frequency zero graph multiplier should be >= 0")],
    ),
    field("non_syncing_exchanges", Kind::List(&each(Kind::Nested(&EXCHANGE))))
        .check(&[Validator::Custom(unique)])
        .or(Fallback::Null),
    field("evmchains_to_skip_detection", Kind::List(&each(Kind::Member(&BLOCKCHAIN))))
        .check(&[Validator::Custom(unique)])
        .or(Fallback::Null),
    field("cost_basis_method", Kind::Member(&METHOD)).or(Fallback::Null),
    flag("eth_staking_taxable_after_withdrawal_enabled"),
    // Its default is no null, so that null is refused. What stands for an absent one is the handler's to know.
    field(
        "address_name_priority",
        Kind::List(&each(STRING).check(&[Validator::OneOf { choices: NAME_SOURCES, error: None }])),
    ),
    flag("include_fees_in_cost_basis"),
    flag("infer_zero_timed_balances"),
    int("query_retry_limit", &[range(1, None, "The query retry limit should be > 0 retries")]),
    int("connect_timeout", &[range(1, None, "The connect timeout should be > 0 seconds")]),
    int("read_timeout", &[range(1, None, "The read timeout should be > 0 seconds")]),
    int("oracle_penalty_threshold_count", &[range(1, None, "The count should be >= 1")]),
    int("oracle_penalty_duration", &[range(1, None, "The penalty should be >= 1 seconds")]),
    flag("auto_delete_calendar_entries"),
    flag("auto_create_calendar_reminders"),
    flag("ask_user_upon_size_discrepancy"),
    flag("auto_detect_tokens"),
    text("csv_export_delimiter", STRING_OR_NONE),
])
.checks(&[modules]);

/// `EditSettingsSchema`
pub(super) static EDITED: Schema = Schema::new(&[field("settings", Kind::Nested(&MODIFIABLE)).required()]);

/// Whatever Python's `int()` takes; what it does not take at all is an exception that nobody catches.
fn taxfree_period(value: &Value, _: &Pass<'_>) -> Result<Item, Fault> {
    let odd = || Fault::legacy("a number of an unusual kind");
    let wrong = |shown: &str| Fault::message(format!("{shown} is not a valid integer"));
    let int = match value {
        Value::Int(int) => int.clone(),
        Value::Bool(flag) => i32::from(*flag).into(),
        Value::Float(float) if float.is_nan() => return Err(wrong("nan")),
        Value::Float(float) if float.is_infinite() => {
            return Err(Fault::Crash("cannot convert float infinity to integer".into()));
        }
        Value::Float(float) => number::truncated(*float).ok_or_else(odd)?,
        Value::Str(text) => match number::int(text, 10) {
            Read::Int(int) => int,
            Read::Invalid => return Err(wrong(text)),
            Read::Odd => return Err(odd()),
        },
        Value::Null | Value::List(_) | Value::Dict(_) => {
            let kinds = "int() argument must be a string, a bytes-like object or a real number, not";
            return Err(Fault::Crash(format!("{kinds} '{}'", value.class())));
        }
    };
    if int < (-1).into() {
        let message =
            "The taxfree_after_period value can not be negative, except for the value of -1 to disable the setting";
        return Err(Fault::message(message));
    }
    if int == 0.into() {
        return Err(Fault::message("The taxfree_after_period value can not be set to zero"));
    }
    Ok(Item::Int(int))
}

fn has_repeats(items: &[Item]) -> bool {
    items.iter().enumerate().any(|(at, item)| items[..at].contains(item))
}

fn items(item: &Item) -> Result<&[Item], Fault> {
    match item {
        Item::List(items) => Ok(items),
        _ => Err(Fault::legacy("no list")),
    }
}

fn unique(item: &Item, _: &Pass<'_>) -> Result<(), Fault> {
    if has_repeats(items(item)?) { Err(Fault::message("Invalid value.")) } else { Ok(()) }
}

/// `_validate_current_price_oracles`
fn current_oracles(item: &Item, _: &Pass<'_>) -> Result<(), Fault> {
    let oracles = items(item)?;
    if oracles.is_empty() || has_repeats(oracles) {
        let message = "Current price oracles list should not be empty and should have no repeated entries";
        return Err(Fault::message(message));
    }
    let fixed =
        |item: &&Item| item.as_text().is_some_and(|name| ["manualcurrent", "blockchain", "fiat"].contains(&name));
    let mut invalid = oracles.iter().filter(fixed).filter_map(Item::as_text);
    match (invalid.next(), invalid.next()) {
        (None, _) => Ok(()),
        (Some(name), None) => Err(Fault::message(format!("Invalid current price oracles given: {name}. "))),
        _ => Err(Fault::legacy("several oracles that can not be chosen, which legacy names in no fixed order")),
    }
}

/// `_validate_historical_price_oracles`
fn historical_oracles(item: &Item, _: &Pass<'_>) -> Result<(), Fault> {
    let oracles = items(item)?;
    if !oracles.is_empty() && !has_repeats(oracles) {
        return Ok(());
    }
    let given: Vec<&str> = oracles.iter().filter_map(Item::as_text).collect();
    Err(Fault::message(format!(
        "Invalid historical price oracles in: {}. Supported oracles are: {}. Check there are no repeated ones.",
        given.join(", "),
        HISTORICAL_PRICE_ORACLES.join(", ")
    )))
}

fn modules(record: &Record, _: &Pass<'_>) -> Result<(), Fault> {
    let Ok(Some(modules)) = record.maybe_list("active_modules") else { return Ok(()) };
    let unknown = modules.iter().filter_map(Item::as_text).find(|module| !MODULES.contains(module));
    unknown.map_or(Ok(()), |module| Err(Fault::at("active_modules", format!("{module} is not a valid module"))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::settings::SETTINGS;

    #[test]
    fn the_priority_of_names_without_a_row_is_the_one_that_stands_for_an_absent_one() {
        let shown = SETTINGS.iter().find(|setting| setting.name == "address_name_priority").unwrap();
        assert_eq!(serde_json::from_str::<Vec<String>>(shown.default).unwrap(), NAME_SOURCES);
    }
}
