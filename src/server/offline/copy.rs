//! A copy of the files that handlers read, so that nothing is ever written into the data that are given.
//!
//! Of the user's databases their logs and journals are copied too, for what they hold is part of the data; their indices
//! (`-shm`) are made anew. Backups and other users are only ever listed, and are there by name and size alone. The files
//! are read as files and never opened by `SQLite`, which would leave others beside them.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use tempfile::TempDir;

use super::OfflineError;
use crate::session::files::is_directory_name;

/// A user's main database.
const MAIN: &str = "rotkehlchen.db";
/// What is in the name of every backup.
const BACKUP: &str = "_rotkehlchen_db_v";

/// A copy that nobody else can read, removed on drop.
#[derive(Debug)]
pub struct DataCopy {
    source: PathBuf,
    user: String,
    directory: TempDir,
}

/// A file at the moment of the copy.
type Stamp = (PathBuf, u64, Option<SystemTime>);

impl DataCopy {
    /// Copies what handlers need of a user's data. Blocking file I/O.
    ///
    /// # Errors
    /// Something is missing, can not be copied, or is just being written.
    pub fn of(source: &Path, user: &str) -> Result<Self, OfflineError> {
        Self::while_it_lasts(source, user, || ())
    }

    /// The same, with what happens meanwhile.
    fn while_it_lasts(source: &Path, user: &str, meanwhile: impl FnOnce()) -> Result<Self, OfflineError> {
        if !source.is_dir() {
            return Err(OfflineError::NoDirectory(source.to_owned()));
        }
        if !is_directory_name(user) {
            return Err(OfflineError::BadName(user.to_owned()));
        }
        let (users, theirs) = (source.join("users"), source.join("users").join(user));
        if !theirs.is_dir() {
            return Err(OfflineError::NoUser { user: user.to_owned(), directory: users });
        }
        let mut wanted = databases(&theirs)?;
        wanted.extend(beside(&source.join("global").join("global.db")));
        for needed in [theirs.join(MAIN), source.join("global").join("global.db")] {
            if !needed.is_file() {
                return Err(OfflineError::Missing(needed));
            }
        }
        let before = stamps(&wanted)?;
        let temporary = std::env::temp_dir();
        let directory = TempDir::with_prefix("cutover-").map_err(failed(&temporary))?;
        let copy = Self { source: source.to_owned(), user: user.to_owned(), directory };
        for file in &wanted {
            copy.write(file, |to| io::copy(&mut File::open(file)?, to).map(drop))?;
        }
        copy.name_backups(&theirs)?;
        copy.name_users(&users)?;
        meanwhile();
        // Pages that were copied before a change, and others after it, are no database.
        let mut after = databases(&theirs)?;
        after.extend(beside(&source.join("global").join("global.db")));
        if stamps(&after).ok() != Some(before) {
            return Err(OfflineError::InUse(source.to_owned()));
        }
        Ok(copy)
    }

    /// Another copy of the same data, as they are now at their source: for a sequence of writes that has to begin where
    /// the recorded one did. Blocking file I/O.
    ///
    /// # Errors
    /// As [`DataCopy::of`].
    pub fn fresh(&self) -> Result<Self, OfflineError> {
        Self::of(&self.source, &self.user)
    }

    /// Where the copy is: a data directory, as far as handlers look into it.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Whose data it is.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// A message about the copy, told of what was copied.
    pub(super) fn told_of_source(&self, message: &str) -> String {
        message.replace(&self.path().display().to_string(), &self.source.display().to_string())
    }

    /// Writes the file that stands for one of the source.
    fn write(&self, file: &Path, fill: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), OfflineError> {
        let below = file.strip_prefix(&self.source).map_err(|error| failed(file)(io::Error::other(error)))?;
        let to = self.path().join(below);
        let written = || {
            fs::create_dir_all(to.parent().unwrap_or(self.path()))?;
            // Not fs::copy: it would be as read-only as a snapshot may be.
            fill(&mut File::create(&to)?)
        };
        written().map_err(failed(file))
    }

    /// Backups by name and size: holes, which take no room.
    fn name_backups(&self, directory: &Path) -> Result<(), OfflineError> {
        for entry in entries(directory)? {
            let kind = entry.file_type().map_err(failed(&entry.path()))?;
            if kind.is_dir() {
                self.name_backups(&entry.path())?;
            } else if kind.is_file() && entry.file_name().to_string_lossy().contains(BACKUP) {
                let size = entry.metadata().map_err(failed(&entry.path()))?.len();
                self.write(&entry.path(), |to| to.set_len(size))?;
            }
        }
        Ok(())
    }

    /// Other users by name: they are listed where there is a database in their directory.
    fn name_users(&self, users: &Path) -> Result<(), OfflineError> {
        for entry in entries(users)? {
            let database = entry.path().join(MAIN);
            if entry.file_name() != OsStr::new(&self.user) && database.exists() {
                self.write(&database, |_| Ok(()))?;
            }
        }
        Ok(())
    }
}

/// The databases in a directory, each with what belongs to it.
fn databases(directory: &Path) -> Result<Vec<PathBuf>, OfflineError> {
    let mut found: Vec<PathBuf> = entries(directory)?.iter().map(fs::DirEntry::path).collect();
    found.retain(|path| path.extension() == Some(OsStr::new("db")));
    found.sort();
    Ok(found.iter().flat_map(|path| beside(path)).collect())
}

