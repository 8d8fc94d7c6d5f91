//! What waits for one client: bounded by count and bytes, and what may be left out when it does not take it.

use std::{collections::VecDeque, io::IoSlice, sync::Arc};

use bytes::Bytes;

use super::{ending::End, message::Class, outgoing::Outgoing};

/// Frames written at once. Linux takes up to 1024; beyond some dozens nothing is gained.
pub const BATCH: usize = 64;

/// Bounds of a client that does not take what is sent.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Messages.
    pub count: usize,
    /// Bytes behind the message that is being written. The last one may exceed it.
    pub bytes: usize,
}

/// Something to be written.
#[derive(Debug)]
enum Item {
    /// A message that others get as well.
    Shared(Arc<Outgoing>),
    /// A frame for this client alone: an echo, a control frame.
    Own(Bytes),
}

impl Item {
    fn frame(&self) -> &Bytes {
        match self {
            Self::Shared(outgoing) => &outgoing.frame,
            Self::Own(frame) => frame,
        }
    }
}

/// What became of a message that was to be queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// It waits; as many others were left out for it, superseded by it or of no use any more.
    Queued {
        /// Progress that a newer message of its kind superseded.
        coalesced: usize,
        /// Progress that had to make room.
        evicted: usize,
    },
    /// It is progress, and there is no room for it.
    LeftOut,
    /// It waits, but there is no room: the client is to be let go.
    Overflow,
    /// The client is at its end.
    Ended,
}

/// The queue of one client.
#[derive(Debug, Default)]
pub struct Outbox {
    items: VecDeque<Item>,
    /// Bytes of the first item that are written.
    written: usize,
    /// Bytes in all items, those written of the first included.
    bytes: usize,
    /// Bytes of frames for this client alone.
    own: usize,
    /// Messages that were written to their end.
    sent: u64,
    /// The client's socket takes nothing for now.
    pub blocked: bool,
    /// Why the client's time is over, once it is.
    pub end: Option<End>,
}

