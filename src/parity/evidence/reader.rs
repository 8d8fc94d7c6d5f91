//! The file, read beside a bridge that may be writing it, or without one.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{
    EvidenceError, Limits, Sample, SampleHead, Summary, heads,
    ledger::Ledger,
    load,
    store::{APPLICATION, VERSION},
};

/// How long a read waits for the bridge to end a transaction.
const PATIENCE: Duration = Duration::from_secs(5);

/// An evidence file, for reading. All of it blocks. A running bridge writes what it counts once a second.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
    path: PathBuf,
}

impl Reader {
    /// Opens it.
    ///
    /// # Errors
    /// There is none, it is not ours, newer, or damaged.
    pub fn open(path: &Path) -> Result<Self, EvidenceError> {
        crate::db::set_up_library();
        std::fs::metadata(path).map_err(|source| EvidenceError::File { path: path.to_owned(), source })?;
        // For writing, if that is allowed: what a bridge that crashed left half done has to be rolled back.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let named = |source| named(path, "opening", source);
        let connection = Connection::open_with_flags(path, flags).map_err(named)?;
        connection.busy_timeout(PATIENCE).map_err(named)?;
        connection.pragma_update(None, "query_only", true).map_err(named)?;
        let number = |pragma: &str| connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, u32>(0));
        if number("application_id").map_err(named)? != APPLICATION {
            return Err(EvidenceError::NotOurs(path.to_owned()));
        }
        match number("user_version").map_err(named)? {
            VERSION => Ok(Self { connection, path: path.to_owned() }),
            found => Err(EvidenceError::Newer { path: path.to_owned(), found, known: VERSION }),
        }
    }

    /// The counts, as they were written last.
    ///
    /// # Errors
    /// The file can not be read.
    pub fn summary(&self) -> Result<Summary, EvidenceError> {
        let loaded = self.read(load::all)?;
        let most = u32::MAX;
        let ledger = Ledger::new(Limits { routes: most, places: most, places_per_route: most, ..Limits::default() });
        ledger.restore(loaded.routes);
        loaded.index.spots().for_each(|((route, place), samples)| ledger.set_stored(route, place, samples));
        Ok(Summary { file: Some(self.path.clone()), ..ledger.summary() })
    }

    /// The samples of a route, or of all, the latest first.
    ///
    /// # Errors
    /// The file can not be read.
    pub fn samples(&self, route: Option<&str>) -> Result<Vec<SampleHead>, EvidenceError> {
        self.read(|connection| heads::list(connection, route))
    }

    /// One sample; none if there is none of this number.
    ///
    /// # Errors
    /// The file can not be read, or the sample makes no sense.
    pub fn sample(&self, id: i64) -> Result<Option<Sample>, EvidenceError> {
        self.read(|connection| heads::one(connection, id))
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, EvidenceError>) -> Result<T, EvidenceError> {
        read(&self.connection).map_err(|error| match error {
            EvidenceError::Sqlite { doing, source } => named(&self.path, doing, source),
            other => other,
        })
    }
}

/// An error with the name it has for a person.
fn named(path: &Path, doing: &'static str, source: rusqlite::Error) -> EvidenceError {
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => EvidenceError::NotOurs(path),
        Some(ErrorCode::DatabaseCorrupt) => EvidenceError::Damaged { path, fault: source.to_string() },
        _ => EvidenceError::Sqlite { doing, source },
    }
}
