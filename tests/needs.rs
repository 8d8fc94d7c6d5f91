//! What the handlers say they need, held against the databases and against what they read.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use crate::support::{
    asked::{PASSWORD, Request, USER, add_conflict, add_files, add_rows, declared, knows_a_transaction},
    copy, corpus,
    files::stranger,
    legacy::{self, Legacy},
    watch::{Columns, Watch, Written},
};
use cutover::{
    config::{Access, Layers},
    handlers,
    routes::Snapshot,
    schema::needs::{Database, table},
};
use serde_json::Value;

/// Tables of rotki's that the small legacy does without.
const LEFT_OUT: [&str; 6] = [
    "gnosispay_data",
    "evmtx_receipts",
    "evm_transactions",
    "evm_tx_mappings",
    "zksynclite_transactions",
    "zksynclite_swaps",
];

/// Says what is missing in the databases of one user.
fn missing(data: &Path, user: &str, password: &str) -> Vec<String> {
    let mut missing = Vec::new();
    for database in Database::ALL {
        let of_user = data.join("users").join(user);
        let connection = match database {
            Database::User => stranger(&of_user.join("rotkehlchen.db"), Some(password)),
            Database::Transient => stranger(&of_user.join("rotkehlchen_transient.db"), Some(password)),
            Database::Global => stranger(&data.join("global/global.db"), None),
        };
        for handler in handlers::ALL {
            for text in handler.needs.tables(database) {
                let (table, columns) = table(text).unwrap_or_else(|| panic!("{text:?} is no table with columns"));
                let select = format!("SELECT {}, rowid FROM {table}", columns.join(", "));
                if let Err(error) = connection.prepare(&select) {
                    missing.push(format!("{}: {text}: {error}", handler.declared.name));
                }
            }
        }
    }
    missing
}

#[test]
fn every_declared_table_and_column_is_in_the_databases() {
    let small = Legacy::start();
    let mut lacks = missing(small.data(), legacy::USER, legacy::PASSWORD);
    lacks.retain(|what| LEFT_OUT.iter().all(|table| !what.ends_with(&format!("no such table: {table}"))));
    assert_eq!(lacks, Vec::<String>::new(), "the small legacy's");
    let Some(corpus) = corpus() else { return };
    let data = tempfile::TempDir::new().unwrap();
    copy(&corpus.join("snapshot"), data.path());
    assert_eq!(missing(data.path(), USER, PASSWORD), Vec::<String>::new(), "the recorded ones");
}

/// Read by the version gate alone, which is not watched.
const BY_THE_GATE: [&str; 2] = ["database_info: user settings.name", "database_info: user settings.value"];

