//! How a message is to be delivered to a client that is slow, or gone.

use std::sync::Arc;

use super::{
    Kind, Message, Unknown, history::HistoryEventsStep, kind::UNKNOWN, progress::ProgressUpdate,
    transactions::TransactionStatus,
};

/// What may become of a message that a client cannot take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// How far something is. A newer one of the same key makes it needless, and takes its own, later place.
    Progress,
    /// Something has begun, ended or become otherwise. A client that cannot take it has to come back and read again.
    State,
    /// Something went wrong. Never lost.
    Error,
    /// Said once, and nowhere else. Kept like an error.
    Notice,
}

impl Class {
    /// Its name in metrics and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Progress => "progress",
            Self::State => "state",
            Self::Error => "error",
            Self::Notice => "notice",
        }
    }
}

/// What a message is about: of two with the same key only the newer one counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key(Arc<str>);

impl Key {
    /// A kind, and what of it. Only the last part is a text of the user's, so no two lists of parts look the same.
    fn new(kind: Kind, about: &[&str]) -> Self {
        let mut key = String::from(kind.name());
        for part in about {
            key.push('\u{1f}');
            key.push_str(part);
        }
        Self(key.into())
    }

    /// The key as a text, its parts apart by U+001F.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

/// How a message is to be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// What may become of it.
    pub class: Class,
    /// Set for every [`Class::Progress`], and for a [`Class::State`] of which only the newest counts. Errors and
    /// notices have none: each counts.
    pub key: Option<Key>,
}

impl Delivery {
    fn of(class: Class) -> Self {
        Self { class, key: None }
    }

    fn newest(class: Class, kind: Kind, about: &[&str]) -> Self {
        Self { class, key: Some(Key::new(kind, about)) }
    }
}

impl Message<'_> {
    /// How it is to be delivered.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        let kind = self.kind();
        match self {
            Self::Legacy(_) | Self::BalanceSnapshotError(_) => Delivery::of(Class::Error),
            Self::TransactionStatus(TransactionStatus::Evm { address, chain, status, .. }) if status.is_between() => {
                Delivery::newest(Class::Progress, kind, &[chain, address])
            }
            Self::TransactionStatus(_) => Delivery::of(Class::State),
            Self::PremiumStatusUpdate(_) => Delivery::newest(Class::State, kind, &[]),
            Self::DbUpgradeStatus(_) | Self::DataMigrationStatus(_) | Self::DatabaseUploadProgress(_) => {
                Delivery::newest(Class::Progress, kind, &[])
            }
            Self::HistoryEventsStatus(events) => match events.status {
                HistoryEventsStep::QueryingEventsStatusUpdate => {
                    Delivery::newest(Class::Progress, kind, &[&events.location, &events.name])
                }
                HistoryEventsStep::QueryingEventsStarted | HistoryEventsStep::QueryingEventsFinished => {
                    Delivery::of(Class::State)
                }
            },
            Self::ProgressUpdates(update) => match update {
                ProgressUpdate::CsvImportResult { .. } => Delivery::of(Class::Notice),
                ProgressUpdate::EvmUndecodedTransactions { chain, .. } => {
                    Delivery::newest(Class::Progress, kind, &[chain])
                }
                ProgressUpdate::ProtocolCacheUpdates { protocol, chain, .. } => {
                    Delivery::newest(Class::Progress, kind, &[protocol, chain])
                }
                ProgressUpdate::StatsPriceQuery { counterparty, .. } => {
                    Delivery::newest(Class::Progress, kind, &[counterparty])
                }
                ProgressUpdate::HistoricalPriceQueryStatus(_)
                | ProgressUpdate::MultiplePricesQueryStatus(_)
                | ProgressUpdate::LiquityStakingQuery(_) => Delivery::newest(Class::Progress, kind, &[]),
            },
            Self::EvmlikeAccountsDetection(_)
            | Self::NewEvmTokenDetected(_)
            | Self::MissingApiKey(_)
            | Self::RefreshBalances(_)
            | Self::DatabaseUploadResult(_)
            | Self::AccountingRuleConflict(_)
            | Self::CalendarReminder(_)
            | Self::ExchangeUnknownAsset(_)
            | Self::GnosispaySessionkeyExpired(_)
            | Self::SolanaTokensMigration(_)
            | Self::BinancePairsMissing(_) => Delivery::of(Class::Notice),
        }
    }
}

/// Reads the text of a frame: how it is to be delivered, and what it is. What is unknown is delivered as a notice.
pub fn classify(text: &[u8]) -> (Delivery, Result<Kind, Unknown>) {
    match Message::read(text) {
        Ok(message) => (message.delivery(), Ok(message.kind())),
        Err(unknown) => (Delivery::of(Class::Notice), Err(unknown)),
    }
}

/// Reads the text of a frame: how it is to be delivered, and which of [`NAMES`](super::NAMES) it counts under.
#[must_use]
pub fn delivery_of(text: &[u8]) -> (Delivery, &'static str) {
    let (delivery, kind) = classify(text);
    (delivery, kind.map_or(UNKNOWN, Kind::name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notifier::message::{NAMES, examples::EXAMPLES};

    #[test]
    fn every_kind_has_its_class_and_its_key() {
        let shown: Vec<_> = EXAMPLES
            .iter()
            .map(|frame| {
                let (Delivery { class, key }, name) = delivery_of(frame.as_bytes());
                assert!(NAMES.contains(&name));
                assert!(class != Class::Progress || key.is_some());
                let key = key.map_or("no key".to_owned(), |key| key.as_str().replace('\u{1f}', " | "));
                format!("{name}: {}, {key}\n    {frame}", class.name())
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"));
    }

    #[test]
    fn what_is_unknown_is_a_notice() {
        let (delivery, name) = delivery_of(br#"{"type": "new_one", "data": null}"#);
        assert_eq!((delivery, name), (Delivery { class: Class::Notice, key: None }, "unknown"));
        assert!(NAMES.contains(&name));
    }
}
