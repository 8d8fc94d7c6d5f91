//! A thread with its part of the clients.

use std::{
    io::{ErrorKind, Read, Write},
    sync::mpsc::{Receiver, Sender},
    thread,
    time::Duration,
};

use bench_common::{Error, latency::Latencies};
use bench_ws::{clock::now_ns, message::Template};
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use serde::Deserialize;

use crate::client::{Event, Sequence};

/// Bytes of one read at most.
const BUFFER: usize = 256 * 1024;

/// What is given to a thread.
#[derive(Debug)]
pub(crate) enum Command {
    /// One client more, and what came after its handshake.
    Client(std::net::TcpStream, Vec<u8>),
    /// These messages come next.
    Expect(Expected),
    /// Report now, complete or not.
    Report,
}

/// Messages that every client is to get.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    /// Number of the first one.
    pub(crate) first: u64,
    /// How many.
    pub(crate) messages: u64,
    /// Microseconds of rest after each look at the sockets. More is there to be read then with one system call, and the
    /// servers have more of the processor; latencies are those of the rest.
    pub(crate) rest_us: u64,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) latencies: Latencies,
    /// When the first message was published.
    pub(crate) published_ns: Option<u64>,
    /// When the last one came.
    pub(crate) received_ns: u64,
    /// Clients that lack messages.
    pub(crate) incomplete: usize,
    pub(crate) pings: u64,
    pub(crate) reads: u64,
}

struct Client {
    stream: TcpStream,
    /// The beginning of a frame.
    unfinished: Vec<u8>,
    sequence: Sequence,
}

/// The thread's state.
pub(crate) struct Reader {
    pub(crate) poll: Poll,
    pub(crate) commands: Receiver<Command>,
    pub(crate) reports: Sender<Result<Report, String>>,
    clients: Vec<Client>,
    template: Template,
    buffer: Vec<u8>,
    rest: Duration,
    /// What is under way; `None` when it is reported.
    report: Option<Report>,
}

/// The token that stands for new commands.
pub(crate) const COMMANDS: Token = Token(usize::MAX);

impl Reader {
    pub(crate) fn new(poll: Poll, commands: Receiver<Command>, reports: Sender<Result<Report, String>>) -> Self {
        let buffer = vec![0; BUFFER];
        let template = Template::default();
        Self { poll, commands, reports, clients: Vec::new(), template, buffer, rest: Duration::ZERO, report: None }
    }

    /// Reads until there are no more commands. After a fault it goes on no further; the fault is reported.
    pub(crate) fn run(mut self) {
        if let Err(error) = self.read_all() {
            let _ = self.reports.send(Err(error.to_string()));
        }
    }

    fn read_all(&mut self) -> Result<(), Error> {
        let mut events = Events::with_capacity(1024);
        loop {
            match self.poll.poll(&mut events, None) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                polled => polled?,
            }
            // What is expected is told before it is published, so it has to be heard before it is read.
            if !self.obey()? {
                return Ok(());
            }
            for event in events.iter().filter(|event| event.token() != COMMANDS) {
                self.read(event.token().0, event.is_read_closed())?;
            }
            self.rest();
        }
    }

    /// Whether there may be more.
    fn obey(&mut self) -> Result<bool, Error> {
        loop {
            match self.commands.try_recv() {
                Ok(Command::Client(stream, unfinished)) => self.add(stream, unfinished)?,
                Ok(Command::Expect(expected)) => self.expect(expected),
                Ok(Command::Report) => self.finish(),
                Err(std::sync::mpsc::TryRecvError::Empty) => return Ok(true),
                Err(std::sync::mpsc::TryRecvError::Disconnected) => return Ok(false),
            }
        }
    }

    #[allow(clippy::disallowed_methods, reason = "the thread has nothing else to do, and that is the point")]
    fn rest(&self) {
        if !self.rest.is_zero() {
            thread::sleep(self.rest);
        }
    }

    fn add(&mut self, stream: std::net::TcpStream, unfinished: Vec<u8>) -> Result<(), Error> {
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        self.poll.registry().register(&mut stream, Token(self.clients.len()), Interest::READABLE)?;
        self.clients.push(Client { stream, unfinished, sequence: Sequence::default() });
        Ok(())
    }

    fn expect(&mut self, expected: Expected) {
        let Expected { first, messages, rest_us } = expected;
        for client in &mut self.clients {
            client.sequence = Sequence { next: first, end: first + messages };
        }
        self.rest = Duration::from_micros(rest_us);
        self.report = Some(Report { incomplete: self.clients.len(), ..Report::default() });
        if self.clients.is_empty() || messages == 0 {
            self.finish();
        }
    }

    fn finish(&mut self) {
        if let Some(report) = self.report.take() {
            self.rest = Duration::ZERO;
            let _ = self.reports.send(Ok(report));
        }
    }

    /// All that one client has to be read.
    fn read(&mut self, at: usize, closed: bool) -> Result<(), Error> {
        loop {
            let client = &mut self.clients[at];
            let kept = client.unfinished.len();
            self.buffer[..kept].copy_from_slice(&client.unfinished);
            let read = match client.stream.read(&mut self.buffer[kept..]) {
                Ok(0) => return Err("the server has closed a connection".into()),
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            let received = kept + read;
            let used = self.frames(at, received)?;
            let client = &mut self.clients[at];
            client.unfinished.clear();
            client.unfinished.extend(&self.buffer[used..received]);
            if self.report.as_ref().is_some_and(|report| report.incomplete == 0) {
                self.finish();
            }
            // A short read has emptied the socket, epoll(7): what comes next is a new event.
            if received < self.buffer.len() && !closed {
                return Ok(());
            }
        }
    }

    /// Every whole frame at the beginning of the buffer. Gives their bytes.
    fn frames(&mut self, at: usize, received: usize) -> Result<usize, Error> {
        let now = now_ns();
        let client = &mut self.clients[at];
        let mut idle = Report::default();
        let report = self.report.as_mut().unwrap_or(&mut idle);
        report.reads += 1;
        let was_complete = client.sequence.complete();
        let mut used = 0;
        while let Some((event, bytes)) = client.sequence.next_frame(&self.template, &self.buffer[used..received])? {
            used += bytes;
            match event {
                Event::Message(stamp) => {
                    report.latencies.record(Duration::from_nanos(now.saturating_sub(stamp.at_ns)));
                    let first = report.published_ns.get_or_insert(stamp.at_ns);
                    *first = stamp.at_ns.min(*first);
                    report.received_ns = now;
                }
                Event::Ping(pong) => {
                    client.stream.write_all(&pong)?;
                    report.pings += 1;
                }
                Event::Pong => {}
            }
        }
        if client.sequence.complete() && !was_complete {
            report.incomplete -= 1;
        }
        Ok(used)
    }
}
