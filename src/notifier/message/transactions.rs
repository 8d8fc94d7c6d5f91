//! Transactions of accounts, as they are asked for and decoded.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::{
    Text,
    fields::{in_order, present},
};

/// `transaction_status`: how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransactionStatus<'a> {
    /// Sub-type `evm`: one account.
    Evm {
        /// Its address.
        address: Text<'a>,
        /// In upper case, as in `POLYGON_POS`.
        chain: Text<'a>,
        /// The first and the last second that is asked for, since 1970.
        period: [i64; 2],
        /// Where in it.
        status: TransactionStep,
    },
    /// Sub-type `bitcoin`: several accounts at once.
    Bitcoin {
        /// Their addresses.
        addresses: Vec<Text<'a>>,
        /// `BTC` or `BCH`.
        chain: Text<'a>,
        /// Where in it.
        status: TransactionStep,
    },
}

/// Where in a query of transactions. Either sub-type has its own choice of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionStep {
    /// Both: before the first request.
    QueryingTransactionsStarted,
    /// `evm`: plain transactions of a range.
    QueryingTransactions,
    /// `evm`: internal ones.
    QueryingInternalTransactions,
    /// `evm`: those that moved tokens.
    QueryingEvmTokensTransactions,
    /// Both: after the last request.
    QueryingTransactionsFinished,
    /// `bitcoin`: before decoding.
    DecodingTransactionsStarted,
    /// `bitcoin`: after it.
    DecodingTransactionsFinished,
}

impl TransactionStep {
    /// Whether it stands between a beginning and an end, and may be skipped.
    #[must_use]
    pub fn is_between(self) -> bool {
        matches!(
            self,
            Self::QueryingTransactions | Self::QueryingInternalTransactions | Self::QueryingEvmTokensTransactions
        )
    }

    fn is_decoding(self) -> bool {
        matches!(self, Self::DecodingTransactionsStarted | Self::DecodingTransactionsFinished)
    }
}

/// Names of the sub-types.
pub(super) const EVM: &str = "evm";
pub(super) const BITCOIN: &str = "bitcoin";

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Subtype {
    Evm,
    Bitcoin,
}

/// The keys of both sub-types: in neither is `subtype` the first.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
struct Keys<'a> {
    #[serde(default, deserialize_with = "present")]
    address: Option<Text<'a>>,
    #[serde(default, deserialize_with = "present")]
    addresses: Option<Vec<Text<'a>>>,
    chain: Text<'a>,
    subtype: Subtype,
    #[serde(default, deserialize_with = "present")]
    period: Option<[i64; 2]>,
    status: TransactionStep,
}

impl<'de: 'a, 'a> Deserialize<'de> for TransactionStatus<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Keys::deserialize(deserializer)? {
            Keys {
                subtype: Subtype::Evm,
                address: Some(address),
                addresses: None,
                chain,
                period: Some(period),
                status,
            } if !status.is_decoding() => Ok(Self::Evm { address, chain, period, status }),
            Keys {
                subtype: Subtype::Bitcoin,
                address: None,
                addresses: Some(addresses),
                chain,
                period: None,
                status,
            } if !status.is_between() => Ok(Self::Bitcoin { addresses, chain, status }),
            _ => Err(D::Error::custom("expected the keys and steps of its sub-type")),
        }
    }
}

impl Serialize for TransactionStatus<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Evm { address, chain, period, status } => in_order!(serializer, {
                "address": address, "chain": chain, "subtype": EVM, "period": period, "status": status,
            }),
            Self::Bitcoin { addresses, chain, status } => in_order!(serializer, {
                "addresses": addresses, "chain": chain, "subtype": BITCOIN, "status": status,
            }),
        }
    }
}
