//! An answer without an end, line by line.

use bytes::{Buf, BytesMut};
use futures_util::{Stream, stream};
use http_body_util::BodyExt;
use hyper::body::Incoming;

/// Its lines, without their ends, as they come; however it ends, that is the end. Cancel-safe.
pub fn lines(body: Incoming) -> impl Stream<Item = String> + Send {
    stream::unfold((body, BytesMut::new(), 0), |(mut body, mut read, mut searched)| async move {
        loop {
            if let Some(at) = read[searched..].iter().position(|byte| *byte == b'\n') {
                let line = read.split_to(searched + at);
                read.advance(1);
                return Some((String::from_utf8_lossy(&line).into_owned(), (body, read, 0)));
            }
            searched = read.len();
            let frame = body.frame().await?.ok()?;
            if let Ok(data) = frame.into_data() {
                read.extend_from_slice(&data);
            }
        }
    })
}

/// The events of a stream of server-sent events (HTML standard, section 9.2), fed line by line: their names and data.
#[derive(Debug, Default)]
pub struct Events {
    name: String,
    data: String,
}

impl Events {
    /// Takes a line; gives the event that it ends, if it ends one that has data.
    pub fn take(&mut self, line: &str) -> Option<(String, String)> {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() {
            let Self { name, mut data } = std::mem::take(self);
            // The last line of the data ends without one.
            return data.pop().map(|_| (name, data));
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => {
                self.data.push_str(value);
                self.data.push('\n');
            }
            // Comments keep the connection open; the rest is of no use here.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_ends_with_an_empty_line_and_comments_are_none() {
        let mut events = Events::default();
        let lines =
            [": ok", "", "event: change", "data: {\"id\": 1}", "", "data:a", "data: b\r", "id: 7", "", "event: x", ""];
        let seen: Vec<_> = lines.iter().filter_map(|line| events.take(line)).collect();
        assert_eq!(seen, [("change".to_owned(), "{\"id\": 1}".to_owned()), (String::new(), "a\nb".to_owned())]);
    }
}