#[tokio::test(flavor = "multi_thread")]
async fn handlers_read_what_they_declare_and_nothing_else() {
    let Some(corpus) = corpus() else { return };
    let data = tempfile::TempDir::new().unwrap();
    copy(&corpus.join("snapshot"), data.path());
    add_rows(data.path());
    let har: Value = serde_json::from_slice(&std::fs::read(corpus.join("reads.har")).unwrap()).unwrap();
    let recorded = har["log"]["entries"].as_array().unwrap();
    let watch = Watch::new(data.path(), USER, PASSWORD, recorded);
    watch.connected(r#"{"result": []}"#);
    let routes = Snapshot::load(&Layers::default(), &handlers::catalog(), 1).unwrap().table;

    let mut seen: BTreeMap<&str, Columns> = BTreeMap::new();
    let everybodys = recorded.iter().map(Request::recorded).chain(Request::further()).map(|request| (request, false));
    let of_premium_users = Request::of_premium_users().into_iter().map(|request| (request, true));
    for (request, with_premium) in everybodys.chain(of_premium_users) {
        if with_premium {
            watch.subscribe();
        }
        let Some((handler, context)) = request.asks(&routes, &watch.session) else { continue };
        if handler.declared.access == Access::Writes {
            continue;
        }
        watch.begin().await;
        // Some decline: what they read before that counts too.
        let _ = handler.answer(context).await;
        seen.entry(handler.declared.name).or_default().extend(watch.end());
    }
    let (mut undeclared, mut unread) = (Vec::new(), Vec::new());
    for handler in handlers::ALL.iter().filter(|handler| handler.declared.access == Access::Reads) {
        let declared = declared(handler);
        let read = seen.remove(handler.declared.name).unwrap_or_default();
        let shown = |(database, table, column): &(Database, String, String)| {
            format!("{}: {} {table}.{column}", handler.declared.name, database.as_str())
        };
        // Rows are counted without any column.
        let tables: BTreeSet<(Database, &str)> = declared.iter().map(|(of, table, _)| (*of, table.as_str())).collect();
        let counted = |(of, table, column): &(Database, String, String)| {
            column.is_empty() && tables.contains(&(*of, table.as_str()))
        };
        undeclared.extend(read.difference(&declared).filter(|read| !counted(read)).map(shown));
        unread.extend(declared.difference(&read).map(shown));
    }
    assert_eq!(undeclared, Vec::<String>::new(), "read, and not declared");
    assert_eq!(unread, BY_THE_GATE, "declared, and read by no request here");
}

/// What every stamp of the last write changes, and what it reads for a foreign key: no handler declares it for that.
const STAMPED: (Database, &str) = (Database::User, "settings");
const BY_THE_STAMP: (&str, &str) = ("linked_rules_properties", "setting_name");

#[tokio::test(flavor = "multi_thread")]
async fn handlers_write_the_tables_they_declare_and_no_others_and_read_nothing_else() {
    let Some(corpus) = corpus() else { return };
    let entries = |file: &str| {
        let mut har: Value = serde_json::from_slice(&std::fs::read(corpus.join(file)).unwrap()).unwrap();
        std::mem::take(har["log"]["entries"].as_array_mut().unwrap())
    };
    let (reads, writes) = (entries("reads.har"), entries("writes.har"));
    let routes = Snapshot::load(&Layers::default(), &handlers::catalog(), 1).unwrap().table;
    let mut sequences: BTreeMap<u64, Vec<Request>> = BTreeMap::new();
    for entry in &writes {
        sequences.entry(entry["_sequence"].as_u64().unwrap()).or_default().push(Request::recorded(entry));
    }

    // Sequences of the same requests with other values prepare the same statements.
    let mut shapes = BTreeSet::new();
    sequences.retain(|_, requests| {
        shapes
            .insert(requests.iter().map(|Request(method, target, _)| format!("{method} {target}")).collect::<Vec<_>>())
    });
    let mut seen: BTreeMap<&str, (Columns, Written)> = BTreeMap::new();
    let recorded = sequences.into_values().map(|requests| (requests, false));
    for (requests, of_transactions) in recorded.chain([(Request::further_writes(), true)]) {
        let data = tempfile::TempDir::new().unwrap();
        copy(&corpus.join("snapshot"), data.path());
        add_conflict(data.path());
        if of_transactions {
            knows_a_transaction(data.path());
            add_files(data.path());
        }
        let mut watch = None;
        for request in requests {
            if request.handler(&routes).is_none_or(|handler| handler.declared.access == Access::Reads) {
                continue;
            }
            let watch = watch.get_or_insert_with(|| Watch::new(data.path(), USER, PASSWORD, &reads));
            let Some((handler, context)) = request.asks(&routes, &watch.session) else { continue };
            watch.begin_to_write().await;
            let _ = handler.answer(context).await;
            let (columns, tables) = seen.entry(handler.declared.name).or_default();
            columns.extend(watch.end());
            tables.extend(watch.written());
        }
    }
    let mut wrong = Vec::new();
    for handler in handlers::ALL.iter().filter(|handler| handler.declared.access == Access::Writes) {
        let (read, written) = seen.remove(handler.declared.name).unwrap_or_default();
        let mut say = |of: &Database, what: &str, how: &str| {
            wrong.push(format!("{}: {} {what} {how}", handler.declared.name, of.as_str()));
        };
        let changes: Written = handler.changes.iter().map(|(of, table)| (*of, (*table).to_owned())).collect();
        for (of, table) in written.difference(&changes).filter(|(of, table)| (*of, table.as_str()) != STAMPED) {
            say(of, table, "is written, and not declared");
        }
        for (of, table) in changes.difference(&written) {
            say(of, table, "is declared, and written by no request here");
        }
        let needs = declared(handler);
        for (of, table, column) in read.difference(&needs) {
            let counted = column.is_empty() && needs.iter().any(|(known, name, _)| known == of && name == table);
            if !counted && (table.as_str(), column.as_str()) != BY_THE_STAMP {
                say(of, &format!("{table}.{column}"), "is read, and not declared");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
