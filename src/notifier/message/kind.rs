//! Names of messages, to count by: a bounded set, whatever legacy sends.

macro_rules! kinds {
    ($($kind:ident = $name:literal,)*) => {
        /// A type, with its sub-type if it has any.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs)] // each says its name
        pub enum Kind {
            $($kind,)*
        }

        impl Kind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// `type`, or `type/subtype`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }
        }

        /// Every name that a message can be counted under; the last is for all that are unknown.
        pub const NAMES: &[&str] = &[$($name,)* UNKNOWN];
    };
}

kinds! {
    Legacy = "legacy",
    BalanceSnapshotError = "balance_snapshot_error",
    TransactionStatusEvm = "transaction_status/evm",
    TransactionStatusBitcoin = "transaction_status/bitcoin",
    PremiumStatusUpdate = "premium_status_update",
    DbUpgradeStatus = "db_upgrade_status",
    DataMigrationStatus = "data_migration_status",
    EvmlikeAccountsDetection = "evmlike_accounts_detection",
    NewEvmTokenDetected = "new_evm_token_detected",
    MissingApiKey = "missing_api_key",
    HistoryEventsStatus = "history_events_status",
    RefreshBalances = "refresh_balances",
    DatabaseUploadResult = "database_upload_result",
    DatabaseUploadProgress = "database_upload_progress",
    AccountingRuleConflict = "accounting_rule_conflict",
    CalendarReminder = "calendar_reminder",
    ExchangeUnknownAsset = "exchange_unknown_asset",
    GnosispaySessionkeyExpired = "gnosispay_sessionkey_expired",
    SolanaTokensMigration = "solana_tokens_migration",
    BinancePairsMissing = "binance_pairs_missing",
    EvmUndecodedTransactions = "progress_updates/evm_undecoded_transactions",
    ProtocolCacheUpdates = "progress_updates/protocol_cache_updates",
    CsvImportResult = "progress_updates/csv_import_result",
    HistoricalPriceQueryStatus = "progress_updates/historical_price_query_status",
    MultiplePricesQueryStatus = "progress_updates/multiple_prices_query_status",
    StatsPriceQuery = "progress_updates/stats_price_query",
    LiquityStakingQuery = "progress_updates/liquity_staking_query",
}

/// The name of all that is unknown.
pub(super) const UNKNOWN: &str = "unknown";

impl Kind {
    /// Its type alone.
    #[must_use]
    pub fn of(self) -> &'static str {
        self.name().split_once('/').map_or(self.name(), |(of, _)| of)
    }

    /// Its sub-type.
    #[must_use]
    pub fn subtype(self) -> Option<&'static str> {
        self.name().split_once('/').map(|(_, subtype)| subtype)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_twenty_types() {
        let mut types: Vec<_> = Kind::ALL.iter().map(|kind| kind.of()).collect();
        types.dedup();
        assert_eq!(types.len(), 20);
        assert_eq!(NAMES.len(), Kind::ALL.len() + 1);
    }
}
