//! A client that does not read, and takes as little as the kernel lets it.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use bench_common::Error;
use bench_ws::message::Template;
use serde::Serialize;
use socket2::{Domain, Socket, Type};

use crate::client::{Event, Sequence, shake_hands};

/// Bytes of its receive buffer; the kernel takes twice that, and has a smallest of its own.
const RECEIVE_BUFFER: usize = 4096;

/// It.
#[derive(Debug)]
pub(crate) struct Stalled {
    stream: TcpStream,
    received: Vec<u8>,
    first: u64,
}

/// What it got once it read.
#[derive(Debug, Serialize)]
pub(crate) struct Resumed {
    /// Messages, each the next in its order.
    received: u64,
    /// Why there are no more of them, if there should be.
    ended: Option<String>,
}

impl Stalled {
    /// Opens it; the next message is to have that number.
    pub(crate) fn open(address: &str, number: u64) -> Result<Self, Error> {
        let to: SocketAddr = address.parse()?;
        let socket = Socket::new(Domain::for_address(to), Type::STREAM, None)?;
        // Before it connects: what it can take is said then.
        socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
        socket.connect(&to.into())?;
        let stream = TcpStream::from(socket);
        let received = shake_hands(&stream, address)?;
        Ok(Self { stream, received, first: number })
    }

    /// Its own port, by which the server's end can be found.
    pub(crate) fn port(&self) -> Result<u16, Error> {
        Ok(self.stream.local_addr()?.port())
    }

    /// Reads what it has missed, in order, up to the last, and closes.
    pub(crate) fn resume(mut self, last: u64, within: Duration) -> Resumed {
        let mut sequence = Sequence { next: self.first, end: last + 1 };
        let read = self.read(&mut sequence, Instant::now() + within);
        Resumed { received: sequence.next - self.first, ended: read.err().map(|error| error.to_string()) }
    }

    fn read(&mut self, sequence: &mut Sequence, end: Instant) -> Result<(), Error> {
        let template = Template::default();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let mut used = 0;
            while let Some((event, bytes)) = sequence.next_frame(&template, &self.received[used..])? {
                used += bytes;
                if let Event::Ping(pong) = event {
                    self.stream.write_all(&pong)?;
                }
            }
            self.received.drain(..used);
            if sequence.complete() {
                return Ok(());
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err("it does not go on".into());
            }
            self.stream.set_read_timeout(Some(left))?;
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err("the server has closed the connection".into()),
                Ok(read) => self.received.extend(&buffer[..read]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
