//! SQLite and SQLCipher on both sides.

use rusqlite::Connection;

use super::{
    facts::Facts,
    files::{self, Kind},
    finding::Finding,
};
use crate::cli::global;

const CHECK: &str = "sqlite";
/// Where the WAL-reset bug is mended (<https://sqlite.org/wal.html#walresetbug>).
const MENDED: u32 = 3_051_003;

pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    let mut findings = vec![own()];
    let file = facts.directory().map(|directory| global::file(&directory));
    if let Some(Kind::Plain { writer, .. }) = file.as_deref().map(files::kind) {
        findings.push(theirs(writer));
    }
    findings
}

fn own() -> Finding {
    let cipher = Connection::open_in_memory()
        .and_then(|connection| connection.query_row("PRAGMA cipher_version", [], |row| row.get::<_, String>(0)));
    let cipher = cipher.unwrap_or_else(|_| "unknown".to_owned());
    Finding::ok(CHECK, format!("the bridge has SQLite {}, SQLCipher {cipher}", rusqlite::version()))
}

/// What wrote global.db last, as the file says: the backend's, unless the bridge wrote. The users' databases are
/// encrypted, and do not say.
fn theirs(writer: u32) -> Finding {
    let (major, minor, patch) = (writer / 1_000_000, writer / 1000 % 1000, writer % 1000);
    let text = format!("global.db was written last by SQLite {major}.{minor}.{patch}");
    if writer >= MENDED {
        return Finding::ok(CHECK, text);
    }
    let why = "which may carry the WAL-reset bug that two who copy the log back can wake; so the bridge leaves that to the backend";
    Finding::note(CHECK, format!("{text}, {why}"))
}

#[cfg(test)]
mod tests {
    use super::{super::finding::Level, *};

    #[test]
    fn versions_are_numbers_with_points() {
        let old = theirs(3_046_001);
        assert!(old.level == Level::Note && old.text.contains("SQLite 3.46.1, which may"), "{old:?}");
        assert_eq!(theirs(3_051_003).level, Level::Ok);
        assert!(own().text.contains("SQLCipher 4."), "{:?}", own());
    }
}
