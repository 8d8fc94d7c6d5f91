//! A fixed number of requests, and a checksum of everything that was answered: two passes of the same requests can be
//! compared to the byte.

use std::{
    cell::Cell,
    hash::{DefaultHasher, Hash, Hasher},
    rc::Rc,
    time::{Duration, Instant},
};

use bench_common::{
    Error,
    latency::{Latencies, Summary},
};
use serde::{Deserialize, Serialize};
use tokio::task::LocalSet;

use crate::http::{Acknowledging, Answer, Connection, Request};

/// Says which request it is, where all of them are to be told apart. The upstream of this package reads it.
const NUMBER: &str = "x-bench-number";

/// A pass.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pass {
    address: String,
    request: Request,
    connections: usize,
    acknowledging: Acknowledging,
    /// How many, over all connections.
    pub(crate) requests: u64,
    /// Number them, from this one on.
    first: Option<u64>,
    /// No faster than this, all connections together.
    per_second: Option<f64>,
    /// Whose memory is looked at meanwhile.
    watched: Option<Watched>,
}

/// A process whose memory is looked at.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Watched {
    pid: u32,
    /// After so many answers each time.
    every: u64,
}

/// What came of a pass.
#[derive(Debug, Serialize)]
pub(crate) struct Passed {
    #[serde(flatten)]
    summary: Summary,
    /// Of all answers, in whichever order they came: status, headers, body.
    checksum: String,
    /// Answers so far, and kilobytes of memory then.
    memory: Vec<(u64, u64)>,
}

/// What the connections of a pass share. They are on one thread.
struct Shared {
    bytes: Vec<u8>,
    first: Option<u64>,
    requests: u64,
    /// From the beginning of one request to that of the next, if they are not to come faster.
    apart: Option<Duration>,
    began: Instant,
    begun: Cell<u64>,
    ended: Cell<u64>,
    checksum: Cell<u64>,
    watched: Option<Watched>,
    memory: Cell<Vec<(u64, u64)>>,
}

impl Pass {
    /// Asks so often. Every connection is open before the clock starts.
    pub(crate) async fn run(self) -> Result<Passed, Error> {
        let mut connections = Vec::new();
        for _ in 0..self.connections {
            connections.push(Connection::open(&self.address, self.acknowledging).await?);
        }
        let began = Instant::now();
        let shared = Rc::new(Shared {
            bytes: self.request.bytes(&self.address),
            first: self.first,
            requests: self.requests,
            apart: self.per_second.map(|rate| Duration::try_from_secs_f64(1.0 / rate)).transpose()?,
            began,
            begun: Cell::default(),
            ended: Cell::default(),
            checksum: Cell::default(),
            watched: self.watched,
            memory: Cell::default(),
        });
        let local = LocalSet::new();
        let tasks: Vec<_> =
            connections.into_iter().map(|each| local.spawn_local(one_connection(each, Rc::clone(&shared)))).collect();
        let mut latencies = Latencies::default();
        local
            .run_until(async {
                for task in tasks {
                    latencies.merge(task.await??);
                }
                Ok::<_, Error>(())
            })
            .await?;
        Ok(Passed {
            summary: Summary::new(latencies, began.elapsed()),
            checksum: format!("{:016x}", shared.checksum.get()),
            memory: shared.memory.take(),
        })
    }

    /// The longest it may take.
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_secs(60) + Duration::from_millis(20) * u32::try_from(self.requests).unwrap_or(u32::MAX)
    }
}

async fn one_connection(mut connection: Connection, shared: Rc<Shared>) -> Result<Latencies, Error> {
    let mut latencies = Latencies::default();
    while let Some(number) = shared.next().await {
        let numbered = shared.first.map(|first| numbered(&shared.bytes, first + number));
        let asked = Instant::now();
        let answer = connection.exchange(numbered.as_ref().unwrap_or(&shared.bytes)).await?;
        latencies.record(asked.elapsed());
        if answer.head.status != 200 {
            return Err(format!("status {} in place of 200", answer.head.status).into());
        }
        shared.answered(&answer)?;
    }
    Ok(latencies)
}

/// A request with its number, as the last of its headers.
fn numbered(request: &[u8], number: u64) -> Vec<u8> {
    let end = request.windows(4).position(|four| four == b"\r\n\r\n").map_or(request.len(), |at| at + 2);
    let (head, rest) = request.split_at(end);
    [head, format!("{NUMBER}: {number}\r\n").as_bytes(), rest].concat()
}

impl Shared {
    /// The number of the next request, once it is time for it.
    async fn next(&self) -> Option<u64> {
        let number = self.begun.get();
        if number >= self.requests {
            return None;
        }
        self.begun.set(number + 1);
        if let Some(apart) = self.apart {
            let at = apart * u32::try_from(number).unwrap_or(u32::MAX);
            tokio::time::sleep_until((self.began + at).into()).await;
        }
        Some(number)
    }

    fn answered(&self, answer: &Answer<'_>) -> Result<(), Error> {
        // A sum: connections have their answers in any order.
        self.checksum.set(self.checksum.get().wrapping_add(digest(answer)));
        let ended = self.ended.get() + 1;
        self.ended.set(ended);
        if let Some(watched) = self.watched.filter(|watched| ended.is_multiple_of(watched.every)) {
            let mut memory = self.memory.take();
            memory.push((ended, resident(watched.pid)?));
            self.memory.set(memory);
        }
        Ok(())
    }
}

/// Of an answer's status line, its headers as they came, and its body. Not of `Date`, which is the clock's, and not of what
/// the bridge says of itself.
fn digest(answer: &Answer<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    for line in answer.lines.split(|byte| *byte == b'\n') {
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default().to_ascii_lowercase();
        if name != b"date" && !name.starts_with(b"x-cutover-") {
            line.hash(&mut hasher);
        }
    }
    answer.body.hash(&mut hasher);
    hasher.finish()
}

/// Resident memory of a process, in kilobytes; Linux only.
fn resident(pid: u32) -> Result<u64, Error> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("the process has no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::read_head;

    fn digest_of(answer: &[u8]) -> u64 {
        let head = read_head(answer).unwrap().unwrap();
        let at = head.bytes;
        digest(&Answer { lines: &answer[..at], body: &answer[at..], head })
    }

    #[test]
    fn a_digest_sees_every_byte_but_the_clock_and_what_the_bridge_says_of_itself() {
        let plain = digest_of(b"HTTP/1.1 200 OK\r\nA: b\r\nDate: 1\r\nContent-Length: 1\r\n\r\nx");
        let marked =
            digest_of(b"HTTP/1.1 200 OK\r\nA: b\r\ndate: 2\r\nContent-Length: 1\r\nX-Cutover-Variant: legacy\r\n\r\nx");
        assert_eq!(plain, marked);
        for other in [
            &b"HTTP/1.1 200 Ok\r\nA: b\r\nContent-Length: 1\r\n\r\nx"[..],
            b"HTTP/1.1 200 OK\r\na: b\r\nContent-Length: 1\r\n\r\nx",
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nA: b\r\n\r\nx",
            b"HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 1\r\n\r\ny",
        ] {
            assert_ne!(plain, digest_of(other), "{}", String::from_utf8_lossy(other));
        }
    }

    #[test]
    fn a_number_is_the_last_of_the_headers() {
        assert_eq!(
            numbered(b"GET / HTTP/1.1\r\nA: b\r\n\r\n", 7),
            b"GET / HTTP/1.1\r\nA: b\r\nx-bench-number: 7\r\n\r\n"
        );
    }
}
