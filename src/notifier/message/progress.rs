//! How far long work is, and what an import came to.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::{
    Text,
    fields::{absent, in_order, only_true, present},
};

/// `progress_updates`, by sub-type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProgressUpdate<'a> {
    /// `evm_undecoded_transactions`: transactions of a chain are decoded.
    EvmUndecodedTransactions {
        /// The chain's name, as in `polygon_pos`.
        chain: Text<'a>,
        /// How far.
        done: Done,
    },
    /// `protocol_cache_updates`: what is remembered of a protocol is asked for again.
    ProtocolCacheUpdates {
        /// The protocol.
        protocol: Text<'a>,
        /// The chain's name.
        chain: Text<'a>,
        /// How far.
        done: Done,
    },
    /// `csv_import_result`: no progress at all but an import's end, sent once, perhaps megabytes of it.
    CsvImportResult {
        /// Whose format it was.
        source_name: Text<'a>,
        /// How many of the rows became events.
        done: Done,
        /// What is to be said about rows.
        messages: Vec<ImportMessage<'a>>,
    },
    /// `historical_price_query_status`: prices of events. No last message says that it is done.
    HistoricalPriceQueryStatus(Done),
    /// `multiple_prices_query_status`: prices of a list.
    MultiplePricesQueryStatus(Done),
    /// `stats_price_query`: prices for a statistic.
    StatsPriceQuery {
        /// The protocol it is about.
        counterparty: Text<'a>,
        /// How far.
        done: Done,
    },
    /// `liquity_staking_query`: four steps of one query.
    LiquityStakingQuery(Done),
}

/// How far some work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// How much there is.
    pub total: u64,
    /// How much of it is done.
    pub processed: u64,
}

/// Something about rows of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
pub struct ImportMessage<'a> {
    /// What.
    pub msg: Text<'a>,
    /// Which rows, from 1.
    pub rows: Vec<u64>,
    /// They were not imported. Never sent as `false`.
    #[serde(default, deserialize_with = "only_true", skip_serializing_if = "absent")]
    pub is_error: bool,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Subtype {
    EvmUndecodedTransactions,
    ProtocolCacheUpdates,
    CsvImportResult,
    HistoricalPriceQueryStatus,
    MultiplePricesQueryStatus,
    StatsPriceQuery,
    LiquityStakingQuery,
}

/// The keys of all sub-types, since `subtype` comes late in most, and megabytes are not read twice.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
struct Keys<'a> {
    #[serde(default, deserialize_with = "present")]
    chain: Option<Text<'a>>,
    #[serde(default, deserialize_with = "present")]
    protocol: Option<Text<'a>>,
    #[serde(default, deserialize_with = "present")]
    source_name: Option<Text<'a>>,
    #[serde(default, deserialize_with = "present")]
    counterparty: Option<Text<'a>>,
    subtype: Subtype,
    total: u64,
    processed: u64,
    #[serde(default, deserialize_with = "present")]
    messages: Option<Vec<ImportMessage<'a>>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for ProgressUpdate<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Keys { chain, protocol, source_name, counterparty, subtype, total, processed, messages } =
            Keys::deserialize(deserializer)?;
        let done = Done { total, processed };
        Ok(match (subtype, chain, protocol, source_name, counterparty, messages) {
            (Subtype::EvmUndecodedTransactions, Some(chain), None, None, None, None) => {
                Self::EvmUndecodedTransactions { chain, done }
            }
            (Subtype::ProtocolCacheUpdates, Some(chain), Some(protocol), None, None, None) => {
                Self::ProtocolCacheUpdates { protocol, chain, done }
            }
            (Subtype::CsvImportResult, None, None, Some(source_name), None, Some(messages)) => {
                Self::CsvImportResult { source_name, done, messages }
            }
            (Subtype::HistoricalPriceQueryStatus, None, None, None, None, None) => {
                Self::HistoricalPriceQueryStatus(done)
            }
            (Subtype::MultiplePricesQueryStatus, None, None, None, None, None) => Self::MultiplePricesQueryStatus(done),
            (Subtype::StatsPriceQuery, None, None, None, Some(counterparty), None) => {
                Self::StatsPriceQuery { counterparty, done }
            }
            (Subtype::LiquityStakingQuery, None, None, None, None, None) => Self::LiquityStakingQuery(done),
            _ => return Err(D::Error::custom("expected the keys of its sub-type")),
        })
    }
}

impl Serialize for ProgressUpdate<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let counted = |serializer: S, Done { total, processed }: &Done, subtype: Subtype| in_order!(serializer, { "total": total, "processed": processed, "subtype": &subtype });
        match self {
            Self::EvmUndecodedTransactions { chain, done: Done { total, processed } } => in_order!(serializer, {
                "chain": chain, "subtype": &Subtype::EvmUndecodedTransactions, "total": total, "processed": processed,
            }),
            Self::ProtocolCacheUpdates { protocol, chain, done: Done { total, processed } } => in_order!(serializer, {
                "protocol": protocol, "chain": chain, "subtype": &Subtype::ProtocolCacheUpdates,
                "processed": processed, "total": total,
            }),
            Self::CsvImportResult { source_name, done: Done { total, processed }, messages } => in_order!(serializer, {
                "source_name": source_name, "subtype": &Subtype::CsvImportResult,
                "total": total, "processed": processed, "messages": messages,
            }),
            Self::HistoricalPriceQueryStatus(done) => counted(serializer, done, Subtype::HistoricalPriceQueryStatus),
            Self::MultiplePricesQueryStatus(done) => counted(serializer, done, Subtype::MultiplePricesQueryStatus),
            Self::StatsPriceQuery { counterparty, done: Done { total, processed } } => in_order!(serializer, {
                "total": total, "processed": processed, "subtype": &Subtype::StatsPriceQuery,
                "counterparty": counterparty,
            }),
            Self::LiquityStakingQuery(done) => counted(serializer, done, Subtype::LiquityStakingQuery),
        }
    }
}
