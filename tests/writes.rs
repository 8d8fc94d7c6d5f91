//! Writes on the handlers alone, held against the recording: they answer what legacy answered, and leave the rows that
//! legacy left.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

use crate::support::{
    corpus,
    effects::{Effects, differences},
    rows::{Databases, Keys, Naming},
};
use cutover::{
    config::{Access, Layers},
    db::Passphrase,
    handlers,
    parity::{Request, Response, Rulebook, compare_shapes, har},
    routes::{RouteTable, Snapshot, target::Target},
    server::offline::{DataCopy, NativeAnswer, Offline},
};
use tempfile::TempDir;
use tokio::{sync::Semaphore, task::JoinSet};

const USER: &str = "carol";
const PASSWORD: &str = "p'w 1";

/// What is recorded, by sequence, and what else was recorded of legacy.
struct Recorded {
    sequences: BTreeMap<u64, Vec<har::Entry>>,
    reads: Vec<har::Entry>,
    routes: RouteTable,
    effects: Effects,
    /// The snapshot, as a login leaves it.
    data: TempDir,
    keys: Keys,
}

impl Recorded {
    fn load(corpus: &Path) -> Self {
        let [reads, writes] = ["reads.har", "writes.har"].map(|file| har::read(&corpus.join(file)).unwrap().entries);
        let mut sequences: BTreeMap<u64, Vec<har::Entry>> = BTreeMap::new();
        for entry in writes {
            sequences.entry(entry.sequence.unwrap().0).or_default().push(entry);
        }
        for steps in sequences.values_mut() {
            steps.sort_by_key(|entry| entry.sequence);
        }
        let routes = Snapshot::load(&Layers::default(), &handlers::catalog(), 1).unwrap().table;
        let (effects, data) = (Effects::load(), TempDir::new().unwrap());
        let keys = Keys::derive(&corpus.join("snapshot"), USER, PASSWORD);
        effects.logged_in(&corpus.join("snapshot"), data.path(), &keys);
        Self { sequences, reads, routes, effects, data, keys }
    }

    /// The handler of a request, if there is one, and whether the request may write.
    fn asks(&self, request: &Request) -> (Option<&'static str>, bool) {
        let method = http::Method::from_bytes(request.method.as_bytes()).unwrap();
        let found = self.routes.matcher.find(&method, &Target::of(request.path()));
        match found {
            Some(found) => (Some(found.route.handler), found.route.access == Access::Writes),
            None => (None, !method.is_safe()),
        }
    }
}

/// What came of the sequences.
#[derive(Default)]
struct Outcome {
    /// Answers, and steps whose rows were compared.
    answers: usize,
    rows: usize,
    /// Writing handlers that were asked, and those that answered.
    asked: BTreeSet<&'static str>,
    answered: BTreeSet<&'static str>,
    /// Where a sequence ended early, and why.
    left: Vec<String>,
    wrong: Vec<String>,
}

impl Outcome {
    fn add(&mut self, other: Self) {
        self.answers += other.answers;
        self.rows += other.rows;
        self.asked.extend(other.asked);
        self.answered.extend(other.answered);
        self.left.extend(other.left);
        self.wrong.extend(other.wrong);
    }
}

/// How an answer differs from the recorded one: by a byte, or if legacy does not repeat it, in its shape.
fn differs(entry: &har::Entry, actual: &Response) -> Option<String> {
    let expected = entry.response.as_ref().unwrap();
    if entry.volatile {
        let found = compare_shapes(expected, actual, &Rulebook::default()).unwrap().differences;
        return (!found.is_empty()).then(|| format!("{found:?}"));
    }
    let contract = |response: &Response| {
        let of_transport = |name: &str| ["date", "connection"].iter().any(|of| name.eq_ignore_ascii_case(of));
        let headers: Vec<_> = response.headers.iter().filter(|(name, _)| !of_transport(name)).cloned().collect();
        (response.status, response.reason.clone(), headers, String::from_utf8_lossy(&response.body).into_owned())
    };
    let (expected, actual) = (contract(expected), contract(actual));
    (expected != actual).then(|| format!("recorded {expected:?}, native {actual:?}"))
}

