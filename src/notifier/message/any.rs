//! Any message, for properties.

use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::select,
    strategy::{Strategy, Union},
};

use super::{
    Message, Text,
    accounts::{Balances, DetectedAccount, NewEvmTokenDetected, RefreshBalances, SolanaTokensMigration},
    calendar::{CalendarReminder, Reminder},
    failures::{
        AccountingRuleConflict, BalanceSnapshotError, BinancePairsMissing, ExchangeUnknownAsset,
        GnosispaySessionkeyExpired, Legacy, MissingApiKey, Verbosity,
    },
    history::{EventType, HistoryEventsStatus, HistoryEventsStep},
    premium::{DatabaseUploadProgress, DatabaseUploadResult, PremiumStatusUpdate},
    progress::{Done, ImportMessage, ProgressUpdate},
    transactions::{TransactionStatus, TransactionStep},
    upgrades::{CurrentMigration, CurrentUpgrade, DataMigrationStatus, DbUpgradeStatus},
};

type Any<T> = BoxedStrategy<T>;

/// Plain texts, all kinds of characters, and texts that are messages themselves.
fn text() -> Any<Text<'static>> {
    let quoted = "\\PC{0,5}".prop_map(|value| {
        let verbosity = Verbosity::Error;
        Message::Legacy(Legacy { verbosity, value: Text::from(value) }).to_json()
    });
    prop_oneof![4 => "[a-zA-Z0-9_/:. -]{0,12}", 4 => any::<String>(), 1 => quoted].prop_map(Text::from).boxed()
}

fn maybe() -> Any<Option<Text<'static>>> {
    option::of(text()).boxed()
}

fn done() -> Any<Done> {
    any::<(u64, u64)>().prop_map(|(total, processed)| Done { total, processed }).boxed()
}

/// Any message of any type.
pub(super) fn messages() -> Any<Message<'static>> {
    Union::new([failures(), accounts(), calendar(), premium(), queries(), upgrades(), progress()]).boxed()
}

fn failures() -> Any<Message<'static>> {
    prop_oneof![
        (select(vec![Verbosity::Warning, Verbosity::Error]), text())
            .prop_map(|(verbosity, value)| Message::Legacy(Legacy { verbosity, value })),
        (text(), text())
            .prop_map(|(location, error)| Message::BalanceSnapshotError(BalanceSnapshotError { location, error })),
        (text(), maybe()).prop_map(|(service, location)| Message::MissingApiKey(MissingApiKey { service, location })),
        any::<u64>().prop_map(|num_of_conflicts| {
            Message::AccountingRuleConflict(AccountingRuleConflict { num_of_conflicts })
        }),
        (text(), text(), text(), text()).prop_map(|(location, name, identifier, details)| {
            Message::ExchangeUnknownAsset(ExchangeUnknownAsset { location, name, identifier, details })
        }),
        text().prop_map(|error| Message::GnosispaySessionkeyExpired(GnosispaySessionkeyExpired { error })),
        (text(), text())
            .prop_map(|(location, name)| Message::BinancePairsMissing(BinancePairsMissing { location, name })),
    ]
    .boxed()
}

fn accounts() -> Any<Message<'static>> {
    let account = (text(), text()).prop_map(|(chain, address)| DetectedAccount { chain, address });
    prop_oneof![
        vec(account, 0..3).prop_map(Message::EvmlikeAccountsDetection),
        (text(), any::<bool>(), maybe(), option::of(maybe())).prop_map(
            |(token_identifier, is_ignored, seen_tx_hash, seen_description)| {
                Message::NewEvmTokenDetected(NewEvmTokenDetected {
                    token_identifier,
                    is_ignored,
                    seen_tx_hash,
                    seen_description,
                })
            }
        ),
        text().prop_map(|blockchain| {
            Message::RefreshBalances(RefreshBalances { balances: Balances::BlockchainBalances, blockchain })
        }),
        vec(text(), 0..3).prop_map(|identifiers| Message::SolanaTokensMigration(SolanaTokensMigration { identifiers })),
    ]
    .boxed()
}

fn calendar() -> Any<Message<'static>> {
    let event = (any::<i64>(), text(), maybe(), any::<i64>(), any::<bool>());
    let more = (maybe(), maybe(), maybe(), maybe());
    let reminder = any::<(i64, i64)>().prop_map(|(identifier, secs_before)| Reminder { identifier, secs_before });
    (event, more, reminder)
        .prop_map(|(event, more, reminder)| {
            let (identifier, name, description, timestamp, auto_delete) = event;
            let (color, counterparty, address, blockchain) = more;
            Message::CalendarReminder(CalendarReminder {
                identifier,
                name,
                description,
                timestamp,
                auto_delete,
                color,
                counterparty,
                address,
                blockchain,
                reminder,
            })
        })
        .boxed()
}

