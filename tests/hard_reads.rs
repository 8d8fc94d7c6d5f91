//! The smaller hard reads, against what the real legacy said of the same rows, premium users' included.
//!
//! - [`quirks`]: those that `docs/legacy-quirks.md` lists
//! - [`days`]: those that depend on legacy's time zone

mod days;
mod quirks;

use std::path::Path;

use crate::support::{
    asked::{PASSWORD, Request, USER},
    copy, corpus,
    files::stranger,
    watch::Watch,
};
use cutover::{
    config::Layers,
    handlers::{self, Stop},
    routes::{RouteTable, Snapshot},
    wire::Answer,
};
use serde_json::Value;
use tempfile::TempDir;

const ROWS: &str = include_str!("hard_reads/rows.sql");
/// A line for each request: what was asked, by whom, and what legacy said.
const SAID: &str = include_str!("hard_reads/said.jsonl");

/// Keys of exchanges, and what the real legacy said after a login with them.
const KEYS: &str = "
    INSERT INTO user_credentials(name, location, api_key, api_secret, passphrase) VALUES
        ('kr ü', 'B', 'k', 'c2VjcmV0', NULL), ('second \"kraken\"', 'B', 'k', 'c2VjcmV0', NULL),
        ('binance', 'E', 'k', 'c2VjcmV0', NULL), ('ku', 'W', 'k', 'c2VjcmV0', 'p'), ('stamp', 'R', 'k', 'c2VjcmV0', NULL);
    INSERT INTO user_credentials_mappings(credential_name, credential_location, setting_name, setting_value) VALUES
        ('kr ü', 'B', 'kraken_account_type', 'pro'), ('binance', 'E', 'binance_selected_trade_pairs', '[\"ETHBTC\"]');";
const CONNECTED: &str = r#"{"result": [{"location": "kraken", "name": "kr \u00fc", "kraken_account_type": "pro"}, {"location": "kraken", "name": "second \"kraken\"", "kraken_account_type": "starter"}, {"location": "binance", "name": "binance"}, {"location": "kucoin", "name": "ku"}, {"location": "bitstamp", "name": "stamp"}], "message": ""}"#;

fn with_rows(corpus: &Path) -> TempDir {
    let data = TempDir::new().unwrap();
    copy(&corpus.join("snapshot"), data.path());
    for section in ROWS.split("-- ").skip(1) {
        let (database, rows) = section.split_once('\n').unwrap();
        let of_user = data.path().join("users").join(USER);
        let connection = match database {
            "user" => stranger(&of_user.join("rotkehlchen.db"), Some(PASSWORD)),
            "transient" => stranger(&of_user.join("rotkehlchen_transient.db"), Some(PASSWORD)),
            _ => stranger(&data.path().join("global/global.db"), None),
        };
        connection.execute_batch(rows).unwrap();
    }
    data
}

/// The recorded user, logged in on rows of every kind.
struct Reads {
    watch: Watch,
    routes: RouteTable,
    _data: TempDir,
}

impl Reads {
    /// None if there is no recorded corpus.
    fn new() -> Option<Self> {
        let corpus = corpus()?;
        let data = with_rows(&corpus);
        let har: Value = serde_json::from_slice(&std::fs::read(corpus.join("reads.har")).unwrap()).unwrap();
        let watch = Watch::new(data.path(), USER, PASSWORD, har["log"]["entries"].as_array().unwrap());
        let routes = Snapshot::load(&Layers::default(), &handlers::catalog(), 1).unwrap().table;
        Some(Self { watch, routes, _data: data })
    }

    /// Asks what a line says was asked.
    async fn ask(&self, said: &Value) -> Result<Answer, Stop> {
        let method = said["method"].as_str().unwrap().parse().unwrap();
        let target = format!("/api/1/{}", said["path"].as_str().unwrap());
        let request = Request(method, target, (!said["body"].is_null()).then(|| said["body"].to_string()));
        let (handler, context) = request.asks(&self.routes, &self.watch.session).unwrap();
        handler.answer(context).await
    }

    /// Asks it, and compares the answer with what legacy said.
    async fn is_said(&self, said: &Value) {
        let asked = format!("{} {} {}", said["method"], said["path"], said["body"]);
        let answer = match self.ask(said).await {
            Ok(answer) | Err(Stop::Refused(answer)) => answer,
            Err(stop) => panic!("{asked}: {stop:?}"),
        };
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        let expected = (u16::try_from(said["status"].as_u64().unwrap()).unwrap(), said["text"].as_str().unwrap());
        assert_eq!((answer.status, text.as_str()), expected, "{asked}");
    }
}

/// The lines of a file, each what was asked and what legacy said.
fn lines(said: &str) -> impl Iterator<Item = Value> {
    said.lines().map(|line| serde_json::from_str(line).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_every_kind_are_shown_as_the_real_legacy_showed_them() {
    let Some(reads) = Reads::new() else { return };
    let mut compared = 0;
    for said in lines(SAID) {
        if said["premium"] == true {
            reads.watch.subscribe();
        }
        reads.is_said(&said).await;
        compared += 1;
    }
    assert!(compared > 40, "{compared}");
}

#[tokio::test(flavor = "multi_thread")]
async fn connected_exchanges_are_listed_as_legacy_listed_them_as_long_as_its_keys_are_the_users() {
    let Some(corpus) = corpus() else { return };
    let data = TempDir::new().unwrap();
    copy(&corpus.join("snapshot"), data.path());
    let file = data.path().join("users").join(USER).join("rotkehlchen.db");
    stranger(&file, Some(PASSWORD)).execute_batch(KEYS).unwrap();
    let har: Value = serde_json::from_slice(&std::fs::read(corpus.join("reads.har")).unwrap()).unwrap();
    let watch = Watch::new(data.path(), USER, PASSWORD, har["log"]["entries"].as_array().unwrap());
    let routes = Snapshot::load(&Layers::default(), &handlers::catalog(), 1).unwrap().table;
    let listed = || async {
        let request = Request("GET".parse().unwrap(), "/api/1/exchanges".to_owned(), None);
        let (handler, context) = request.asks(&routes, &watch.session).unwrap();
        match handler.answer(context).await {
            Ok(answer) => String::from_utf8(answer.body.to_vec()).unwrap(),
            Err(stop) => format!("{stop:?}"),
        }
    };
    assert!(listed().await.contains("is not known"), "{}", listed().await);
    watch.connected(CONNECTED);
    assert_eq!(listed().await, CONNECTED);
    for (change, back) in [
        (
            "UPDATE user_credentials_mappings SET setting_value='starter'",
            "UPDATE user_credentials_mappings SET setting_value='pro'",
        ),
        (
            "INSERT INTO user_credentials(name, location) VALUES('x', 'B')",
            "DELETE FROM user_credentials WHERE name='x'",
        ),
        (
            "UPDATE user_credentials SET name='two' WHERE name='ku'",
            "UPDATE user_credentials SET name='ku' WHERE name='two'",
        ),
    ] {
        stranger(&file, Some(PASSWORD)).execute_batch(&format!("PRAGMA foreign_keys=OFF; {change}")).unwrap();
        assert!(listed().await.contains("not those that legacy has connected"), "{change}: {}", listed().await);
        stranger(&file, Some(PASSWORD)).execute_batch(&format!("PRAGMA foreign_keys=OFF; {back}")).unwrap();
        assert_eq!(listed().await, CONNECTED, "{change} and back");
    }
    watch.connected(r#"{"result": null, "message": "not a list"}"#);
    assert!(listed().await.contains("is not known"), "{}", listed().await);
}
