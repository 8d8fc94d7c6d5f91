//! Legacy's databases in a data directory, and how they begin. Nothing is opened as a database here.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use crate::{cli::global, schema::needs::Database};

/// How every plain `SQLite` file begins, and where in it is which version of the library wrote it last, and in which mode
/// (<https://sqlite.org/fileformat.html>).
const MAGIC: &[u8] = b"SQLite format 3\0";
const LAST_WRITER: std::ops::Range<usize> = 96..100;
const WRITE_MODE: usize = 18;

/// A database file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Base {
    pub(super) kind: Database,
    pub(super) path: PathBuf,
}

/// What a file is, as far as its beginning tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Missing,
    Empty,
    /// Not encrypted: whether it is in WAL mode, and the version of the `SQLite` that wrote it last.
    Plain {
        wal: bool,
        writer: u32,
    },
    /// No plain database: encrypted, if it is one.
    Opaque,
    /// It can not be read.
    Unreadable,
}

/// All that are there: global.db, and each user's two.
pub(super) fn of(directory: &Path) -> Vec<Base> {
    let mut bases = vec![Base { kind: Database::Global, path: global::file(directory) }];
    let mut users: Vec<PathBuf> = fs::read_dir(directory.join("users"))
        .map(|users| users.filter_map(|user| Some(user.ok()?.path())).filter(|path| path.is_dir()).collect())
        .unwrap_or_default();
    users.sort();
    for user in users {
        bases.push(Base { kind: Database::User, path: user.join("rotkehlchen.db") });
        bases.push(Base { kind: Database::Transient, path: user.join("rotkehlchen_transient.db") });
    }
    bases.retain(|base| base.path.exists());
    bases
}

/// See [`Kind`].
pub(super) fn kind(path: &Path) -> Kind {
    if !path.exists() {
        return Kind::Missing;
    }
    let mut header = Vec::with_capacity(100);
    match fs::File::open(path).and_then(|file| file.take(100).read_to_end(&mut header)) {
        Err(_) => Kind::Unreadable,
        Ok(0) => Kind::Empty,
        Ok(_) if header.starts_with(MAGIC) => Kind::Plain {
            wal: header.get(WRITE_MODE) == Some(&2),
            writer: header.get(LAST_WRITER).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes),
        },
        Ok(_) => Kind::Opaque,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_beginning() {
        let directory = tempfile::TempDir::new().unwrap();
        let file = |name: &str| directory.path().join(name);
        let plain = rusqlite::Connection::open(file("plain")).unwrap();
        plain.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t(x)").unwrap();
        drop(plain);
        let writer = u32::try_from(rusqlite::version_number()).unwrap();
        assert_eq!(kind(&file("plain")), Kind::Plain { wal: true, writer });
        let keyed = rusqlite::Connection::open(file("keyed")).unwrap();
        keyed.execute_batch("PRAGMA key = 'x'; CREATE TABLE t(x)").unwrap();
        drop(keyed);
        fs::write(file("empty"), "").unwrap();
        assert_eq!(
            ["keyed", "empty", "none"].map(|name| kind(&file(name))),
            [Kind::Opaque, Kind::Empty, Kind::Missing]
        );
    }

    #[test]
    fn every_users_databases_are_found() {
        let directory = tempfile::TempDir::new().unwrap();
        for path in ["global/global.db", "users/ada/rotkehlchen.db", "users/bob/rotkehlchen_transient.db", "users/x"] {
            let path = directory.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let kinds: Vec<Database> = of(directory.path()).iter().map(|base| base.kind).collect();
        assert_eq!(kinds, [Database::Global, Database::User, Database::Transient]);
    }
}
