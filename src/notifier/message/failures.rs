//! What went wrong, for the user to read.

use serde::{Deserialize, Serialize};

use super::{Text, fields::present};

/// `legacy`: a text from anywhere in the backend, about 200 places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
pub struct Legacy<'a> {
    /// Which list of `GET /api/1/messages` it would be in.
    pub verbosity: Verbosity,
    /// The text.
    pub value: Text<'a>,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verbosity {
    /// Something was left out or guessed.
    Warning,
    /// Something failed.
    Error,
}

/// `balance_snapshot_error`: balances of one place are missing from a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
pub struct BalanceSnapshotError<'a> {
    /// The name of an exchange, or words such as `blockchain balances query`.
    pub location: Text<'a>,
    /// Why.
    pub error: Text<'a>,
}

/// `missing_api_key`: a service cannot be asked without one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
pub struct MissingApiKey<'a> {
    /// `etherscan` or `thegraph`.
    pub service: Text<'a>,
    /// What of it was asked (`ens`), with `thegraph` alone.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub location: Option<Text<'a>>,
}

/// `accounting_rule_conflict`: new rules from outside contradict rules of the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountingRuleConflict {
    /// How many.
    pub num_of_conflicts: u64,
}

/// `exchange_unknown_asset`: an exchange named an asset that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
pub struct ExchangeUnknownAsset<'a> {
    /// The kind of exchange.
    pub location: Text<'a>,
    /// What the user called it.
    pub name: Text<'a>,
    /// What the exchange calls the asset.
    pub identifier: Text<'a>,
    /// What was being done.
    pub details: Text<'a>,
}

/// `gnosispay_sessionkey_expired`: the user has to log in there again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
pub struct GnosispaySessionkeyExpired<'a> {
    /// What Gnosis Pay said.
    pub error: Text<'a>,
}

/// `binance_pairs_missing`: trades cannot be asked before the user has chosen pairs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
pub struct BinancePairsMissing<'a> {
    /// `binance` or `binanceus`.
    pub location: Text<'a>,
    /// What the user called it.
    pub name: Text<'a>,
}
