//! The settings that a client may change, and what legacy has of each in memory.

use crate::{
    handlers::{Stop, Unanswered, filter::bindable, refusals},
    wire::{
        json::dumps,
        validate::{Item, Record},
    },
};
use serde_json::{Value, json};

/// Where legacy has a setting besides the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Memory {
    /// Nowhere: whenever it asks for it, it reads the database.
    None,
    /// In the cache of settings.
    Cached,
    /// There, and in what it connects, activates or computes with.
    More,
}

use Memory::{Cached, More, None as Never};

/// Every one, in the order in which legacy writes them (`ModifiableDBSettings`): rows get their numbers in it.
#[rustfmt::skip] // a setting a line
const SETTINGS: &[(&str, Memory)] = &[
    ("premium_should_sync", Never),
    ("include_crypto2crypto", Cached),
    ("ui_floating_precision", Never),
    ("taxfree_after_period", Cached),
    ("balance_save_frequency", Never),
    ("include_gas_costs", Cached),
    ("ksm_rpc_endpoint", More),
    ("dot_rpc_endpoint", More),
    ("beacon_rpc_endpoint", More),
    ("main_currency", Cached),
    ("date_display_format", Never),
    ("submit_usage_analytics", Never),
    ("active_modules", More),
    ("frontend_settings", Never),
    ("btc_derivation_gap_limit", More),
    ("calculate_past_cost_basis", Cached),
    ("display_date_in_localtime", Cached),
    ("current_price_oracles", More),
    ("historical_price_oracles", More),
    ("pnl_csv_with_formulas", Cached),
    ("pnl_csv_have_summary", Cached),
    ("ssf_graph_multiplier", Never),
    ("non_syncing_exchanges", Never),
    ("evmchains_to_skip_detection", Never),
    ("cost_basis_method", Cached),
    ("treat_eth2_as_eth", Never),
    ("eth_staking_taxable_after_withdrawal_enabled", Cached),
    (PRIORITY, Cached),
    ("include_fees_in_cost_basis", Cached),
    ("infer_zero_timed_balances", Never),
    ("query_retry_limit", Cached),
    ("connect_timeout", Cached),
    ("read_timeout", Cached),
    ("oracle_penalty_threshold_count", Cached),
    ("oracle_penalty_duration", Cached),
    ("auto_delete_calendar_entries", Never),
    ("auto_create_calendar_reminders", Cached),
    ("ask_user_upon_size_discrepancy", Never),
    ("auto_detect_tokens", Cached),
    ("csv_export_delimiter", Cached),
];

/// Which source of names comes first: written by every change, back to its default where it is not given.
pub(super) const PRIORITY: &str = "address_name_priority";

/// What a request changes, in legacy's order: names, and texts as they are stored, `None` for NULL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Changes(pub(super) Vec<(&'static str, Option<String>)>);

impl Changes {
    /// Takes them from the arguments. A null is nothing to change.
    ///
    /// # Errors
    /// An int that legacy can not store, or a setting that is more than a row and an entry in its cache.
    pub(super) fn of(given: &Record) -> Result<Self, Stop> {
        let mut changes = Vec::new();
        for (name, memory) in SETTINGS {
            match given.get(name) {
                None | Some(Item::Null) => {}
                Some(_) if *memory == More => {
                    return Err(Stop::declined(format!("legacy does more than store {name}")));
                }
                Some(Item::Int(_)) => changes.push((*name, int(name, refusals::int(given, name)?))),
                Some(item) => changes.push((*name, Some(stored(item)?))),
            }
        }
        Ok(Self(changes))
    }

    /// Whether legacy would have an old value in its cache after them. The priority of names, which is written with all
    /// of them, is to be looked at by itself.
    pub(super) fn leave_the_cache_stale(&self) -> bool {
        let cached = |name: &str| SETTINGS.iter().any(|(of, memory)| *of == name && *memory == Cached);
        self.0.iter().any(|(name, _)| *name != PRIORITY && cached(name))
    }

