//! One message, of a type that is known.

use serde::{Deserialize, Serialize};

use super::{
    Kind, Unknown,
    accounts::{DetectedAccount, NewEvmTokenDetected, RefreshBalances, SolanaTokensMigration},
    calendar::CalendarReminder,
    failures::{
        AccountingRuleConflict, BalanceSnapshotError, BinancePairsMissing, ExchangeUnknownAsset,
        GnosispaySessionkeyExpired, Legacy, MissingApiKey,
    },
    history::HistoryEventsStatus,
    premium::{DatabaseUploadProgress, DatabaseUploadResult, PremiumStatusUpdate},
    progress::ProgressUpdate,
    transactions::TransactionStatus,
    upgrades::{DataMigrationStatus, DbUpgradeStatus},
};
use crate::wire::json;

/// A message as legacy sends it. Its name in the frame is the variant's in snake case; texts borrow from the frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case", deny_unknown_fields, bound(deserialize = "'de: 'a"))]
#[allow(missing_docs)] // each has its page
pub enum Message<'a> {
    Legacy(Legacy<'a>),
    BalanceSnapshotError(BalanceSnapshotError<'a>),
    TransactionStatus(TransactionStatus<'a>),
    PremiumStatusUpdate(PremiumStatusUpdate),
    DbUpgradeStatus(DbUpgradeStatus<'a>),
    DataMigrationStatus(DataMigrationStatus<'a>),
    EvmlikeAccountsDetection(Vec<DetectedAccount<'a>>),
    NewEvmTokenDetected(NewEvmTokenDetected<'a>),
    MissingApiKey(MissingApiKey<'a>),
    HistoryEventsStatus(HistoryEventsStatus<'a>),
    RefreshBalances(RefreshBalances<'a>),
    DatabaseUploadResult(DatabaseUploadResult<'a>),
    DatabaseUploadProgress(DatabaseUploadProgress),
    AccountingRuleConflict(AccountingRuleConflict),
    CalendarReminder(CalendarReminder<'a>),
    ExchangeUnknownAsset(ExchangeUnknownAsset<'a>),
    GnosispaySessionkeyExpired(GnosispaySessionkeyExpired<'a>),
    SolanaTokensMigration(SolanaTokensMigration<'a>),
    BinancePairsMissing(BinancePairsMissing<'a>),
    ProgressUpdates(ProgressUpdate<'a>),
}

impl<'a> Message<'a> {
    /// Reads the text of a frame, once over. Keys may come in any order and spacing; none may be missing or unknown,
    /// so what is read can be written again.
    ///
    /// (serde also takes an array for an object whose values are in order. Legacy sends none, and what is delivered is
    /// the text itself, so that is let be.)
    ///
    /// # Errors
    /// What about it is unknown. Such a text is passed on as it came.
    pub fn read(text: &'a [u8]) -> Result<Self, Unknown> {
        serde_json::from_slice(text).map_err(|error| Unknown::because(text, &error))
    }

    /// The text legacy sends: keys in its order, Python's separators and escapes.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Texts, ints and bools under text keys are always JSON.
        json::dumps(self).unwrap_or_default()
    }

    /// Its type, and its sub-type if it has one.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Legacy(_) => Kind::Legacy,
            Self::BalanceSnapshotError(_) => Kind::BalanceSnapshotError,
            Self::TransactionStatus(TransactionStatus::Evm { .. }) => Kind::TransactionStatusEvm,
            Self::TransactionStatus(TransactionStatus::Bitcoin { .. }) => Kind::TransactionStatusBitcoin,
            Self::PremiumStatusUpdate(_) => Kind::PremiumStatusUpdate,
            Self::DbUpgradeStatus(_) => Kind::DbUpgradeStatus,
            Self::DataMigrationStatus(_) => Kind::DataMigrationStatus,
            Self::EvmlikeAccountsDetection(_) => Kind::EvmlikeAccountsDetection,
            Self::NewEvmTokenDetected(_) => Kind::NewEvmTokenDetected,
            Self::MissingApiKey(_) => Kind::MissingApiKey,
            Self::HistoryEventsStatus(_) => Kind::HistoryEventsStatus,
            Self::RefreshBalances(_) => Kind::RefreshBalances,
            Self::DatabaseUploadResult(_) => Kind::DatabaseUploadResult,
            Self::DatabaseUploadProgress(_) => Kind::DatabaseUploadProgress,
            Self::AccountingRuleConflict(_) => Kind::AccountingRuleConflict,
            Self::CalendarReminder(_) => Kind::CalendarReminder,
            Self::ExchangeUnknownAsset(_) => Kind::ExchangeUnknownAsset,
            Self::GnosispaySessionkeyExpired(_) => Kind::GnosispaySessionkeyExpired,
            Self::SolanaTokensMigration(_) => Kind::SolanaTokensMigration,
            Self::BinancePairsMissing(_) => Kind::BinancePairsMissing,
            Self::ProgressUpdates(update) => match update {
                ProgressUpdate::EvmUndecodedTransactions { .. } => Kind::EvmUndecodedTransactions,
                ProgressUpdate::ProtocolCacheUpdates { .. } => Kind::ProtocolCacheUpdates,
                ProgressUpdate::CsvImportResult { .. } => Kind::CsvImportResult,
                ProgressUpdate::HistoricalPriceQueryStatus(_) => Kind::HistoricalPriceQueryStatus,
                ProgressUpdate::MultiplePricesQueryStatus(_) => Kind::MultiplePricesQueryStatus,
                ProgressUpdate::StatsPriceQuery { .. } => Kind::StatsPriceQuery,
                ProgressUpdate::LiquityStakingQuery(_) => Kind::LiquityStakingQuery,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        notifier::message::{any::messages, examples::EXAMPLES},
        wire::parse::parse,
    };

    #[test]
    fn every_frame_of_legacy_is_read_and_written_again_byte_for_byte() {
        for frame in EXAMPLES {
            let message = Message::read(frame.as_bytes()).unwrap_or_else(|unknown| panic!("{frame}: {unknown}"));
            assert_eq!(message.to_json(), *frame);
        }
    }

    #[test]
    fn there_is_an_example_of_every_kind() {
        let read = |frame: &&str| Message::read(frame.as_bytes()).unwrap().kind();
        for kind in Kind::ALL {
            assert!(EXAMPLES.iter().any(|frame| read(frame) == *kind), "{}", kind.name());
        }
    }

    #[test]
    fn keys_may_come_in_any_order() {
        let frame = r#"{"data":{"value":"a","verbosity":"error"},"type":"legacy"}"#;
        let message = Message::read(frame.as_bytes()).unwrap();
        assert_eq!(message.to_json(), r#"{"type": "legacy", "data": {"verbosity": "error", "value": "a"}}"#);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same(message in messages()) {
            let written = message.to_json();
            prop_assert_eq!(Message::read(written.as_bytes()).unwrap(), message);
            // Python, too, reads it as it would write it.
            prop_assert_eq!(json::dumps_value(&parse(written.as_bytes()).unwrap()), written);
        }

        #[test]
        fn any_text_can_be_asked(text in any::<Vec<u8>>()) {
            let _ = Message::read(&text);
        }

        #[test]
        fn any_change_of_a_frame_can_be_asked(example in 0..EXAMPLES.len(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut frame = EXAMPLES[example].as_bytes().to_vec();
            let at = at.index(frame.len());
            frame[at] = byte;
            if let Ok(message) = Message::read(&frame) {
                let again = message.to_json();
                prop_assert_eq!(Message::read(again.as_bytes()).unwrap(), message);
            }
            let _ = Message::read(&frame[..at]);
        }
    }
}
