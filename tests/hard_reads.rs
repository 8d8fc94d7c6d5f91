//! The smaller hard reads, against what the real legacy said of the same rows, premium users' included.

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
    routes::Snapshot,
};
use serde_json::Value;
use tempfile::TempDir;

const ROWS: &str = include_str!("hard_reads/rows.sql");
/// A line for each request: what was asked, by whom, and what legacy said.
const SAID: &str = include_str!("hard_reads/said.jsonl");

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

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_every_kind_are_shown_as_the_real_legacy_showed_them() {
    let Some(corpus) = corpus() else { return };
    let data = with_rows(&corpus);
    let har: Value = serde_json::from_slice(&std::fs::read(corpus.join("reads.har")).unwrap()).unwrap();
    let watch = Watch::new(data.path(), USER, PASSWORD, har["log"]["entries"].as_array().unwrap());
    let routes = Snapshot::load(&Layers::default(), &handlers::catalog(), 1).unwrap().table;
    let mut compared = 0;
    for said in SAID.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        if said["premium"] == true {
            watch.subscribe();
        }
        let method = said["method"].as_str().unwrap().parse().unwrap();
        let target = format!("/api/1/{}", said["path"].as_str().unwrap());
        let request = Request(method, target, (!said["body"].is_null()).then(|| said["body"].to_string()));
        let (handler, context) = request.asks(&routes, &watch.session).unwrap();
        let answer = match (handler.run)(context).await {
            Ok(answer) | Err(Stop::Refused(answer)) => answer,
            Err(stop) => panic!("{request:?}: {stop:?}"),
        };
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        assert_eq!(
            (answer.status, text.as_str()),
            (u16::try_from(said["status"].as_u64().unwrap()).unwrap(), said["text"].as_str().unwrap()),
            "{request:?}"
        );
        compared += 1;
    }
    assert!(compared > 40, "{compared}");
}
