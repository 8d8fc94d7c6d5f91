//! What could be delivered to nobody, for the next `GET /api/1/messages`.

use std::collections::{BTreeSet, VecDeque};

use super::message::Entry;

/// Numbers of messages that are remembered to have been here, so that none is kept twice.
const REMEMBERED: usize = 8192;

/// Bounds on what is kept.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Messages.
    pub count: usize,
    /// Bytes of their texts.
    pub bytes: usize,
}

/// One that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptEntry {
    /// The number of its message.
    pub number: u64,
    /// As it will stand in the answer.
    pub entry: Entry,
}

/// What was taken out for an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    /// In their order.
    pub entries: Vec<KeptEntry>,
    logouts: u64,
}

/// Messages that nobody got, in their order.
#[derive(Debug, Default)]
pub struct Kept {
    entries: VecDeque<KeptEntry>,
    bytes: usize,
    /// Numbers of those that are or were here.
    known: BTreeSet<u64>,
    /// Logouts that had been seen when they were put here.
    logouts: u64,
    lost: u64,
}

impl Kept {
    /// Keeps a message, unless it has been here; the oldest make room for it. `logouts` is how many the session has
    /// seen: what was meant for a user who left since is forgotten, as legacy does it.
    pub fn put(&mut self, number: u64, entry: Entry, logouts: u64, bounds: Bounds) {
        self.forget_others(logouts);
        if !self.known.insert(number) {
            return;
        }
        if self.known.len() > REMEMBERED {
            self.known.pop_first();
        }
        self.bytes += size(&entry);
        // Hand-backs of several clients come in any order.
        let at = self.entries.partition_point(|kept| kept.number < number);
        self.entries.insert(at, KeptEntry { number, entry });
        self.shorten(bounds);
    }

    /// Takes everything out, for an answer that is about to be given.
    pub fn take(&mut self, logouts: u64) -> Taken {
        self.forget_others(logouts);
        self.bytes = 0;
        Taken { entries: self.entries.drain(..).collect(), logouts }
    }

    /// Puts back what was taken for an answer that nobody read.
    pub fn put_back(&mut self, taken: Taken, logouts: u64, bounds: Bounds) {
        self.forget_others(logouts);
        if taken.logouts != logouts {
            return;
        }
        for kept in taken.entries.into_iter().rev() {
            self.bytes += size(&kept.entry);
            self.entries.push_front(kept);
        }
        self.shorten(bounds);
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.entries.len()
    }

    /// How many had to go because there were too many.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost
    }

    fn forget_others(&mut self, logouts: u64) {
        if self.logouts != logouts {
            self.logouts = logouts;
            self.entries.clear();
            self.bytes = 0;
        }
    }

    fn shorten(&mut self, bounds: Bounds) {
        while self.entries.len() > bounds.count || (self.bytes > bounds.bytes && self.entries.len() > 1) {
            let Some(oldest) = self.entries.pop_front() else { return };
            self.bytes -= size(&oldest.entry);
            self.lost += 1;
        }
    }
}

fn size(entry: &Entry) -> usize {
    let (Entry::Warning(text) | Entry::Error(text)) = entry;
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { count: 3, bytes: 100 };

    fn error(text: &str) -> Entry {
        Entry::Error(text.into())
    }

    fn texts(kept: &mut Kept, logouts: u64) -> Vec<String> {
        kept.take(logouts)
            .entries
            .into_iter()
            .map(|kept| match kept.entry {
                Entry::Warning(text) | Entry::Error(text) => text,
            })
            .collect()
    }

    #[test]
    fn messages_are_kept_once_in_their_order_and_given_out_once() {
        let mut kept = Kept::default();
        for number in [2, 1, 2, 3] {
            kept.put(number, error(&number.to_string()), 0, BOUNDS);
        }
        assert_eq!(texts(&mut kept, 0), ["1", "2", "3"]);
        kept.put(2, error("2"), 0, BOUNDS);
        assert!(texts(&mut kept, 0).is_empty(), "another client hands back what was given out already");
    }

    #[test]
    fn the_oldest_make_room_by_count_and_by_bytes() {
        let mut kept = Kept::default();
        for number in 1..=4 {
            kept.put(number, error(&number.to_string()), 0, BOUNDS);
        }
        assert_eq!(texts(&mut kept, 0), ["2", "3", "4"]);
        kept.put(5, error("small"), 0, BOUNDS);
        kept.put(6, error(&"x".repeat(200)), 0, BOUNDS);
        assert_eq!(texts(&mut kept, 0), ["x".repeat(200)], "one that is too large by itself is not thrown away");
        assert_eq!(kept.lost(), 2);
    }

    #[test]
    fn what_was_taken_and_not_given_comes_first_again() {
        let mut kept = Kept::default();
        kept.put(1, error("1"), 0, BOUNDS);
        let taken = kept.take(0);
        kept.put(2, error("2"), 0, BOUNDS);
        kept.put_back(taken, 0, BOUNDS);
        assert_eq!(texts(&mut kept, 0), ["1", "2"]);
    }

    #[test]
    fn nothing_is_kept_for_another_user() {
        let mut kept = Kept::default();
        kept.put(1, error("1"), 0, BOUNDS);
        let taken = kept.take(0);
        kept.put(2, error("2"), 0, BOUNDS);
        assert!(texts(&mut kept, 1).is_empty());
        kept.put_back(taken, 1, BOUNDS);
        kept.put(3, error("3"), 1, BOUNDS);
        assert_eq!(texts(&mut kept, 1), ["3"]);
    }
}
