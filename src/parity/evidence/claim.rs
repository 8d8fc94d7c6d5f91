//! Who may write an evidence file: the one bridge that holds the lock beside it.
//!
//! The lock is the operating system's, and ends with the process however it ends; the file that carries it stays. It is
//! not the evidence file itself, because closing any descriptor of that would give up `SQLite`'s locks on it (POSIX), and
//! readers are to come and go.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// The right to write an evidence file.
#[derive(Debug)]
pub(super) struct Claim {
    _lock: File,
    path: PathBuf,
}

/// Why there is none.
#[derive(Debug)]
pub(super) enum Unclaimed {
    /// Another bridge has it.
    Taken,
    /// The lock can not be made.
    Failed(io::Error),
}

impl Claim {
    /// Takes it, or says at once why not.
    pub(super) fn take(file: &Path) -> Result<Self, Unclaimed> {
        let path = beside(file, ".lock");
        let lock = private().create(true).truncate(false).open(&path).map_err(Unclaimed::Failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { _lock: lock, path }),
            Err(TryLockError::WouldBlock) => Err(Unclaimed::Taken),
            Err(TryLockError::Error(error)) => Err(Unclaimed::Failed(error)),
        }
    }

    /// Gives it up without a trace, because the file is not ours.
    pub(super) fn withdraw(self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A path with something appended to the name.
pub(super) fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// How a file is made that nobody else may read.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
