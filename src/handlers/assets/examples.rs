//! A global.db of the tests', with what is odd about assets in it: names that are NULL, alike or alike but for case,
//! details that are missing, or belong to an asset in another spelling, strangers in collections.

use std::path::PathBuf;

use rusqlite::{Connection, params};
use tempfile::TempDir;

use crate::db::{Database, Options, Transaction};

const TABLES: &str = "
    PRAGMA journal_mode = WAL;
    CREATE TABLE assets(identifier TEXT PRIMARY KEY NOT NULL COLLATE NOCASE, name TEXT, type CHAR(1) NOT NULL DEFAULT('A'));
    CREATE TABLE common_asset_details(identifier TEXT PRIMARY KEY NOT NULL COLLATE NOCASE, symbol TEXT, coingecko TEXT,
        cryptocompare TEXT, forked TEXT, started INTEGER, swapped_for TEXT);
    CREATE TABLE evm_tokens(identifier TEXT PRIMARY KEY NOT NULL COLLATE NOCASE, token_kind CHAR(1) NOT NULL DEFAULT('A'),
        chain INTEGER NOT NULL, address VARCHAR[42] NOT NULL, decimals INTEGER, protocol TEXT);
    CREATE TABLE solana_tokens(identifier TEXT PRIMARY KEY NOT NULL COLLATE NOCASE, token_kind CHAR(1) NOT NULL DEFAULT('D'),
        address VARCHAR[44] NOT NULL, decimals INTEGER, protocol TEXT);
    CREATE TABLE custom_assets(identifier TEXT NOT NULL PRIMARY KEY, notes TEXT, type TEXT NOT NULL COLLATE NOCASE);
    CREATE TABLE user_owned_assets(asset_id VARCHAR[24] NOT NULL PRIMARY KEY);
    CREATE TABLE general_cache(key TEXT NOT NULL, value TEXT NOT NULL, last_queried_ts INTEGER, PRIMARY KEY(key, value));
    CREATE TABLE underlying_tokens_list(identifier TEXT NOT NULL, weight TEXT NOT NULL, parent_token_entry TEXT NOT NULL,
        PRIMARY KEY(identifier, parent_token_entry));
    CREATE TABLE asset_collections(id INTEGER PRIMARY KEY, name TEXT NOT NULL, symbol TEXT NOT NULL,
        main_asset TEXT NOT NULL UNIQUE, UNIQUE (name, symbol));
    CREATE TABLE multiasset_mappings(collection_id INTEGER NOT NULL, asset TEXT NOT NULL, PRIMARY KEY(collection_id, asset));
    CREATE INDEX idx_assets_identifier ON assets(identifier);
    CREATE INDEX idx_evm_tokens_identifier ON evm_tokens(identifier, chain, protocol);
    CREATE INDEX idx_common_assets_identifier ON common_asset_details(identifier);
    CREATE INDEX idx_solana_tokens_identifier ON solana_tokens(identifier, protocol);
    CREATE INDEX idx_multiasset_mappings_asset ON multiasset_mappings(asset);
    CREATE INDEX idx_multiasset_mappings_identifier ON multiasset_mappings(asset);
    CREATE INDEX idx_underlying_tokens_lists_identifier ON underlying_tokens_list(identifier, parent_token_entry);";

/// How many assets there are.
pub(super) const ASSETS: usize = 400;

/// The file, which goes with this, and the driver's connections to it.
pub(super) struct Example {
    pub(super) database: Database,
    directory: TempDir,
}

impl Example {
    pub(super) fn new() -> Self {
        let directory = TempDir::new().unwrap();
        fill(&Connection::open(file_of(&directory)).unwrap());
        let database =
            Database::open(&file_of(&directory), None, &Options { readers: 1, ..Options::default() }).unwrap();
        Self { database, directory }
    }

    /// A connection that is not the driver's.
    pub(super) fn stranger(&self) -> Connection {
        Connection::open(file_of(&self.directory)).unwrap()
    }
}

fn file_of(directory: &TempDir) -> PathBuf {
    directory.path().join("global.db")
}

