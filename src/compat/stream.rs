//! The lines on their way to the package, as the body of an answer that does not end.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, stream::unfold};
use tokio::{sync::mpsc, time::timeout};

use super::{attachment::Attachment, line::Line};

/// Silence after which a ping is sent.
const PING: Duration = Duration::from_secs(5);

/// Ends the connection when the body is dropped: the package closed it, or it broke.
struct Guard {
    attachment: Arc<Attachment>,
    number: u64,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.attachment.end(self.number, "its connection ended");
    }
}

/// The hello, the lines, pings between them. It ends when nobody can send lines any more.
pub(super) fn of(
    lines: mpsc::Receiver<Line>,
    attachment: Arc<Attachment>,
    number: u64,
) -> impl Stream<Item = Bytes> + Send + use<> {
    let guard = Guard { attachment, number };
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