impl Outbox {
    /// One whose socket takes nothing yet.
    #[must_use]
    pub fn blocked() -> Self {
        Self { blocked: true, ..Self::default() }
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Frames and bytes that wait, and messages that were written to their end.
    #[must_use]
    pub fn depth(&self) -> (usize, usize, u64) {
        (self.items.len(), self.bytes - self.written, self.sent)
    }

    /// Bytes of frames for this client alone that wait.
    #[must_use]
    pub fn own_bytes(&self) -> usize {
        self.own
    }

    /// Queues a message. Nothing is ever left out for a client that takes what it gets: the bounds are those of one
    /// whose socket is full.
    pub fn push(&mut self, outgoing: &Arc<Outgoing>, bounds: Bounds) -> Pushed {
        if self.end.is_some() {
            return Pushed::Ended;
        }
        let (mut coalesced, mut evicted) = (0, 0);
        if self.blocked {
            if outgoing.class == Class::Progress {
                coalesced = self.supersede(outgoing);
            }
            while !self.fits(bounds) {
                let Some(oldest) = self.removable(|outgoing| outgoing.class == Class::Progress) else {
                    if outgoing.class == Class::Progress {
                        return Pushed::LeftOut;
                    }
                    self.add(Item::Shared(Arc::clone(outgoing)));
                    return Pushed::Overflow;
                };
                self.remove(oldest);
                evicted += 1;
            }
        }
        self.add(Item::Shared(Arc::clone(outgoing)));
        Pushed::Queued { coalesced, evicted }
    }

    /// Queues a frame for this client alone.
    pub fn push_own(&mut self, frame: Bytes) {
        self.own += frame.len();
        self.add(Item::Own(frame));
    }

    fn add(&mut self, item: Item) {
        self.bytes += item.frame().len();
        self.items.push_back(item);
    }

    /// Whether one more may wait. What is being written counts for nothing, and the last one may be of any size: a
    /// single large message is no reason to let a client go.
    fn fits(&self, bounds: Bounds) -> bool {
        let Some(first) = self.items.front() else { return true };
        self.items.len() < bounds.count && self.bytes - first.frame().len() <= bounds.bytes
    }

    /// Takes out what a newer message of the same key replaces. The newer one goes to the end: in the older one's
    /// place it would overtake what came between.
    fn supersede(&mut self, newer: &Outgoing) -> usize {
        let Some(key) = &newer.key else { return 0 };
        let older = self.removable(|older| older.class == Class::Progress && older.key.as_ref() == Some(key));
        older.map_or(0, |at| {
            self.remove(at);
            1
        })
    }

    /// The first message of some kind of which nothing is written yet.
    fn removable(&self, wanted: impl Fn(&Outgoing) -> bool) -> Option<usize> {
        let begun = usize::from(self.written > 0);
        let found = self.items.iter().skip(begun).position(|item| match item {
            Item::Shared(outgoing) => wanted(outgoing),
            Item::Own(_) => false,
        });
        found.map(|at| at + begun)
    }

    fn remove(&mut self, at: usize) {
        if let Some(item) = self.items.remove(at) {
            self.bytes -= item.frame().len();
        }
    }

    /// What to write next; how many of the slices are filled.
    pub fn batch<'a>(&'a self, slices: &mut [IoSlice<'a>; BATCH]) -> usize {
        let mut filled = 0;
        for (slice, item) in slices.iter_mut().zip(&self.items) {
            let from = if filled == 0 { self.written } else { 0 };
            *slice = IoSlice::new(&item.frame()[from..]);
            filled += 1;
        }
        filled
    }

    /// So many bytes were written.
    pub fn advance(&mut self, mut count: usize) {
        while let Some(first) = self.items.front() {
            let (length, own) = (first.frame().len(), matches!(first, Item::Own(_)));
            let left = length - self.written;
            if count < left {
                self.written += count;
                return;
            }
            count -= left;
            self.written = 0;
            self.bytes -= length;
            if own {
                self.own -= length;
            } else {
                self.sent += 1;
            }
            self.items.pop_front();
        }
        // An idle client holds no memory for what it got once.
        self.items.shrink_to(BATCH);
    }

    /// Takes out every message that was not written to its end. What is begun stays, for its rest to be written before
    /// anything else, unless the connection is over in any case.
    pub fn take_rest(&mut self, keep_begun: bool) -> Vec<Arc<Outgoing>> {
        let begun = if keep_begun && self.written > 0 { self.items.pop_front() } else { None };
        let rest = std::mem::take(&mut self.items);
        (self.bytes, self.own) = (0, 0);
        let mut messages: Vec<Arc<Outgoing>> = rest
            .into_iter()
            .filter_map(|item| match item {
                Item::Shared(outgoing) => Some(outgoing),
                Item::Own(_) => None,
            })
            .collect();
        match begun {
            // Whether its rest will be taken is not known; a message too many is better than one too few.
            Some(Item::Shared(outgoing)) => {
                messages.insert(0, Arc::clone(&outgoing));
                self.add(Item::Own(outgoing.frame.clone()));
                self.own += outgoing.frame.len();
            }
            Some(Item::Own(frame)) => self.push_own(frame),
            None => self.written = 0,
        }
        messages
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;
    use crate::notifier::message::{Delivery, Key};

    const BOUNDS: Bounds = Bounds { count: 4, bytes: 100 };

    fn message(number: u64, class: Class, key: Option<&str>, length: usize) -> Arc<Outgoing> {
        let frame = Bytes::from(vec![u8::try_from(number).unwrap(); length]);
        Arc::new(Outgoing::new(frame, number, Delivery { class, key: key.map(Key::from) }))
    }

    fn numbers(outbox: &Outbox) -> Vec<u8> {
        outbox.items.iter().map(|item| item.frame()[0]).collect()
    }

    const QUEUED: Pushed = Pushed::Queued { coalesced: 0, evicted: 0 };

    #[test]
    fn a_client_that_takes_what_it_gets_gets_everything() {
        let mut outbox = Outbox::default();
        for number in 0..20 {
            assert_eq!(outbox.push(&message(number, Class::Progress, Some("k"), 50), BOUNDS), QUEUED);
        }
        assert_eq!(outbox.items.len(), 20);
    }

    #[test]
    fn newer_progress_takes_the_place_of_older_of_its_key_at_the_end_of_the_queue() {
        let mut outbox = Outbox::blocked();
        outbox.push(&message(1, Class::Progress, Some("a"), 5), BOUNDS);
        outbox.push(&message(2, Class::State, None, 5), BOUNDS);
        outbox.push(&message(3, Class::Progress, Some("b"), 5), BOUNDS);
        let pushed = outbox.push(&message(4, Class::Progress, Some("a"), 5), BOUNDS);
        assert_eq!(pushed, Pushed::Queued { coalesced: 1, evicted: 0 });
        assert_eq!(numbers(&outbox), [2, 3, 4]);
    }

    #[test]
    fn what_is_begun_is_not_taken_back() {
        let mut outbox = Outbox::blocked();
        outbox.push(&message(1, Class::Progress, Some("a"), 5), BOUNDS);
        outbox.advance(2);
        outbox.push(&message(2, Class::Progress, Some("a"), 5), BOUNDS);
        assert_eq!(numbers(&outbox), [1, 2]);
    }

    #[test]
    fn progress_makes_room_and_is_left_out_where_there_is_none() {
        let mut outbox = Outbox::blocked();
        for number in 1..=3 {
            outbox.push(&message(number, Class::Error, None, 5), BOUNDS);
        }
        outbox.push(&message(4, Class::Progress, Some("a"), 5), BOUNDS);
        let pushed = outbox.push(&message(5, Class::Error, None, 5), BOUNDS);
        assert_eq!(pushed, Pushed::Queued { coalesced: 0, evicted: 1 });
        assert_eq!(outbox.push(&message(6, Class::Progress, Some("b"), 5), BOUNDS), Pushed::LeftOut);
        assert_eq!(outbox.push(&message(7, Class::State, None, 5), BOUNDS), Pushed::Overflow);
        assert_eq!(numbers(&outbox), [1, 2, 3, 5, 7]);
    }

    #[test]
    fn a_large_message_is_no_reason_to_let_a_client_go_but_what_waits_behind_it_is() {
        let mut outbox = Outbox::blocked();
        for number in 1..=3 {
            assert_eq!(outbox.push(&message(number, Class::Notice, None, 101), BOUNDS), QUEUED, "{number}");
            if number == 2 {
                outbox.advance(101);
            }
        }
        assert_eq!(outbox.push(&message(4, Class::Notice, None, 1), BOUNDS), Pushed::Overflow);
    }

    #[test]
    fn what_was_begun_ends_before_anything_else_and_counts_as_not_delivered() {
        let mut outbox = Outbox::default();
        outbox.push(&message(1, Class::State, None, 5), BOUNDS);
        outbox.push(&message(2, Class::State, None, 5), BOUNDS);
        outbox.push_own(Bytes::from_static(b"\x09pong"));
        outbox.advance(2);
        let rest: Vec<u64> = outbox.take_rest(true).iter().map(|outgoing| outgoing.number).collect();
        assert_eq!(rest, [1, 2]);
        let mut slices = [IoSlice::new(&[]); BATCH];
        assert_eq!(outbox.batch(&mut slices), 1);
        assert_eq!(&*slices[0], [1; 3]);
        outbox.advance(3);
        assert!(outbox.is_empty());
        assert_eq!((outbox.bytes, outbox.own), (0, 0));
    }

    #[test]
    fn the_depth_is_what_waits_and_not_what_is_written() {
        let mut outbox = Outbox::default();
        outbox.push(&message(1, Class::State, None, 5), BOUNDS);
        outbox.push(&message(2, Class::State, None, 7), BOUNDS);
        assert_eq!(outbox.depth(), (2, 12, 0));
        outbox.advance(3);
        assert_eq!(outbox.depth(), (2, 9, 0));
        outbox.advance(2);
        assert_eq!(outbox.depth(), (1, 7, 1));
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_was_queued_whatever_the_socket_takes(
            lengths in prop::collection::vec(1usize..9, 1..100), steps in prop::collection::vec(1usize..40, 1..200),
        ) {
            let mut outbox = Outbox::default();
            let mut expected = Vec::new();
            for (number, length) in lengths.iter().enumerate() {
                let number = u8::try_from(number).unwrap();
                expected.extend(vec![number; *length]);
                if number % 3 == 0 {
                    outbox.push_own(Bytes::from(vec![number; *length]));
                } else {
                    outbox.push(&message(number.into(), Class::State, None, *length), BOUNDS);
                }
            }
            let mut written = Vec::new();
            for step in steps.iter().cycle() {
                let mut slices = [IoSlice::new(&[]); BATCH];
                let filled = outbox.batch(&mut slices);
                if filled == 0 {
                    break;
                }
                let bytes: Vec<u8> = slices[..filled].iter().flat_map(|slice| slice.to_vec()).take(*step).collect();
                written.extend_from_slice(&bytes);
                outbox.advance(bytes.len());
            }
            prop_assert_eq!(written, expected);
            prop_assert_eq!((outbox.bytes, outbox.own, outbox.written), (0, 0, 0));
            let messages = (0..lengths.len()).filter(|number| number % 3 != 0).count() as u64;
            prop_assert_eq!(outbox.depth(), (0, 0, messages));
        }
    }
}