fn premium() -> Any<Message<'static>> {
    prop_oneof![
        any::<(bool, bool)>().prop_map(|(is_premium_active, expired)| {
            Message::PremiumStatusUpdate(PremiumStatusUpdate { is_premium_active, expired })
        }),
        (any::<(bool, bool)>(), maybe()).prop_map(|((uploaded, actionable), message)| {
            Message::DatabaseUploadResult(DatabaseUploadResult { uploaded, actionable, message })
        }),
        prop_oneof![
            Just(DatabaseUploadProgress::Compressing {}),
            Just(DatabaseUploadProgress::Encrypting {}),
            any::<(u64, u64)>().prop_map(|(current_chunk, total_chunks)| {
                DatabaseUploadProgress::Uploading { current_chunk, total_chunks }
            }),
        ]
        .prop_map(Message::DatabaseUploadProgress),
    ]
    .boxed()
}

fn queries() -> Any<Message<'static>> {
    use {HistoryEventsStep as H, TransactionStep as T};
    let evm = vec![
        T::QueryingTransactionsStarted,
        T::QueryingTransactions,
        T::QueryingInternalTransactions,
        T::QueryingEvmTokensTransactions,
        T::QueryingTransactionsFinished,
    ];
    let bitcoin = vec![
        T::QueryingTransactionsStarted,
        T::QueryingTransactionsFinished,
        T::DecodingTransactionsStarted,
        T::DecodingTransactionsFinished,
    ];
    let events = vec![H::QueryingEventsStarted, H::QueryingEventsStatusUpdate, H::QueryingEventsFinished];
    prop_oneof![
        (text(), text(), any::<[i64; 2]>(), select(evm)).prop_map(|(address, chain, period, status)| {
            Message::TransactionStatus(TransactionStatus::Evm { address, chain, period, status })
        }),
        (vec(text(), 0..3), text(), select(bitcoin)).prop_map(|(addresses, chain, status)| {
            Message::TransactionStatus(TransactionStatus::Bitcoin { addresses, chain, status })
        }),
        (select(events), text(), text(), option::of(any::<[i64; 2]>())).prop_map(|(status, location, name, period)| {
            let event_type = EventType::HistoryQuery;
            Message::HistoryEventsStatus(HistoryEventsStatus { status, location, event_type, name, period })
        }),
    ]
    .boxed()
}

fn upgrades() -> Any<Message<'static>> {
    (any::<bool>(), any::<[u64; 5]>(), maybe())
        .prop_map(|(database, [start_version, target_version, version, total_steps, current_step], description)| {
            if database {
                let current_upgrade = CurrentUpgrade { to_version: version, total_steps, current_step, description };
                return Message::DbUpgradeStatus(DbUpgradeStatus { start_version, target_version, current_upgrade });
            }
            let current_migration = CurrentMigration { version, total_steps, current_step, description };
            Message::DataMigrationStatus(DataMigrationStatus { start_version, target_version, current_migration })
        })
        .boxed()
}

fn progress() -> Any<Message<'static>> {
    let said = (text(), vec(any::<u64>(), 0..4), any::<bool>()).prop_map(|(msg, rows, is_error)| ImportMessage {
        msg,
        rows,
        is_error,
    });
    prop_oneof![
        (text(), done()).prop_map(|(chain, done)| ProgressUpdate::EvmUndecodedTransactions { chain, done }),
        (text(), text(), done()).prop_map(|(protocol, chain, done)| ProgressUpdate::ProtocolCacheUpdates {
            protocol,
            chain,
            done
        }),
        (text(), done(), vec(said, 0..4)).prop_map(|(source_name, done, messages)| {
            ProgressUpdate::CsvImportResult { source_name, done, messages }
        }),
        done().prop_map(ProgressUpdate::HistoricalPriceQueryStatus),
        done().prop_map(ProgressUpdate::MultiplePricesQueryStatus),
        (text(), done()).prop_map(|(counterparty, done)| ProgressUpdate::StatsPriceQuery { counterparty, done }),
        done().prop_map(ProgressUpdate::LiquityStakingQuery),
    ]
    .prop_map(Message::ProgressUpdates)
    .boxed()
}
