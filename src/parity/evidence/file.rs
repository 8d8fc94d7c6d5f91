//! The evidence file: whether it is ours, making it, and setting a damaged one aside.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use rusqlite::{Connection, OpenFlags};

use super::{
    EvidenceError, Limits,
    load::{self, Loaded},
    store::{self, APPLICATION, Store, VERSION},
};
use crate::files::{self, Claim, Unclaimed, beside, private};

/// Why there is no file to write.
#[derive(Debug)]
pub(super) enum Unopened {
    /// It is not to be written, and a person should know before anything runs.
    Refused(EvidenceError),
    /// It can not be written now.
    Unusable(String),
}

/// Opens a file, making it if need be. Blocking.
pub(super) fn open(path: &Path, limits: &Limits) -> Result<(Store, Loaded), Unopened> {
    // One file has one lock, whatever it is called; one that is not there yet has the name it is given.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let claim = Claim::take(path).map_err(|unclaimed| {
        Unopened::Unusable(match unclaimed {
            Unclaimed::Taken => "another bridge is writing it".into(),
            Unclaimed::Failed(error) => format!("its lock can not be made: {error}"),
        })
    })?;
    match ours(path) {
        Ok(true) => {}
        Ok(false) => private().create_new(true).open(path).map(drop).map_err(unusable)?,
        Err(unopened) => {
            claim.withdraw();
            return Err(unopened);
        }
    }
    let (connection, loaded) = match connected(path, limits) {
        Err(error) if is_damage(&error) => {
            let aside = set_aside(path).map_err(unusable)?;
            tracing::warn!(
                file = %path.display(), aside = %aside.display(), %error,
                "the evidence file was damaged; it was set aside, and a new one begun"
            );
            private().create_new(true).open(path).map(drop).map_err(unusable)?;
            connected(path, limits).map_err(unusable)?
        }
        other => other.map_err(unusable)?,
    };
    Ok((Store::new(connection, Some((path.to_owned(), claim))), loaded))
}

fn unusable(error: impl std::fmt::Display) -> Unopened {
    Unopened::Unusable(error.to_string())
}

/// Whether there is one of our files, by its header (the file format of `SQLite`, section 1.3). A damaged one still has
/// that, and one that has not is left alone.
fn ours(path: &Path) -> Result<bool, Unopened> {
    let metadata = match path.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        other => other.map_err(unusable)?,
    };
    if !metadata.is_file() {
        return Err(Unopened::Unusable("it is not a file".into()));
    }
    if metadata.len() == 0 {
        // Made just before a crash.
        return Ok(true);
    }
    let mut header = Vec::with_capacity(100);
    File::open(path).and_then(|file| file.take(100).read_to_end(&mut header)).map_err(unusable)?;
    let number = |at: usize| header.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
    if !header.starts_with(b"SQLite format 3\0") || number(68) != Some(APPLICATION) {
        return Err(Unopened::Refused(EvidenceError::NotOurs(path.to_owned())));
    }
    match number(60) {
        Some(found) if found > VERSION => {
            Err(Unopened::Refused(EvidenceError::Newer { path: path.to_owned(), found, known: VERSION }))
        }
        _ => Ok(true),
    }
}

/// Opens it, and reads all that is counted there.
fn connected(path: &Path, limits: &Limits) -> Result<(Connection, Loaded), EvidenceError> {
    crate::db::set_up_library();
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(EvidenceError::sqlite("opening"))?;
    if connection.is_readonly("main").map_err(EvidenceError::sqlite("opening"))? {
        let source = io::ErrorKind::ReadOnlyFilesystem.into();
        return Err(EvidenceError::File { path: path.to_owned(), source });
    }
    store::set_up(&mut connection)?;
    // Half of a file may be readable, and would be added to.
    let fault: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(EvidenceError::sqlite("checking the file"))?;
    if fault != "ok" {
        return Err(EvidenceError::Damaged { path: path.to_owned(), fault });
    }
    let mut loaded = load::all(&connection)?;
    store::trim(&mut connection, &mut loaded.index, limits)?;
    Ok((connection, loaded))
}

/// Whether an error says that the file is damaged, not that the disk is full or broken.
pub(super) fn is_damage(error: &EvidenceError) -> bool {
    use rusqlite::ErrorCode as Code;
    match error {
        EvidenceError::Damaged { .. } | EvidenceError::Row(_) => true,
        EvidenceError::Sqlite { source, .. } => match source.sqlite_error_code() {
            // A table that is gone is an unknown error; a column of the wrong type is none of SQLite's.
            Some(Code::DatabaseCorrupt | Code::NotADatabase | Code::Unknown) | None => true,
            Some(_) => false,
        },
        _ => false,
    }
}

/// Whether an error says that the file that is open will never be of use again: it is damaged, or was deleted or replaced,
/// which `SQLite` tells by refusing to write.
pub(super) fn is_lost(error: &EvidenceError) -> bool {
    use rusqlite::ErrorCode::ReadOnly;
    let moved = matches!(error, EvidenceError::Sqlite { source, .. } if source.sqlite_error_code() == Some(ReadOnly));
    moved || is_damage(error)
}

/// Renames a damaged file, with the journal that belongs to it.
fn set_aside(path: &Path) -> io::Result<std::path::PathBuf> {
    let aside = files::set_aside(path)?;
    // The journal of the one that made way belongs to no other.
    let _ = std::fs::remove_file(beside(&aside, "-journal"));
    match std::fs::rename(beside(path, "-journal"), beside(&aside, "-journal")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(aside),
    }
}
