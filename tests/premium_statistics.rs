//! Statistics for premium users, against what the real legacy said of the same rows and settings.

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
};
use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

const ROWS: &str = include_str!("premium_statistics/rows.sql");
/// A line for each request, what legacy said, and whether that is left to it; or what was written before the next one.
const SAID: &str = include_str!("premium_statistics/said.jsonl");

/// A user with premium, with these rows.
struct Subscriber {
    watch: Watch,
    database: Connection,
    routes: RouteTable,
    _data: TempDir,
}

impl Subscriber {
    fn new(corpus: &Path) -> Self {
        let data = TempDir::new().unwrap();
        copy(&corpus.join("snapshot"), data.path());
        let database = stranger(&data.path().join("users").join(USER).join("rotkehlchen.db"), Some(PASSWORD));
        database.execute_batch(ROWS).unwrap();
        let har: Value = serde_json::from_slice(&std::fs::read(corpus.join("reads.har")).unwrap()).unwrap();
        let watch = Watch::new(data.path(), USER, PASSWORD, har["log"]["entries"].as_array().unwrap());
        watch.subscribe();
        let routes = Snapshot::load(&Layers::default(), &handlers::catalog(), 1).unwrap().table;
        Self { watch, database, routes, _data: data }
    }

    /// Status and text of the answer, or why there is none.
    async fn asks(&self, method: &str, path: &str, body: &Value) -> Result<(u64, String), String> {
        let body = (!body.is_null()).then(|| body.to_string());
        let request = Request(method.parse().unwrap(), format!("/api/1/{path}"), body);
        let (handler, context) = request.asks(&self.routes, &self.watch.session).unwrap();
        match handler.answer(context).await {
            Ok(answer) | Err(Stop::Refused(answer)) => {
                Ok((answer.status.into(), String::from_utf8(answer.body.to_vec()).unwrap()))
            }
            Err(stop) => Err(format!("{stop:?}")),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn premium_users_are_shown_their_snapshots_as_the_real_legacy_showed_them() {
    let Some(corpus) = corpus() else { return };
    let subscriber = Subscriber::new(&corpus);
    subscriber.watch.prove_premium();
    let (mut compared, mut declined) = (0, 0);
    for said in SAID.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        if let Some(written) = said["sql"].as_str() {
            subscriber.database.execute_batch(written).unwrap();
            continue;
        }
        let (method, path) = (said["method"].as_str().unwrap(), said["path"].as_str().unwrap());
        let answer = subscriber.asks(method, path, &said["body"]).await;
        if said["declined"] == true {
            assert!(answer.is_err(), "{method} {path} {}: {answer:?}", said["body"]);
            declined += 1;
        } else {
            let expected = (said["status"].as_u64().unwrap(), said["text"].as_str().unwrap().to_owned());
            assert_eq!(answer, Ok(expected), "{method} {path} {}", said["body"]);
            compared += 1;
        }
    }
    assert!(compared > 70 && declined > 5, "{compared} {declined}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_net_value_of_old_is_left_to_legacy_until_it_has_shown_that_premium_is_active() {
    let Some(corpus) = corpus() else { return };
    let subscriber = Subscriber::new(&corpus);
    let net_value = || subscriber.asks("GET", "statistics/netvalue", &Value::Null);
    assert!(net_value().await.unwrap_err().contains("legacy has not shown yet"));
    subscriber.watch.prove_premium();
    let whole = net_value().await.unwrap();
    assert!(whole.1.contains("1600000000"), "{whole:?}");
    // Keys that are set anew have to prove themselves, and what everybody is shown is shown either way.
    subscriber.watch.session.doubt();
    assert!(net_value().await.is_err());
    subscriber.watch.settle();
    assert!(net_value().await.is_err());
    subscriber.database.execute("DELETE FROM timed_location_data WHERE timestamp < unixepoch() - 86400", []).unwrap();
    assert_eq!(net_value().await, Ok((200, r#"{"result": {"times": [], "data": []}, "message": ""}"#.to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn more_notes_than_everybody_is_shown_are_left_to_legacy_until_it_has_shown_that_premium_is_active() {
    let Some(corpus) = corpus() else { return };
    let subscriber = Subscriber::new(&corpus);
    let everything = json!({});
    let notes = || subscriber.asks("POST", "notes", &everything);
    subscriber
        .database
        .execute_batch(
            "DELETE FROM user_notes; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10)
             INSERT INTO user_notes(title, content, location, last_update_timestamp, is_pinned) SELECT i, i, 'G', i, 0 FROM n",
        )
        .unwrap();
    assert!(notes().await.unwrap().1.ends_with(r#""entries_limit": -1}, "message": ""}"#), "ten are shown either way");
    subscriber
        .database
        .execute("INSERT INTO user_notes(title, content, location, last_update_timestamp, is_pinned) VALUES('x', 'x', 'G', 11, 0)", [])
        .unwrap();
    assert!(notes().await.unwrap_err().contains("legacy has not shown yet"));
    subscriber.watch.prove_premium();
    assert!(notes().await.unwrap().1.contains(r#""entries_found": 11, "entries_total": 11, "entries_limit": -1"#));
}