/// How the n-th asset is spelled: tokens as their chains have it, some others in upper case.
pub(super) fn identifier(n: usize) -> String {
    match n % 5 {
        0 => format!("eip155:1/erc20:0x{n:040X}"),
        1 => format!("eip155:10/erc20:0x{n:040x}"),
        2 => format!("COIN{n}"),
        3 => format!("solana/token:So{n}"),
        _ => format!("custom-{n}"),
    }
}

fn fill(connection: &Connection) {
    connection.execute_batch(TABLES).unwrap();
    connection.execute_batch("BEGIN").unwrap();
    for n in 0..ASSETS {
        let identifier = identifier(n);
        let kind = ["C", "C", "B", "Y", "["][n % 5];
        let name = match n % 9 {
            0 => None,
            1 => Some("Alike".to_owned()),
            2 => Some("ALIKE".to_owned()),
            3 => Some(format!("alike é% {}", n % 4)),
            _ => Some(format!("{} of eth {}", ["the", "The", "_a"][n % 3], n * 7919 % 211)),
        };
        connection.execute("INSERT INTO assets VALUES (?, ?, ?)", params![identifier, name, kind]).unwrap();
        // Case counts in none of these but the last.
        let other = if n % 7 == 0 { identifier.to_uppercase() } else { identifier.clone() };
        if n % 5 < 4 && n % 11 != 0 {
            let symbol = (n % 6 != 0).then(|| format!("{}{}", ["ETH", "eth", "USD"][n % 3], n % 13));
            connection
                .execute(
                    "INSERT INTO common_asset_details VALUES (?, ?, ?, '', NULL, ?, NULL)",
                    params![other, symbol, (n % 2 == 0).then_some("cg"), (n % 4 == 0).then_some(1_500_000_000)],
                )
                .unwrap();
        }
        let protocol = (n % 8 == 0).then_some("spam");
        match n % 5 {
            0 | 1 => {
                let chain = [1, 10][n % 5];
                let token = params![other, chain, format!("0x{n:040x}"), (n % 3 == 0).then_some(18), protocol];
                connection.execute("INSERT INTO evm_tokens VALUES (?, 'A', ?, ?, ?, ?)", token).unwrap();
            }
            3 => {
                let token = params![other, format!("So{n}"), protocol];
                connection.execute("INSERT INTO solana_tokens VALUES (?, 'D', ?, 9, ?)", token).unwrap();
            }
            4 => {
                let asset = params![other, (n % 2 == 0).then_some("a note")];
                connection.execute("INSERT INTO custom_assets VALUES (?, ?, 'art')", asset).unwrap();
            }
            _ => {}
        }
        if n % 17 == 0 {
            connection.execute("INSERT INTO user_owned_assets VALUES (?)", [&other]).unwrap();
            let listed = "INSERT INTO general_cache VALUES ('SPAM_ASSET_FALSE_POSITIVE', ?, 1)";
            connection.execute(listed, [&identifier]).unwrap();
        }
        if n % 10 == 5 {
            let part = params![self::identifier(n - 5), "0.5", identifier];
            connection.execute("INSERT INTO underlying_tokens_list VALUES (?, ?, ?)", part).unwrap();
        }
    }
    for n in 1..=20 {
        let id = i64::try_from(n).unwrap();
        let collection = params![id, format!("Collection {n}"), "C", identifier(n)];
        connection.execute("INSERT INTO asset_collections VALUES (?, ?, ?, ?)", collection).unwrap();
        for of in [n, n + 1, n * 3] {
            let member = params![id, identifier(of)];
            connection.execute("INSERT OR IGNORE INTO multiasset_mappings VALUES (?, ?)", member).unwrap();
        }
    }
    // An asset that is not there.
    connection.execute_batch("INSERT INTO multiasset_mappings VALUES (3, 'nothing'), (4, 'NOTHING'); COMMIT").unwrap();
}

/// What SQLite does for a statement, line by line.
pub(super) fn plan(transaction: &Transaction<'_>, statement: &str, parameters: impl rusqlite::Params) -> String {
    let mut explain = transaction.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
    let lines = explain.query_map(parameters, |row| row.get::<_, String>(3)).unwrap();
    lines.collect::<Result<Vec<_>, _>>().unwrap().join("\n")
}
