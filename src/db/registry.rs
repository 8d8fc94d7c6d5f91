//! Which database files this process has open.
//!
//! POSIX locks belong to the process, and closing any descriptor of a file gives up all of them (fcntl(2); `SQLite`'s
//! "How To Corrupt", 2.2). Whoever wants to look into a database file with something other than `SQLite` asks here.

use std::{collections::HashMap, path::Path};

use parking_lot::Mutex;

/// Device and inode.
pub(super) type Identity = (u64, u64);

static OPEN: Mutex<Option<HashMap<Identity, usize>>> = Mutex::new(None);

/// Counts a file as open while it lives.
#[derive(Debug)]
pub(super) struct Registered(Option<Identity>);

impl Registered {
    /// The file behind a path; none if there is none.
    pub(super) fn of(path: &Path) -> Self {
        Self::new(identity(path).ok().flatten())
    }

    pub(super) fn new(identity: Option<Identity>) -> Self {
        if let Some(identity) = identity {
            *OPEN.lock().get_or_insert_default().entry(identity).or_default() += 1;
        }
        Self(identity)
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let Some(identity) = self.0 else { return };
        let mut open = OPEN.lock();
        let Some(open) = open.as_mut() else { return };
        if let Some(count) = open.get_mut(&identity) {
            *count -= 1;
            if *count == 0 {
                open.remove(&identity);
            }
        }
    }
}

/// Looks into a file, unless it is open as a database; nobody opens it as one meanwhile.
pub(super) fn unless_open<R>(file: &Path, look: impl FnOnce() -> R) -> Option<R> {
    let open = OPEN.lock();
    let identity = identity(file).ok().flatten()?;
    if open.as_ref().is_some_and(|open| open.contains_key(&identity)) { None } else { Some(look()) }
}

/// Device and inode of the file behind a path; none where files have none.
#[cfg(unix)]
pub(super) fn identity(path: &Path) -> std::io::Result<Option<Identity>> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(path)?;
    Ok(Some((metadata.dev(), metadata.ino())))
}

/// Device and inode of the file behind a path; none where files have none.
#[cfg(not(unix))]
pub(super) fn identity(path: &Path) -> std::io::Result<Option<Identity>> {
    std::fs::metadata(path).map(|_| None)
}
