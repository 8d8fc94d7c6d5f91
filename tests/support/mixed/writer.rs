//! A client that writes rows of its own, reads them back from either side, and keeps a ledger of them.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use super::{
    client::{Client, Outcome, Scene, Way},
    kind::{Kind, Row},
};

/// Until then, what was under way when a side was killed has been done by the other one, or never will.
const UNDER_WAY: Duration = Duration::from_secs(2);

/// Longest time for which legacy may look at what there was before.
const LATE: Duration = Duration::from_secs(5);

/// How a client goes about it.
#[derive(Debug, Clone)]
pub struct Habits {
    /// Its writes take one of these.
    pub writes: Vec<Way>,
    /// It reads back by one of these.
    pub reads: Vec<Way>,
    /// Between two requests it waits for up to so long.
    pub pause: Duration,
}

/// The writer, with its ledger.
#[derive(Debug)]
pub struct Writer {
    client: Client,
    name: String,
    habits: Habits,
    numbers: u64,
    /// Rows that are there.
    pub rows: Vec<Row>,
    /// Rows with others that hang on them, made beforehand, to be deleted now and then.
    pub stock: Vec<Row>,
    /// How many writes were answered with success.
    pub done: i64,
    doubts: Vec<Doubt>,
}

/// A write that got no answer: a row is as it was before, or as it was to be.
#[derive(Debug)]
struct Doubt {
    since: Instant,
    before: Option<Row>,
    after: Option<Row>,
}

impl Writer {
    pub fn new(scene: Arc<Scene>, name: String, habits: Habits, stock: Vec<Row>) -> Self {
        let client = Client::new(scene);
        Self { client, name, habits, numbers: 0, rows: Vec::new(), stock, done: 0, doubts: Vec::new() }
    }

    /// Writes until it is over, and settles what is in doubt then.
    pub async fn run(mut self) -> Self {
        while !self.client.scene.over.load(Ordering::Relaxed) {
            self.step().await;
            tokio::time::sleep(self.habits.pause.mul_f64(rand::random())).await;
        }
        while !self.doubts.is_empty() {
            self.settle().await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self
    }

    async fn step(&mut self) {
        self.settle().await;
        if rand::random_ratio(1, 50)
            && let Some(row) = self.stock.pop()
        {
            return self.write(Some(row), None).await;
        }
        let kind = one_of(&Kind::ALL);
        let own: Vec<usize> = (0..self.rows.len()).filter(|at| self.rows[*at].kind == kind).collect();
        if own.len() < kind.most() && rand::random() {
            self.numbers += 1;
            let name = format!("{} {}", self.name, self.numbers);
            return self.write(None, Some(Row { kind, name, text: "0".into(), id: 0 })).await;
        }
        if own.is_empty() {
            return;
        }
        let row = self.rows.swap_remove(one_of(&own));
        match rand::random_range(0..4) {
            0 => self.write(Some(row), None).await,
            1 if kind != Kind::Event => {
                self.numbers += 1;
                let edited = Row { text: self.numbers.to_string(), ..row.clone() };
                self.write(Some(row), Some(edited)).await;
            }
            _ => self.read_back(row).await,
        }
    }

    /// Adds, edits or deletes.
    async fn write(&mut self, before: Option<Row>, after: Option<Row>) {
        let request = match (&before, &after) {
            (None, Some(row)) => row.added(),
            (Some(_), Some(row)) => row.edited(),
            (Some(row), None) => row.deleted(),
            (None, None) => return,
        };
        match self.client.ask(one_of(&self.habits.writes), &request).await {
            Outcome::Done { result, .. } => {
                self.done += 1;
                self.keep(
                    after.map(|row| if before.is_none() { Row { id: row.kind.id(&result), ..row } } else { row }),
                );
            }
            Outcome::Refused(answer) => {
                let full = request.label() == "PUT notes" && answer.status == 409;
                assert!(full, "{} {}: {}", request.label(), request.body, answer.text());
            }
            Outcome::Undone => {
                self.keep(before);
                // It will not be there at once.
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
            Outcome::Unknown => self.doubts.push(Doubt { since: Instant::now(), before, after }),
        }
    }

    /// Whatever was written is seen from either side: by native reads at once, by legacy's as soon as it has no statement
    /// open that is older, for until then all of them look at what there was when that began.
    async fn read_back(&mut self, row: Row) {
        let (way, began, mut late) = (one_of(&self.habits.reads), Instant::now(), None);
        while let Outcome::Done { result, native } = self.client.ask(way, &row.kind.shows(Some(&row.name))).await {
            let found: Vec<Row> = row.kind.shown(&result).into_iter().filter(|found| found.name == row.name).collect();
            let (seen, took) = (found.as_slice() == std::slice::from_ref(&row), began.elapsed());
            assert!(seen || !native && took < LATE, "{way:?} shows {found:?} after {took:?}, which should be {row:?}");
            if seen {
                break;
            }
            late = Some(took);
        }
        self.client.scene.late.lock().extend(late);
        self.keep(Some(row));
    }

    /// Looks what became of a write that got no answer: all of it, or nothing.
    async fn settle(&mut self) {
        let Some(at) = self.doubts.iter().position(|doubt| doubt.since.elapsed() > UNDER_WAY) else { return };
        let Doubt { before, after, .. } = &self.doubts[at];
        let row = after.as_ref().or(before.as_ref()).unwrap();
        let request = row.kind.shows(Some(&row.name));
        let Outcome::Done { result, .. } = self.client.ask(one_of(&self.habits.reads), &request).await else { return };
        let mut found: Vec<Row> = row.kind.shown(&result);
        found.retain(|found| found.name == row.name);
        assert!(found.len() < 2, "it is there twice: {found:?}");
        let same = |row: &Option<Row>| row.as_ref().map(|row| &row.text) == found.first().map(|row| &row.text);
        assert!(same(before) || same(after), "{before:?} was to be {after:?}, and is {found:?}");
        self.doubts.swap_remove(at);
        self.keep(found.pop());
    }

    fn keep(&mut self, row: Option<Row>) {
        let Some(row) = row else { return };
        if row.name.starts_with("stock") { self.stock.push(row) } else { self.rows.push(row) }
    }
}

fn one_of<T: Copy>(all: &[T]) -> T {
    all[rand::random_range(0..all.len())]
}
