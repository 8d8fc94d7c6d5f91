//! What was found or has changed about accounts and their tokens.

use serde::{Deserialize, Serialize};

use super::{
    Text,
    fields::{absent, only_true, present},
};

/// One of the list that is the data of `evmlike_accounts_detection`, which may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
pub struct DetectedAccount<'a> {
    /// In lower case, as in `eth`.
    pub chain: Text<'a>,
    /// Its address.
    pub address: Text<'a>,
}

/// `new_evm_token_detected`: a token was seen for the first time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
pub struct NewEvmTokenDetected<'a> {
    /// As in `eip155:1/erc20:0x…`.
    pub token_identifier: Text<'a>,
    /// It is taken for spam. Never sent as `false`.
    #[serde(default, deserialize_with = "only_true", skip_serializing_if = "absent")]
    pub is_ignored: bool,
    /// The transaction it was seen in, with `0x`.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub seen_tx_hash: Option<Text<'a>>,
    /// Where it was seen, if in no transaction; may be null.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[allow(clippy::option_option)] // absent, null, a text: three things
    pub seen_description: Option<Option<Text<'a>>>,
}

/// `refresh_balances`: the client is to ask for balances again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
pub struct RefreshBalances<'a> {
    /// Which balances.
    #[serde(rename = "type")]
    pub balances: Balances,
    /// In lower case, as in `eth`.
    pub blockchain: Text<'a>,
}

/// Balances that can be refreshed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Balances {
    /// Those of accounts on a blockchain.
    BlockchainBalances,
}

/// `solana_tokens_migration`: tokens of the user that have to be told apart by hand. Sent at login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
pub struct SolanaTokensMigration<'a> {
    /// Their identifiers.
    pub identifiers: Vec<Text<'a>>,
}
