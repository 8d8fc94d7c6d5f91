//! One message on its way to many clients: encoded once, shared by reference.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

use super::{
    frame::header::Header,
    message::{Class, Delivery, Key},
};

/// A message in the queues of clients.
#[derive(Debug)]
pub struct Outgoing {
    /// The whole frame, as every client gets it.
    pub frame: Bytes,
    /// Its place among all messages of this bridge.
    pub number: u64,
    /// What may become of it where it has to wait.
    pub class: Class,
    /// Messages of [`Class::Progress`] with the same key supersede each other.
    pub key: Option<Key>,
    /// Clients that took it into their queue; unknown until every one was asked.
    accepted: AtomicUsize,
    /// Of those, the ones that ended without it.
    failed: AtomicUsize,
}

const UNKNOWN: usize = usize::MAX;

impl Outgoing {
    /// A message that nobody has taken yet.
    #[must_use]
    pub fn new(frame: Bytes, number: u64, delivery: Delivery) -> Self {
        let Delivery { class, key } = delivery;
        Self { frame, number, class, key, accepted: AtomicUsize::new(UNKNOWN), failed: AtomicUsize::new(0) }
    }

    /// The text in the frame.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        Header::read(&self.frame).map_or(&[], |(_, at)| &self.frame[at..])
    }

    /// Every client was asked, and so many took it. Gives whether it turned out that nobody gets it.
    pub fn asked_all(&self, accepted: usize) -> bool {
        self.accepted.store(accepted, Ordering::SeqCst);
        self.failed.load(Ordering::SeqCst) == accepted
    }

    /// A client that took it ended without it. Gives whether it turned out that nobody gets it.
    pub fn failed(&self) -> bool {
        let failed = self.failed.fetch_add(1, Ordering::SeqCst) + 1;
        failed == self.accepted.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notifier::frame::{Opcode, encode};

    #[test]
    fn a_message_is_nobodys_once_everyone_who_took_it_has_ended_without_it() {
        let outgoing = |text: &[u8]| {
            Outgoing::new(encode::frame(Opcode::Text, text), 1, Delivery { class: Class::Notice, key: None })
        };
        let message = outgoing(b"x");
        assert!(!message.failed(), "others may still be asked");
        assert!(!message.asked_all(2));
        assert!(message.failed());
        assert!(outgoing(b"x").asked_all(0));
        let long = vec![b'y'; 70_000];
        assert_eq!(outgoing(&long).text(), long);
    }
}
