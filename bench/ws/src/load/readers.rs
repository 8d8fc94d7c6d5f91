//! All threads that read.

use std::{
    net::TcpStream,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use bench_common::{
    Error,
    latency::{Latencies, Summary},
};
use mio::{Poll, Waker};
use serde::Serialize;

use crate::{
    client::shake_hands,
    reader::{COMMANDS, Command, Expected, Reader, Report},
};

/// How long a thread may take to answer.
const AT_ONCE: Duration = Duration::from_secs(5);

/// One thread, from outside.
#[derive(Debug)]
struct Thread {
    commands: Sender<Command>,
    waker: Arc<Waker>,
}

/// All threads.
#[derive(Debug)]
pub(crate) struct Readers {
    threads: Vec<Thread>,
    reports: Receiver<Result<Report, String>>,
    clients: usize,
    expected: u64,
}

/// What came of a pass.
#[derive(Debug, Serialize)]
pub(crate) struct Received {
    /// Of every delivery; the time is that from the first publishing to the last receipt.
    #[serde(flatten)]
    summary: Summary,
    /// Pings that were answered meanwhile.
    pings: u64,
    /// System calls that brought the deliveries.
    calls: u64,
}

impl Thread {
    fn tell(&self, command: Command) -> Result<(), Error> {
        // A thread that is gone has reported why.
        let _ = self.commands.send(command);
        Ok(self.waker.wake()?)
    }
}

impl Readers {
    pub(crate) fn start(threads: usize) -> Result<Self, Error> {
        let (sender, reports) = channel();
        let threads = (0..threads)
            .map(|_| {
                let poll = Poll::new()?;
                let waker = Arc::new(Waker::new(poll.registry(), COMMANDS)?);
                let (commands, receiver) = channel();
                let reader = Reader::new(poll, receiver, sender.clone());
                thread::spawn(move || reader.run());
                Ok(Thread { commands, waker })
            })
            .collect::<Result<_, Error>>()?;
        Ok(Self { threads, reports, clients: 0, expected: 0 })
    }

    /// Opens clients, one after another; the threads get them in turns.
    pub(crate) fn connect(&mut self, address: &str, clients: usize) -> Result<(), Error> {
        for _ in 0..clients {
            let opened = TcpStream::connect(address)
                .map_err(Error::from)
                .and_then(|stream| Ok((shake_hands(&stream, address)?, stream)));
            let number = self.clients + 1;
            let (unfinished, stream) = opened.map_err(|error| format!("client {number}, at {address}: {error}"))?;
            self.threads[self.clients % self.threads.len()].tell(Command::Client(stream, unfinished))?;
            self.clients = number;
        }
        Ok(())
    }

    pub(crate) fn expect(&mut self, expected: Expected) -> Result<(), Error> {
        self.expected = expected.messages;
        self.threads.iter().try_for_each(|thread| thread.tell(Command::Expect(expected)))
    }

    /// Waits until every client has every message.
    pub(crate) fn received(&mut self, within: Duration) -> Result<Received, Error> {
        let end = Instant::now() + within;
        let mut reports = Vec::new();
        let mut late = false;
        while reports.len() < self.threads.len() {
            let patience = if late { AT_ONCE } else { end.saturating_duration_since(Instant::now()) };
            match self.reports.recv_timeout(patience) {
                Ok(report) => reports.push(report?),
                Err(RecvTimeoutError::Timeout) if !late => {
                    late = true;
                    self.threads.iter().try_for_each(|thread| thread.tell(Command::Report))?;
                }
                Err(error) => return Err(format!("a thread does not report: {error}").into()),
            }
        }
        let incomplete: usize = reports.iter().map(|report| report.incomplete).sum();
        let mut latencies = Latencies::default();
        let (mut published, mut received, mut pings, mut calls) = (u64::MAX, 0, 0, 0);
        for report in reports {
            latencies.merge(report.latencies);
            published = published.min(report.published_ns.unwrap_or(u64::MAX));
            received = received.max(report.received_ns);
            pings += report.pings;
            calls += report.reads;
        }
        let summary = Summary::new(latencies, Duration::from_nanos(received.saturating_sub(published)));
        if incomplete > 0 {
            let due = self.clients as u64 * self.expected;
            let came = summary.reads;
            return Err(format!("{incomplete} clients lack messages: {came} deliveries of {due}").into());
        }
        Ok(Received { summary, pings, calls })
    }
}
