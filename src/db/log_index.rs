//! How far a write-ahead log has been copied back, and who keeps it from going on: told by the index beside it, without
//! opening the database and without its key.
//!
//! <https://sqlite.org/walformat.html#the_wal_index_file_format>: all numbers are in the machine's own order. For a
//! process that has the database open itself this is no way to look: closing the index would give up its locks.

use std::path::Path;

use super::{
    holders::{self, Holder},
    wal,
};

/// Where in the index its numbers are.
const FORMAT: usize = 0;
const SECOND_HEADER: usize = 48;
const LAST_FRAME: usize = 16;
const COPIED: usize = 96;
const READ_MARKS: usize = 100;
const READ_MARK_COUNT: usize = 5;
/// The only format there is.
const KNOWN: u32 = 3_007_000;
/// A read mark that nobody set.
const UNSET: u32 = u32::MAX;

/// A log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Frames (pages) in it.
    pub frames: u32,
    /// Frames of those that are in the database already.
    pub copied: u32,
    /// Who reads as of an earlier frame than the last, and so keeps what is newer from being copied.
    pub held_by: Vec<Holder>,
}

/// Of a database; none where it has no index, or one that is being written or not understood.
#[must_use]
pub fn progress(database: &Path) -> Option<Progress> {
    let index = std::fs::read(wal::index_of(database)).ok()?;
    let (frames, copied, marks) = numbers(&index)?;
    let held_by = (0..READ_MARK_COUNT)
        // The first is of those who need no frame at all, and let all of them be copied but not begun anew.
        .skip(1)
        .filter(|slot| marks[*slot] != UNSET && marks[*slot] < frames)
        .flat_map(|slot| holders::of_a_read_mark(database, slot as u64))
        .collect();
    Some(Progress { frames, copied, held_by })
}

fn numbers(index: &[u8]) -> Option<(u32, u32, [u32; READ_MARK_COUNT])> {
    let number = |at: usize| Some(u32::from_ne_bytes(index.get(at..at + 4)?.try_into().ok()?));
    // Written twice; where the two differ somebody is at it.
    if number(FORMAT)? != KNOWN || index.get(..SECOND_HEADER)? != index.get(SECOND_HEADER..2 * SECOND_HEADER)? {
        return None;
    }
    let mut marks = [UNSET; READ_MARK_COUNT];
    for (slot, mark) in marks.iter_mut().enumerate() {
        *mark = number(READ_MARKS + 4 * slot)?;
    }
    Some((number(LAST_FRAME)?, number(COPIED)?, marks))
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn frames_and_what_was_copied_of_them_are_read_from_the_index() {
        let directory = tempfile::TempDir::new().unwrap();
        let file = directory.path().join("x.db");
        assert_eq!(progress(&file), None, "there is none");
        let open = || Connection::open(&file).unwrap();
        let writer = open();
        writer.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t(x)").unwrap();
        let at = |frames, copied| (frames, copied);
        let now = || progress(&file).map(|progress| (progress.frames, progress.copied)).unwrap();
        let made = now();
        assert!(made.0 > 0 && made.1 == 0, "{made:?}");
        let reader = open();
        reader.execute_batch("BEGIN; SELECT * FROM t").unwrap();
        writer.execute_batch("INSERT INTO t VALUES (1)").unwrap();
        let frames = now().0;
        assert!(frames > made.0);
        let checkpoint = || writer.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).unwrap();
        checkpoint();
        assert_eq!(now(), at(frames, made.0), "no further than the reader's mark");
        reader.execute_batch("COMMIT").unwrap();
        checkpoint();
        assert_eq!(now(), at(frames, frames));
    }

    #[test]
    fn an_index_that_is_half_written_or_unknown_says_nothing() {
        let mut index = vec![0; 136];
        assert_eq!(numbers(&index), None);
        index[..4].copy_from_slice(&KNOWN.to_ne_bytes());
        assert_eq!(numbers(&index), None, "the second header differs");
        index[48..52].copy_from_slice(&KNOWN.to_ne_bytes());
        assert_eq!(numbers(&index), Some((0, 0, [0; 5])));
        assert_eq!(numbers(&index[..110]), None);
    }
}
