//! The real legacy with its recorder on, and the bridge before it, with many streams under way at once.

use std::{
    net::Ipv4Addr,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use tempfile::TempDir;

use super::{
    client::{self, Seen},
    generator::Case,
    oracle::{self, Reading},
    records::{Record, Records},
    verdict::{self, Sides, Tally},
};
use crate::support::{
    bridge::{Bridge, Setup},
    legacy::Legacy,
    raw::Connection,
};

/// Streams at once.
const CLIENTS: u64 = 12;
/// Longest wait for anything; reached only when a case fails.
const PATIENCE: Duration = Duration::from_secs(20);
/// The first address of a client, below which are those of everybody else.
const FIRST: u32 = 0x7f01_0001;

/// A case that went wrong.
#[derive(Debug)]
pub struct Failure {
    pub index: u64,
    pub why: String,
    pub seen: Option<Seen>,
    pub records: Vec<Record>,
}

pub struct Arena {
    legacy: Legacy,
    bridge: Bridge,
    records: Records,
    next: AtomicU32,
    _directory: TempDir,
}

/// A stream that was sent, and by whom.
type Sent = (u64, Ipv4Addr, Reading, Seen);

impl Arena {
    pub async fn start() -> Self {
        let directory = TempDir::new().unwrap();
        let file = directory.path().join("records");
        let data = directory.path().join("data");
        let arguments = ["--disable-task-manager", "--record", file.to_str().unwrap()];
        let legacy = Legacy::on(&data, &arguments);
        // Some requests are answered natively, some are read for a handler that then declines, most are forwarded.
        let bridge = Setup::before(legacy.address)
            .environment("CUTOVER_FLAGS__ALL", "native")
            .environment("CUTOVER_LOG__LEVEL", "error");
        let bridge = bridge.start().await;
        let records = Records::of(&file);
        Self { legacy, bridge, records, next: AtomicU32::new(FIRST), _directory: directory }
    }

    fn address(&self) -> Ipv4Addr {
        Ipv4Addr::from(self.next.fetch_add(1, Ordering::SeqCst))
    }

    /// Runs cases and gives what became of them, and those that failed.
    pub async fn run(&mut self, seed: u64, indexes: Range<u64>) -> (Tally, Vec<Failure>) {
        let next = Arc::new(AtomicU64::new(indexes.start));
        let clients = (0..CLIENTS).map(|_| self.client(seed, &next, indexes.end));
        let all = futures_util::future::join_all(clients).await;
        let mut failures = Vec::new();
        let mut sent = Vec::new();
        for (by_client, poisoned) in all {
            sent.extend(by_client);
            failures.extend(poisoned);
        }
        // Whatever still lies on a connection comes to light when it is used again.
        failures.extend(self.use_every_connection().await);
        let mut tally = Tally::default();
        self.records.read_on();
        let authority = self.legacy.address.to_string();
        for (index, client, reading, seen) in &sent {
            let records = self.records.take(*client);
            let sides = Sides { client: *client, legacy: &authority };
            match verdict::judge(reading, seen, &records, sides) {
                Ok(more) => {
                    tally.forwarded += more.forwarded;
                    tally.native += more.native;
                    tally.refused += more.refused;
                    tally.broken_off += more.broken_off;
                }
                Err(why) => failures.push(Failure { index: *index, why, seen: Some(seen.clone()), records }),
            }
        }
        failures.extend(self.strays(&sent));
        failures.sort_by_key(|failure| failure.index);
        (tally, failures)
    }

    /// Sends cases one after the other, and after each one something harmless whose answer must be its own.
    async fn client(&self, seed: u64, next: &AtomicU64, end: u64) -> (Vec<Sent>, Vec<Failure>) {
        let (mut sent, mut failures) = (Vec::new(), Vec::new());
        let mut harmless = Connection::open(self.bridge.address).await;
        loop {
            let index = next.fetch_add(1, Ordering::SeqCst);
            if index >= end {
                return (sent, failures);
            }
            let case = Case::of(seed, index);
            sent.push(self.send(index, &case, PATIENCE).await);
            if let Err(why) = own_answer(&mut harmless, index).await {
                failures.push(Failure { index, why, seen: None, records: Vec::new() });
                harmless = Connection::open(self.bridge.address).await;
            }
        }
    }

    async fn send(&self, index: u64, case: &Case, patience: Duration) -> Sent {
        let client = self.address();
        let reading = oracle::read(&case.bytes());
        let seen = client::send(case, &reading, self.bridge.address, client, patience).await;
        (index, client, reading, seen)
    }

    async fn use_every_connection(&self) -> Option<Failure> {
        let idle = self.bridge.status().await["legacy"]["idle_connections"].as_u64().unwrap_or(32);
        let asking = (0..=idle).map(|at| async move {
            let mut connection = Connection::open(self.bridge.address).await;
            own_answer(&mut connection, at).await
        });
        let failed = futures_util::future::join_all(asking).await.into_iter().find_map(Result::err)?;
        Some(Failure { index: u64::MAX, why: failed, seen: None, records: Vec::new() })
    }

    /// Requests that nobody has made. Lines that pywsgi refuses unread are told by the marker in them.
    fn strays<'s>(&mut self, sent: &'s [Sent]) -> Vec<Failure> {
        let harmless = |record: &Record| {
            let plain = record.method == "GET" && record.body_bytes == 0 && record.body_sha256.is_some();
            plain && record.client() == Some(Ipv4Addr::LOCALHOST) && record.target.contains("?harmless=")
        };
        let rest = self.records.rest().into_iter().filter(|record| !harmless(record));
        let strays: Vec<Record> = rest.chain(std::mem::take(&mut self.records.strays)).collect();
        let known = |record: &Record| {
            let by = sent.iter().find(|(index, ..)| record.line.contains(&format!("c{index}.")));
            let all = |reading: &'s Reading| reading.requests.iter().chain(reading.end.begun());
            let beyond = |reading| all(reading).any(|asked| asked.beyond_legacy);
            record.refused.is_some() && by.is_some_and(|(_, _, reading, _)| beyond(reading))
        };
        let unknown = strays.into_iter().filter(|record| !known(record));
        let whose = |record: &Record| {
            let text = format!("{} {}", record.target, record.line);
            sent.iter().find(|(index, ..)| text.contains(&format!("c{index}."))).map_or(u64::MAX, |(index, ..)| *index)
        };
        unknown
            .map(|record| Failure {
                index: whose(&record),
                why: format!("legacy saw what nobody asked through the bridge: {}", record.shown()),
                seen: None,
                records: vec![record],
            })
            .collect()
    }

    /// One case by itself.
    ///
    /// # Errors
    /// Why it fails.
    pub async fn alone(&mut self, case: &Case) -> Result<(), String> {
        let (_, client, reading, seen) = self.send(0, case, PATIENCE / 10).await;
        let mut harmless = Connection::open(self.bridge.address).await;
        own_answer(&mut harmless, 0).await?;
        if let Some(failure) = self.use_every_connection().await {
            return Err(failure.why);
        }
        self.records.read_on();
        let records = self.records.take(client);
        let authority = self.legacy.address.to_string();
        verdict::judge(&reading, &seen, &records, Sides { client, legacy: &authority })?;
        let sent = [(u64::MAX, client, reading, seen)];
        self.strays(&sent).first().map_or(Ok(()), |failure| Err(failure.why.clone()))
    }

    /// Records so far.
    pub fn recorded(&self) -> u64 {
        self.records.count
    }
}

/// A request that has nothing to do with any case; its answer says what it was.
async fn own_answer(connection: &mut Connection, index: u64) -> Result<(), String> {
    let target = format!("/api/1/_test/echo?harmless={index}");
    connection.send(format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n")).await;
    let answer = connection.try_answer(false).await.map_err(|why| format!("somebody else was not answered: {why}"))?;
    let own = answer.status == 200 && answer.json()["result"]["target"] == target.as_str();
    if own { Ok(()) } else { Err(format!("somebody else asked {target} and was answered {answer:?}")) }
}
