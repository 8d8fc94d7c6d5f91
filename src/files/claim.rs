//! The right to write a file, and how it goes from one process to the next.

use std::{
    collections::BTreeMap,
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf, absolute},
    sync::{Arc, Weak},
};

use parking_lot::Mutex;

use super::{beside, private};

/// Locks of this process, by their paths.
static HELD: Mutex<BTreeMap<PathBuf, Weak<File>>> = Mutex::new(BTreeMap::new());
/// Locks that another process handed to this one, and that nobody has asked for yet.
static HANDED: Mutex<BTreeMap<PathBuf, File>> = Mutex::new(BTreeMap::new());

/// The right to write a file: the lock beside it, which is the operating system's and ends with the process however that
/// ends; the file that carries it stays.
///
/// It is not the file itself: that may be replaced, and closing any descriptor of an `SQLite` file would give up
/// `SQLite`'s locks on it (POSIX), while readers are to come and go.
#[derive(Debug)]
pub struct Claim {
    _lock: Arc<File>,
    path: PathBuf,
}

/// Why there is none.
#[derive(Debug)]
pub enum Unclaimed {
    /// Another bridge has it.
    Taken,
    /// The lock can not be made.
    Failed(io::Error),
}

impl Claim {
    /// Takes it, or says at once why not. One that was handed to this process is there already.
    ///
    /// # Errors
    /// Another process has it, or the lock can not be made.
    pub fn take(file: &Path) -> Result<Self, Unclaimed> {
        let path = absolute(beside(file, ".lock")).map_err(Unclaimed::Failed)?;
        if let Some(lock) = HANDED.lock().remove(&path) {
            return Ok(Self::noted(lock, path));
        }
        let lock = private().create(true).truncate(false).open(&path).map_err(Unclaimed::Failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self::noted(lock, path)),
            Err(TryLockError::WouldBlock) => Err(Unclaimed::Taken),
            Err(TryLockError::Error(error)) => Err(Unclaimed::Failed(error)),
        }
    }

    fn noted(lock: File, path: PathBuf) -> Self {
        let lock = Arc::new(lock);
        let mut held = HELD.lock();
        held.retain(|_, lock| lock.strong_count() > 0);
        held.insert(path.clone(), Arc::downgrade(&lock));
        Self { _lock: lock, path }
    }

    /// Gives it up without a trace, because the file is not ours.
    pub fn withdraw(self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// The locks that this process holds, for another one that is to go on in its place. A lock is its open file
/// description's (flock(2)): a process that is handed the descriptor holds it as well, and goes on doing so when this one
/// has ended.
#[must_use]
pub fn held() -> Vec<(PathBuf, Arc<File>)> {
    HELD.lock().iter().filter_map(|(path, lock)| Some((path.clone(), lock.upgrade()?))).collect()
}

/// Takes in a lock that another process hands on: whoever claims its file finds it.
pub fn take_in(path: PathBuf, lock: File) {
    HANDED.lock().insert(path, lock);
}

/// Gives up what was handed and nobody wanted: this process writes other files than the one before.
pub fn give_up_handed() {
    HANDED.lock().clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_is_handed_on_outlives_the_one_who_had_it() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("journal");
        let taken = Claim::take(&file).unwrap();
        let path = directory.path().join("journal.lock");
        let handed = held().into_iter().find(|(held, _)| *held == path).unwrap().1.try_clone().unwrap();
        drop(taken);
        assert!(matches!(Claim::take(&file), Err(Unclaimed::Taken)), "somebody has the descriptor");
        take_in(path.clone(), handed);
        let again = Claim::take(&file).unwrap();
        assert!(matches!(Claim::take(&file), Err(Unclaimed::Taken)));
        drop(again);
        assert!(Claim::take(&file).is_ok());
        assert!(!held().iter().any(|(held, _)| *held == path), "what nobody has is not handed on");
    }
}
