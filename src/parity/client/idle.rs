//! Connections kept for the next request.

use parking_lot::Mutex;
use tokio::net::TcpStream;

/// Most connections that are kept.
const KEPT: usize = 64;

/// The connections that wait.
#[derive(Debug, Default)]
pub(super) struct Idle(Mutex<Vec<TcpStream>>);

impl Idle {
    /// The one that was used last and still stands, if there is any.
    pub(super) fn take(&self) -> Option<TcpStream> {
        loop {
            let stream = self.0.lock().pop()?;
            if stands(&stream) {
                return Some(stream);
            }
        }
    }

    /// Keeps one, unless there are enough.
    pub(super) fn keep(&self, stream: TcpStream) {
        let mut kept = self.0.lock();
        if kept.len() < KEPT {
            kept.push(stream);
        }
    }
}

/// Nothing may have come since the last answer: neither an end nor bytes that nobody asked for.
fn stands(stream: &TcpStream) -> bool {
    matches!(stream.try_read(&mut [0]), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
}
