//! Files that requests bring or name: the handlers answer what the real legacy answered, and leave the rows that it left.

use std::path::Path;

use crate::support::{
    asked::{PASSWORD, USER},
    corpus,
    effects::{Effects, differences},
    rows::{Changes, Databases, Keys, Naming},
};
use cutover::{
    config::Layers,
    db::Passphrase,
    parity::{Request, har},
    server::offline::{DataCopy, NativeAnswer, Offline},
};
use serde_json::Value;
use tempfile::TempDir;

/// A line for each request, and what legacy said; one before each sequence, which begins on fresh data. `{{data}}` stands
/// for the data directory. What is `left` is legacy's to answer.
const SAID: &str = include_str!("imports/said.jsonl");
/// The rows that each of them changed, as `scripts/write-parity --effects` found them.
const EFFECTS: &str = include_str!("imports/effects.json");
/// What stands below the data directory.
const FILES: &str = include_str!("imports/files.json");

/// As it was sent: a form, JSON, or nothing.
fn request(said: &Value, data: &str) -> Request {
    let text = |value: &Value| value.as_str().unwrap().replace("{{data}}", data);
    let (kind, body) = match (&said["text"], &said["body"]) {
        (Value::String(form), _) => (text(&said["headers"]["Content-Type"]), form.replace("{{data}}", data)),
        (_, Value::Null) => (String::new(), String::new()),
        (_, body) => ("application/json".into(), body.to_string().replace("{{data}}", data)),
    };
    let headers = if kind.is_empty() { Vec::new() } else { vec![("Content-Type".to_owned(), kind)] };
    Request { method: text(&said["method"]), target: text(&said["path"]), headers, body: body.into() }
}

/// A bridge without a legacy, on fresh data, that knows what legacy has told of itself.
async fn fresh(data: &Path, recorded: &[har::Entry]) -> Offline {
    let copied = DataCopy::of(data, USER).unwrap();
    let files: Value = serde_json::from_str(FILES).unwrap();
    for (name, text) in files.as_object().unwrap() {
        let file = copied.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text.as_str().unwrap()).unwrap();
    }
    let offline = Offline::start(Layers::default(), copied, Passphrase::new(PASSWORD.to_owned())).await.unwrap();
    for entry in recorded {
        offline.learn(&entry.request, entry.response.as_ref().unwrap());
    }
    offline
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_imported_as_the_real_legacy_imported_them_and_leave_the_rows_that_it_left() {
    let Some(corpus) = corpus() else { return };
    let recorded = har::read(&corpus.join("reads.har")).unwrap().entries;
    let info = recorded.iter().find(|entry| entry.request.target == "/api/1/info").unwrap();
    let info: Value = serde_json::from_slice(&info.response.as_ref().unwrap().body).unwrap();
    // Legacy calls its directory another name than the bridge does.
    let directory = info["result"]["data_directory"].as_str().unwrap();
    let (effects, data) = (Effects::of(EFFECTS), TempDir::new().unwrap());
    let keys = Keys::derive(&corpus.join("snapshot"), USER, PASSWORD);
    effects.logged_in(&corpus.join("snapshot"), data.path(), &keys);

    let said: Vec<Value> = SAID.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names = said.iter().filter_map(|line| line["sequence"].as_str());
    let mut wrong = Vec::new();
    for (name, steps) in names.zip(said.split(|line| line.get("sequence").is_some()).skip(1)) {
        let expected = &effects.sequences[&name.parse().unwrap()];
        assert_eq!(steps.len(), expected.len(), "sequence {name}: the effects are another recording's");
        let offline = fresh(data.path(), &recorded).await;
        let mut databases = Databases::open(offline.data().path(), &keys);
        let mut before = databases.read();
        let mut naming = Naming::from(&before);
        for (step, (said, expected)) in steps.iter().zip(expected).enumerate() {
            let shown = format!("sequence {name} step {step}, {} {}", said["method"], said["path"]);
            let left = said["left"] == true;
            match offline.ask(&request(said, directory)).await.0 {
                NativeAnswer::Answered(actual) if !left => {
                    let text = String::from_utf8_lossy(&actual.body).into_owned();
                    let legacys = said["said"].as_str().unwrap().replace("{{data}}", directory);
                    if (u64::from(actual.status), &text) != (said["status"].as_u64().unwrap(), &legacys) {
                        wrong.push(format!(
                            "{shown}: legacy {} {legacys}, native {} {text}",
                            said["status"], actual.status
                        ));
                    }
                }
                NativeAnswer::Declined(_) if left => {}
                other => wrong.push(format!("{shown}: {other:?}")),
            }
            let after = databases.read();
            let changes = naming.changes(&before, &after);
            let nothing = Changes::new();
            let found = differences(if left { &nothing } else { expected }, &changes);
            wrong.extend(found.into_iter().map(|how| format!("{shown}: {how}")));
            before = after;
        }
        drop(databases);
        offline.close().await;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