/// One sequence, as far as its writes are native: a write that is not made leaves another state than the recording's.
async fn replayed(recorded: &Recorded, sequence: u64) -> Outcome {
    let steps = &recorded.sequences[&sequence];
    let first = steps.iter().find(|entry| recorded.asks(&entry.request).1).unwrap();
    if recorded.asks(&first.request).0.is_none() {
        let left = format!("sequence {sequence}: {} {} has no handler", first.request.method, first.request.target);
        return Outcome { left: vec![left], ..Outcome::default() };
    }
    let copied = DataCopy::of(recorded.data.path(), USER).unwrap();
    let mut databases = Databases::open(copied.path(), &recorded.keys);
    let offline = Offline::start(Layers::default(), copied, Passphrase::new(PASSWORD.to_owned())).await.unwrap();
    let learn = |entries: &[har::Entry]| {
        for entry in entries {
            offline.learn(&entry.request, entry.response.as_ref().unwrap());
        }
    };
    learn(steps);
    offline.begin_anew();
    learn(&recorded.reads);

    let mut outcome = Outcome::default();
    let mut before = databases.read();
    let mut naming = Naming::from(&before);
    for (step, (entry, expected)) in steps.iter().zip(&recorded.effects.sequences[&sequence]).enumerate() {
        let (handler, writes) = recorded.asks(&entry.request);
        let shown = format!("sequence {sequence} step {step}, {} {}", entry.request.method, entry.request.target);
        outcome.asked.extend(handler.filter(|_| writes));
        match offline.ask(&entry.request).await.0 {
            NativeAnswer::Answered(actual) => {
                outcome.answers += 1;
                outcome.answered.extend(handler.filter(|_| writes));
                outcome.wrong.extend(differs(entry, &actual).map(|how| format!("{shown}: {how}")));
            }
            other if writes => {
                outcome.left.push(format!("{shown}: {other:?}"));
                break;
            }
            NativeAnswer::Failed(why) => outcome.wrong.push(format!("{shown}: {why}")),
            _ => {}
        }
        let after = databases.read();
        let changes = naming.changes(&before, &after);
        outcome.wrong.extend(differences(expected, &changes).into_iter().map(|how| format!("{shown}: {how}")));
        outcome.rows += usize::from(writes);
        before = after;
    }
    drop(databases);
    offline.close().await;
    outcome
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_writes_are_answered_as_recorded_and_leave_the_rows_that_legacy_left() {
    let Some(corpus) = corpus() else { return };
    let recorded = Arc::new(Recorded::load(&corpus));
    let places = Arc::new(Semaphore::new(4));
    let mut running = JoinSet::new();
    for (sequence, steps) in &recorded.sequences {
        let expected = &recorded.effects.sequences[sequence];
        assert_eq!(steps.len(), expected.len(), "sequence {sequence}: effects.json is another recording's");
        let (recorded, places, sequence) = (Arc::clone(&recorded), Arc::clone(&places), *sequence);
        running.spawn(async move {
            let _place = places.acquire_owned().await;
            replayed(&recorded, sequence).await
        });
    }
    let mut outcome = Outcome::default();
    while let Some(one) = running.join_next().await {
        outcome.add(one.unwrap());
    }
    outcome.left.sort();
    outcome.wrong.sort();
    println!(
        "{} answers, the rows of {} writes; not native:\n{}",
        outcome.answers,
        outcome.rows,
        outcome.left.join("\n")
    );
    assert!(outcome.wrong.is_empty(), "{:#?}", outcome.wrong);
    let silent: Vec<_> = outcome.asked.difference(&outcome.answered).collect();
    assert!(silent.is_empty(), "asked, and never answered: {silent:?}\n{:#?}", outcome.left);
    for name in ["tags_add", "tags_edit", "tags_delete"] {
        assert!(outcome.answered.contains(name), "{name}");
    }
}