/// A database, its log and its journal, as far as they are there.
fn beside(database: &Path) -> Vec<PathBuf> {
    let with = |suffix: &str| {
        let mut path = database.as_os_str().to_owned();
        path.push(suffix);
        PathBuf::from(path)
    };
    ["", "-wal", "-journal"].into_iter().map(with).filter(|path| path.is_file()).collect()
}

fn stamps(files: &[PathBuf]) -> Result<Vec<Stamp>, OfflineError> {
    let stamp = |file: &PathBuf| {
        let data = fs::metadata(file).map_err(failed(file))?;
        Ok((file.clone(), data.len(), data.modified().ok()))
    };
    files.iter().map(stamp).collect()
}

fn entries(directory: &Path) -> Result<Vec<fs::DirEntry>, OfflineError> {
    let read = fs::read_dir(directory).and_then(Iterator::collect);
    read.map_err(failed(directory))
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> OfflineError {
    let path = path.to_owned();
    move |source| OfflineError::Copy { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A data directory with these files, each with its own path in it.
    fn data(files: &[&str]) -> TempDir {
        let directory = TempDir::new().unwrap();
        for file in files {
            let path = directory.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, file).unwrap();
            let mut rights = fs::metadata(&path).unwrap().permissions();
            rights.set_readonly(true);
            fs::set_permissions(&path, rights).unwrap();
        }
        directory
    }

    /// Every file below, and what is in it.
    fn listing(directory: &Path) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut left = vec![directory.to_owned()];
        while let Some(next) = left.pop() {
            for entry in fs::read_dir(next).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    left.push(path);
                } else {
                    let name = path.strip_prefix(directory).unwrap().display().to_string();
                    found.push((name, fs::read_to_string(&path).unwrap()));
                }
            }
        }
        found.sort();
        found
    }

    #[test]
    fn what_handlers_read_is_copied_and_what_they_list_is_there_by_name() {
        let source = data(&[
            "global/global.db",
            "global/global.db-wal",
            "global/global.db-shm",
            "images/assets/x.png",
            "logs/rotki.log",
            "users/ada/1_rotkehlchen_db_v49.backup",
            "users/ada/dbinfo.json",
            "users/ada/rotkehlchen.db",
            "users/ada/rotkehlchen.db-journal",
            "users/ada/rotkehlchen.db-shm",
            "users/ada/rotkehlchen_transient.db",
            "users/ada/rotkehlchen_transient.db-wal",
            "users/bob/rotkehlchen.db",
            "users/no-user/x",
        ]);
        let before = listing(source.path());
        let copy = DataCopy::of(source.path(), "ada").unwrap();
        let whole = |name: &str| (name.to_owned(), name.to_owned());
        let expected = [
            whole("global/global.db"),
            whole("global/global.db-wal"),
            ("users/ada/1_rotkehlchen_db_v49.backup".to_owned(), "\0".repeat(37)),
            whole("users/ada/rotkehlchen.db"),
            whole("users/ada/rotkehlchen.db-journal"),
            whole("users/ada/rotkehlchen_transient.db"),
            whole("users/ada/rotkehlchen_transient.db-wal"),
            ("users/bob/rotkehlchen.db".to_owned(), String::new()),
        ];
        assert_eq!(listing(copy.path()), expected);
        // What is written into one copy is in no other.
        fs::write(copy.path().join("users/ada/rotkehlchen.db"), "written").unwrap();
        assert_eq!(listing(copy.fresh().unwrap().path()), expected);
        assert_eq!(listing(source.path()), before);
        let path = copy.path().to_owned();
        drop(copy);
        assert!(!path.exists());
    }

    #[test]
    fn files_that_change_while_they_are_copied_are_no_copy() {
        let source = data(&["global/global.db", "users/ada/rotkehlchen.db"]);
        let log = source.path().join("users/ada/rotkehlchen.db-wal");
        let copied = |text: Option<&str>| {
            let written = || text.into_iter().for_each(|text| fs::write(&log, text).unwrap());
            DataCopy::while_it_lasts(source.path(), "ada", written)
        };
        for text in ["a log that was not there", "grown"] {
            assert!(matches!(copied(Some(text)), Err(OfflineError::InUse(_))), "{text}");
            assert!(copied(None).is_ok(), "at rest again");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let said = |files: &[&str], user: &str| {
            let source = data(files);
            let error = DataCopy::of(source.path(), user).unwrap_err().to_string();
            error.replace(&source.path().display().to_string(), "DATA")
        };
        let both = &["global/global.db", "users/ada/rotkehlchen.db"];
        assert_eq!(said(both, "bob"), "there is no user \"bob\" in DATA/users");
        assert_eq!(said(both, "../global"), "\"../global\" is no user's name");
        assert_eq!(said(&both[..1], "ada"), "there is no user \"ada\" in DATA/users");
        assert_eq!(said(&both[1..], "ada"), "DATA/global/global.db is missing");
        assert_eq!(said(&["users/ada/x"], "ada"), "DATA/users/ada/rotkehlchen.db is missing");
        let error = DataCopy::of(Path::new("/nowhere"), "ada").unwrap_err().to_string();
        assert!(error.starts_with("/nowhere is no directory"), "{error}");
    }
}
