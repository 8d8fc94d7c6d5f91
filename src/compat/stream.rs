//! The lines on their way to the package, as the body of an answer that does not end.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, stream::unfold};
use tokio::{sync::mpsc, time::timeout};

use super::line::Line;

/// Silence after which a ping is sent.
const PING: Duration = Duration::from_secs(5);

/// Says when the body is dropped: the package closed it, or it broke.
struct Guard<E: FnMut()>(E);

impl<E: FnMut()> Drop for Guard<E> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// The hello, the lines, pings between them, and at its end a word to whoever has it. It ends when nobody can send lines
/// any more.
pub(super) fn of<E: FnMut() + Send>(
    lines: mpsc::Receiver<Line>,
    ended: E,
) -> impl Stream<Item = Bytes> + Send + use<E> {
    let guard = Guard(ended);
    let hello = Some(Line::Hello { bridge: env!("CARGO_PKG_VERSION") });
    unfold((hello, lines, guard), |(hello, mut lines, guard)| async move {
        let line = match hello {
            Some(hello) => hello,
            None => match timeout(PING, lines.recv()).await {
                Ok(line) => line?,
                Err(_) => Line::Ping,
            },
        };
        Some((line.bytes(), (None, lines, guard)))
    })
}
