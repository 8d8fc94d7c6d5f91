//! A reader of the admin API's events, on a raw socket.

use std::net::SocketAddr;

use serde_json::Value;

use super::{PATIENCE, raw::Connection};

/// An open stream of events.
pub struct Events {
    connection: Connection,
    text: String,
}

/// One event.
#[derive(Debug, Clone)]
pub struct Event {
    pub name: String,
    pub data: Value,
}

impl Events {
    /// Opens one. What happens once this returns is in it.
    pub async fn open(admin: SocketAddr, topics: &str) -> Self {
        Self::try_open(admin, topics).await.expect("a place")
    }

    /// The same; none if all places are taken.
    pub async fn try_open(admin: SocketAddr, topics: &str) -> Option<Self> {
        let mut connection = Connection::open(admin).await;
        connection.send(format!("GET /api/events?topics={topics} HTTP/1.1\r\nHost: {admin}\r\n\r\n")).await;
        let head = String::from_utf8(connection.until(b"\r\n\r\n").await.unwrap()).unwrap().to_lowercase();
        if head.starts_with("http/1.1 503") {
            return None;
        }
        assert!(head.starts_with("http/1.1 200") && head.contains("content-type: text/event-stream"), "{head}");
        let mut events = Self { connection, text: String::new() };
        assert_eq!(events.block().await.as_deref(), Some(": ok"));
        Some(events)
    }

    /// The next event of this name; others before it are passed over. None at the end of the
    /// stream, which is an orderly one.
    pub async fn try_next(&mut self, name: &str) -> Option<Event> {
        loop {
            let block = self.block().await?;
            let Some((first, second)) = block.split_once('\n') else {
                assert_eq!(block, ": ok");
                continue;
            };
            let event = Event {
                name: first.strip_prefix("event: ").unwrap_or_else(|| panic!("{block}")).to_owned(),
                data: serde_json::from_str(second.strip_prefix("data: ").unwrap_or_else(|| panic!("{block}"))).unwrap(),
            };
            if event.name == name {
                return Some(event);
            }
        }
    }

    /// The next event of this name.
    pub async fn next(&mut self, name: &str) -> Value {
        // Others, and the comments between them, do not end.
        let next = tokio::time::timeout(PATIENCE, self.try_next(name)).await;
        next.unwrap_or_else(|_| panic!("never came: {name}")).expect("the stream goes on").data
    }

    /// Up to the next empty line.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(block);
            }
            let size = String::from_utf8(self.connection.until(b"\r\n").await.unwrap()).unwrap();
            let size = usize::from_str_radix(size.trim(), 16).unwrap();
            if size == 0 {
                return None;
            }
            self.text.push_str(&String::from_utf8(self.connection.exactly(size).await.unwrap()).unwrap());
            self.connection.exactly(2).await.unwrap();
        }
    }
}