    /// What one of them becomes.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(of, _)| *of == name).and_then(|(_, text)| text.as_deref())
    }
}

/// A tax-free period of -1 is none.
fn int(name: &str, int: i64) -> Option<String> {
    (name != "taxfree_after_period" || int != -1).then(|| int.to_string())
}

/// As Python's `str()` of a boolean, or `json.dumps()` of a list.
fn stored(item: &Item) -> Result<String, Unanswered> {
    match item {
        Item::Bool(true) => Ok("True".to_owned()),
        Item::Bool(false) => Ok("False".to_owned()),
        Item::Text(text) => Ok(bindable(text)?.to_owned()),
        Item::Member(name) => Ok((*name).to_owned()),
        Item::List(items) => {
            let members: Vec<Value> = items.iter().map(member).collect::<Result<_, _>>()?;
            Ok(dumps(&members)?)
        }
        _ => Err(Unanswered::Failed("a setting of an unknown kind".into())),
    }
}

fn member(item: &Item) -> Result<Value, Unanswered> {
    match item {
        Item::Record(exchange) => Ok(json!({"name": exchange.text("name")?, "location": exchange.text("location")?})),
        item => item.as_text().map(Value::from).ok_or_else(|| Unanswered::Failed("a list of an unknown kind".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::settings::SETTINGS as SHOWN;

    fn changes(given: &[(&'static str, Item)]) -> Result<Changes, Stop> {
        let mut record = Record::default();
        for (name, item) in given {
            record.insert(name, item.clone());
        }
        Changes::of(&record)
    }

    #[test]
    fn every_setting_that_can_be_changed_is_one_that_is_shown() {
        for (name, _) in SETTINGS {
            assert!(SHOWN.iter().any(|setting| setting.name == *name), "{name}");
        }
        let fixed = ["have_premium", "version", "last_write_ts", "last_data_migration"];
        assert_eq!(SETTINGS.len() + fixed.len(), SHOWN.len());
    }

    #[test]
    fn values_are_stored_as_legacy_stores_them_and_in_its_order() {
        let mut exchange = Record::default();
        exchange.insert("name", Item::Text("ö".into()));
        exchange.insert("location", Item::Member("polygon pos"));
        let found = changes(&[
            ("csv_export_delimiter", Item::Null),
            (PRIORITY, Item::List(vec![Item::Text("ens_names".into()), Item::Text("ethereum_tokens".into())])),
            ("cost_basis_method", Item::Member("lifo")),
            ("non_syncing_exchanges", Item::List(vec![Item::Record(exchange)])),
            ("read_timeout", Item::Int((-1).into())),
            ("taxfree_after_period", Item::Int((-1).into())),
            ("include_crypto2crypto", Item::Bool(false)),
            ("premium_should_sync", Item::Bool(true)),
        ]);
        let text = |text: &str| Some(text.to_owned());
        let expected = vec![
            ("premium_should_sync", text("True")),
            ("include_crypto2crypto", text("False")),
            ("taxfree_after_period", None),
            ("non_syncing_exchanges", text(r#"[{"name": "\u00f6", "location": "polygon pos"}]"#)),
            ("cost_basis_method", text("lifo")),
            (PRIORITY, text(r#"["ens_names", "ethereum_tokens"]"#)),
            ("read_timeout", text("-1")),
        ];
        assert_eq!(found.unwrap(), Changes(expected));
    }

    #[test]
    fn what_is_more_than_a_row_is_left_to_legacy_and_a_cached_value_makes_the_cache_stale() {
        for (name, memory) in SETTINGS {
            let found = changes(&[(name, Item::Int(1.into()))]);
            match memory {
                More => assert!(matches!(found, Err(Stop::Unanswered(_))), "{name}"),
                _ => {
                    let stale = *memory == Cached && *name != PRIORITY;
                    assert_eq!(found.unwrap().leave_the_cache_stale(), stale, "{name}");
                }
            }
        }
        assert!(matches!(changes(&[("read_timeout", Item::Int(u64::MAX.into()))]), Err(Stop::Refused(_))));
    }
}
