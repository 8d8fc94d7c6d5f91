//! One request, one response.

use std::time::{Duration, Instant};

use tokio::{io::AsyncWriteExt, net::TcpStream, time::timeout};

use super::{
    ClientError, Doing,
    address::Address,
    head::{self, Changes},
    idle::Idle,
    reading::{Fault, Reading},
};
use crate::parity::{Request, Response};

/// Largest body that is read unless told otherwise.
const MAX_BODY: usize = 64 << 20;
/// How long one request may take unless told otherwise.
const DEADLINE: Duration = Duration::from_secs(60);

/// Asks one server. Requests may be sent at once: each has a connection of its own while it lasts.
#[derive(Debug)]
pub struct Client {
    address: Address,
    changes: Changes,
    max_body: usize,
    deadline: Duration,
    idle: Idle,
}

impl Client {
    /// A client of the server at `http://HOST:PORT`. Nothing is connected yet.
    ///
    /// # Errors
    /// It is no such URL.
    pub fn new(url: &str) -> Result<Self, ClientError> {
        let address = Address::of(url)?;
        let changes = Changes::default();
        Ok(Self { address, changes, max_body: MAX_BODY, deadline: DEADLINE, idle: Idle::default() })
    }

    /// Longest time from the first attempt to connect to the last byte of the response; 60 s unless told otherwise.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Largest body of a response, in bytes as they come; 64 MiB unless told otherwise.
    #[must_use]
    pub fn max_body(self, bytes: usize) -> Self {
        Self { max_body: bytes, ..self }
    }

    /// Sends the server's own authority as Host, instead of the recorded one.
    #[must_use]
    pub fn own_host(mut self) -> Self {
        self.changes.own_host = true;
        self
    }

    /// Leaves `Connection: close`, `Connection: keep-alive` and `Keep-Alive` out, so that connections carry further
    /// requests though the recorded ones did not.
    #[must_use]
    pub fn reusing(mut self) -> Self {
        self.changes.reusing = true;
        self
    }

    /// Sends a request as it was recorded, and gives the response, and the time from the first byte sent (or the first
    /// attempt to connect) to the last one received.
    ///
    /// Names, order and target go out byte for byte; only the framing is ours. A request that changes nothing (GET, HEAD,
    /// OPTIONS, TRACE) is sent once more if a connection that was kept turns out to have been closed; any other has a new
    /// connection, so that none is ever sent twice. Cancel-safe: a dropped future closes its connection.
    ///
    /// # Errors
    /// No response, with what was being done.
    pub async fn send(&self, request: &Request) -> Result<(Response, Duration), ClientError> {
        let bytes = head::written(request, &self.address, self.changes)?;
        let mut doing = Doing::Connecting;
        let began = Instant::now();
        let sent = timeout(self.deadline, self.sent(&request.method, &bytes, &mut doing)).await;
        match sent {
            Ok(response) => Ok((response?, began.elapsed())),
            Err(_) => Err(ClientError::TimedOut { deadline: self.deadline, doing }),
        }
    }

    async fn sent(&self, method: &str, bytes: &[u8], doing: &mut Doing) -> Result<Response, ClientError> {
        let safe = ["GET", "HEAD", "OPTIONS", "TRACE"].iter().any(|safe| method.eq_ignore_ascii_case(safe));
        if safe && let Some(stream) = self.idle.take() {
            match self.exchanged(stream, method, bytes, doing).await {
                Err(Fault::Ended(_)) if *doing == Doing::Waiting => *doing = Doing::Connecting,
                outcome => return outcome.map_err(|fault| self.error(fault, *doing)),
            }
        }
        let authority = self.address.socket();
        let connected = TcpStream::connect(&authority).await;
        let stream = connected.map_err(|source| ClientError::Connect { authority, source })?;
        // Not needed for correctness.
        let _ = stream.set_nodelay(true);
        self.exchanged(stream, method, bytes, doing).await.map_err(|fault| self.error(fault, *doing))
    }

    /// Writes and reads at once: a server may answer, and close, before it has read the whole body.
    async fn exchanged(
        &self,
        mut stream: TcpStream,
        method: &str,
        bytes: &[u8],
        doing: &mut Doing,
    ) -> Result<Response, Fault> {
        *doing = Doing::Waiting;
        let mut whole = false;
        let (response, stays) = {
            let (from, mut to) = stream.split();
            let mut reading = Reading::new(from, self.max_body, doing);
            let mut answered = std::pin::pin!(reading.response(method));
            let mut written = std::pin::pin!(to.write_all(bytes));
            tokio::select! {
                biased;
                // Whether it went well or not, what the server has to say is what counts.
                outcome = written.as_mut() => {
                    whole = outcome.is_ok();
                    answered.await?
                }
                answered = answered.as_mut() => answered?,
            }
        };
        if stays && whole {
            self.idle.keep(stream);
        }
        Ok(response)
    }

    fn error(&self, fault: Fault, doing: Doing) -> ClientError {
        let authority = self.address.socket();
        match fault {
            Fault::Ended(source) => ClientError::BrokeOff { authority, doing, source },
            Fault::NotHttp(why) => ClientError::NotHttp { authority, why },
            Fault::TooLarge(error) => error,
        }
    }
}
