//! The settings of a user: order, kinds and defaults, as legacy's `GET /api/1/settings` shows them.

/// How a setting's stored text becomes JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// From legacy's memory: whether there is premium, active or not.
    Premium,
    /// A whole number.
    Int,
    /// A whole number of seconds, or nothing.
    TaxFreePeriod,
    /// `True` or anything else.
    Bool,
    /// The text itself.
    Text,
    /// An asset's identifier, spelled as global.db spells it.
    Asset,
    /// A JSON list of texts, shown as it is; without a row in the order of the legacy process.
    Modules,
    /// A JSON list of texts, shown as it is.
    TextList,
    /// A JSON list of enumeration members.
    Members(&'static [&'static str]),
    /// A member.
    Member(&'static [&'static str]),
    /// A JSON list of exchanges: name and location.
    Exchanges,
}

/// A setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Name in the database and in the answer.
    pub name: &'static str,
    /// Kind.
    pub kind: Kind,
    /// What an answer shows without a row, as JSON.
    pub default: &'static str,
}

const fn setting(name: &'static str, kind: Kind, default: &'static str) -> Setting {
    Setting { name, kind, default }
}

use Kind::{Bool, Exchanges, Int, Member, Members, Modules, Premium, TaxFreePeriod, Text, TextList};

use super::enums::{CHAINS, COST_BASIS_METHODS, CURRENT_PRICE_ORACLES, HISTORICAL_PRICE_ORACLES};

/// Every setting, in the order of the answer.
#[rustfmt::skip] // a setting a line
pub const SETTINGS: &[Setting] = &[
    setting("have_premium", Premium, "false"),
    setting("version", Int, "49"),
    setting("last_write_ts", Int, "0"),
    setting("premium_should_sync", Bool, "false"),
    setting("include_crypto2crypto", Bool, "true"),
    setting("ui_floating_precision", Int, "2"),
    setting("taxfree_after_period", TaxFreePeriod, "31536000"),
    setting("balance_save_frequency", Int, "24"),
    setting("include_gas_costs", Bool, "true"),
    setting("ksm_rpc_endpoint", Text, "\"http://localhost:9933\""),
    setting("dot_rpc_endpoint", Text, "\"\""),
    setting("beacon_rpc_endpoint", Text, "\"\""),
    setting("main_currency", Kind::Asset, "\"USD\""),
    setting("date_display_format", Text, "\"%d/%m/%Y %H:%M:%S %Z\""),
    setting("submit_usage_analytics", Bool, "true"),
    setting("active_modules", Modules, "null"),
    setting("frontend_settings", Text, "\"\""),
    setting("btc_derivation_gap_limit", Int, "20"),
    setting("calculate_past_cost_basis", Bool, "true"),
    setting("display_date_in_localtime", Bool, "true"),
    setting("current_price_oracles", Members(CURRENT_PRICE_ORACLES), r#"["coingecko","defillama","cryptocompare","uniswapv2","uniswapv3"]"#),
    setting("historical_price_oracles", Members(HISTORICAL_PRICE_ORACLES), r#"["cryptocompare","coingecko","defillama","uniswapv3","uniswapv2"]"#),
    setting("pnl_csv_with_formulas", Bool, "true"),
    setting("pnl_csv_have_summary", Bool, "false"),
    setting("ssf_graph_multiplier", Int, "0"),
    setting("last_data_migration", Int, "21"),
    setting("non_syncing_exchanges", Exchanges, "[]"),
    setting("evmchains_to_skip_detection", Members(CHAINS), "[]"),
    setting("cost_basis_method", Member(COST_BASIS_METHODS), "\"fifo\""),
    setting("treat_eth2_as_eth", Bool, "true"),
    setting("eth_staking_taxable_after_withdrawal_enabled", Bool, "true"),
    setting("address_name_priority", TextList, r#"["private_addressbook","blockchain_account","global_addressbook","ethereum_tokens","hardcoded_mappings","ens_names"]"#),
    setting("include_fees_in_cost_basis", Bool, "true"),
    setting("infer_zero_timed_balances", Bool, "false"),
    setting("query_retry_limit", Int, "5"),
    setting("connect_timeout", Int, "30"),
    setting("read_timeout", Int, "30"),
    setting("oracle_penalty_threshold_count", Int, "5"),
    setting("oracle_penalty_duration", Int, "1800"),
    setting("auto_delete_calendar_entries", Bool, "true"),
    setting("auto_create_calendar_reminders", Bool, "true"),
    setting("ask_user_upon_size_discrepancy", Bool, "true"),
    setting("auto_detect_tokens", Bool, "true"),
    setting("csv_export_delimiter", Text, "\",\""),
];

/// Names in `key_value_cache` that the answer shows after the settings, as numbers; 0 without a row.
pub const CACHED: &[&str] = &["last_balance_save", "last_data_upload_ts"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_json_and_every_name_is_there_once() {
        for (at, setting) in SETTINGS.iter().enumerate() {
            assert!(serde_json::from_str::<serde_json::Value>(setting.default).is_ok(), "{}", setting.name);
            assert!(SETTINGS[..at].iter().all(|other| other.name != setting.name), "{}", setting.name);
        }
    }
}
