//! Who may hold a database's locks: Linux tells in `/proc/locks`, by inode and process.

use std::{fmt, path::Path};

/// A process that holds a lock on a database's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its process id; 0 if the kernel does not show it (another container's).
    pub pid: u32,
    /// Its command, as `ps` shows it; empty if it cannot be read.
    pub command: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pid == std::process::id() {
            write!(f, "this process ({})", self.pid)
        } else if self.command.is_empty() {
            write!(f, "process {}", self.pid)
        } else {
            write!(f, "process {} ({})", self.pid, self.command)
        }
    }
}

impl Holder {
    /// `; the lock may be held by process 4242 (python)`.
    pub(super) fn list(holders: &[Self]) -> String {
        if holders.is_empty() {
            return "; another process, or another connection of this one, may hold the lock".to_owned();
        }
        let named: Vec<String> = holders.iter().map(Self::to_string).collect();
        format!("; the lock may be held by {}", named.join(", "))
    }
}

/// First and last byte of a lock's range in a file. <https://sqlite.org/walformat.html#wal_locks>: locks lie at byte 120
/// and up of the WAL index, the write lock first; every open connection holds the byte at 128.
type Range = (u64, u64);
const WAL_WRITE: Range = (120, 120);
/// The first of the read marks' locks.
const WAL_READ: u64 = 123;
const WAL_OPEN: Range = (128, 128);
/// Pending and reserved byte of the main file, for databases that are not in WAL mode.
const RESERVED: Range = (0x4000_0000, 0x4000_0001);

/// Who may hold the write lock.
#[must_use]
pub fn of_the_write_lock(database: &Path) -> Vec<Holder> {
    let look = || {
        let mut holders = locked(&super::wal::index_of(database), WAL_WRITE, true);
        holders.extend(locked(database, RESERVED, true));
        holders
    };
    // The kernel shows its list page by page, and a line may slip between two.
    let holders = look();
    if holders.is_empty() { look() } else { holders }
}

/// Whether another process has the database open in WAL mode. Where the kernel does not tell, it may.
#[must_use]
pub fn others_have_it_open(database: &Path) -> bool {
    let index = super::wal::index_of(database);
    !sees_all() || locked(&index, WAL_OPEN, false).iter().any(|holder| holder.pid != std::process::id())
}

/// The first namespace of process ids, of which every process is (`PROC_PID_INIT_INO` in the kernel's `proc_ns.h`).
const FIRST: &str = "pid:[4026531836]";

/// Whether the kernel shows the locks of all processes: it leaves out those of processes that have no number in the
/// namespace of whoever looks (`locks_show` in its `fs/locks.c`), as beside a container they have none in it.
fn sees_all() -> bool {
    std::fs::exists("/proc/locks").unwrap_or(false)
        && std::fs::read_link("/proc/self/ns/pid").is_ok_and(|namespace| namespace.as_os_str() == FIRST)
}

/// Who has the database open in WAL mode.
#[must_use]
pub fn of_the_database(database: &Path) -> Vec<Holder> {
    locked(&super::wal::index_of(database), WAL_OPEN, false)
}

/// Who reads by one of the log's five read marks.
#[must_use]
pub(super) fn of_a_read_mark(database: &Path, slot: u64) -> Vec<Holder> {
    let byte = WAL_READ + slot;
    locked(&super::wal::index_of(database), (byte, byte), false)
}

#[cfg(unix)]
fn locked(file: &Path, range: Range, exclusive: bool) -> Vec<Holder> {
    use std::os::unix::fs::MetadataExt;
    let (Ok(metadata), Ok(locks)) = (std::fs::metadata(file), std::fs::read_to_string("/proc/locks")) else {
        return Vec::new();
    };
    let mut holders: Vec<Holder> = Vec::new();
    for pid in locks.lines().filter_map(|line| matching(line, metadata.ino(), range, exclusive)) {
        if holders.iter().all(|holder| holder.pid != pid) {
            let command = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            holders.push(Holder { pid, command: command.trim_end().to_owned() });
        }
    }
    holders
}

#[cfg(not(unix))]
fn locked(_file: &Path, _range: Range, _exclusive: bool) -> Vec<Holder> {
    Vec::new()
}

/// The process of one line, as `3: POSIX  ADVISORY  WRITE 4242 fe:00:131 120 120` (proc(5)), if the lock is one looked
/// for. A line of a process that only waits has `->` after the number.
fn matching(line: &str, inode: u64, (first, last): Range, exclusive: bool) -> Option<u32> {
    let mut words = line.split_whitespace().skip(1);
    let (_kind, _advisory, mode) = (words.next().filter(|kind| *kind != "->")?, words.next()?, words.next()?);
    let (pid, file, start, end) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let end: u64 = if end == "EOF" { u64::MAX } else { end.parse().ok()? };
    let same_file = file.rsplit(':').next()?.parse() == Ok(inode);
    let overlaps = start.parse::<u64>().ok()? <= last && first <= end;
    if same_file && overlaps && (mode == "WRITE" || !exclusive) { pid.parse().ok().or(Some(0)) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_proc_locks_names_the_process_that_holds_the_range() {
        let line = "3: POSIX  ADVISORY  WRITE 4242 fe:00:131 120 120";
        assert_eq!(matching(line, 131, WAL_WRITE, true), Some(4242));
        assert_eq!(matching(line, 132, WAL_WRITE, true), None, "another file");
        assert_eq!(matching(line, 131, WAL_OPEN, false), None, "another range");
        assert_eq!(matching("3: POSIX  ADVISORY  READ  7 fe:00:131 124 127", 131, (124, 124), true), None, "shared");
        assert_eq!(matching("3: POSIX  ADVISORY  READ  7 fe:00:131 100 EOF", 131, WAL_OPEN, false), Some(7));
        assert_eq!(matching("3: -> POSIX ADVISORY WRITE 8 fe:00:131 120 120", 131, WAL_WRITE, true), None, "waits");
        assert_eq!(matching("rubbish", 131, WAL_WRITE, true), None);
    }
}
