//! The databases: what kind of file each is, and global.db's version. Those of users are encrypted, and tell theirs when
//! they are read (a running bridge then says so).

use std::path::Path;

use super::{
    facts::Facts,
    files::{self, Base, Kind},
    finding::Finding,
};
use crate::{cli::global, schema::needs::Database};

const CHECK: &str = "databases";

pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    let Some(directory) = facts.directory() else { return Vec::new() };
    let bases = files::of(&directory);
    let (mut findings, mut users) = (vec![global(&directory)], 0);
    for base in bases.iter().filter(|base| base.kind != Database::Global) {
        match of_user(base) {
            Some(finding) => findings.push(finding),
            None if base.kind == Database::User => users += 1,
            None => {}
        }
    }
    if users > 0 {
        let those =
            if users == 1 { "1 user's database is".to_owned() } else { format!("the databases of {users} users are") };
        let known = Database::User.version();
        let text = format!("{those} encrypted; handlers know version {known}, and which it is shows at a login");
        findings.push(Finding::ok(CHECK, text));
    } else if findings.len() == 1 {
        findings.push(Finding::note(CHECK, "there is no user yet"));
    }
    findings
}

fn global(directory: &Path) -> Finding {
    let (file, known) = (global::file(directory), Database::Global.version());
    let shown = file.display();
    match files::kind(&file) {
        Kind::Missing => {
            return Finding::wrong(
                CHECK,
                format!("{shown} is not there"),
                "start the backend once: it makes it; or correct data.directory",
            );
        }
        Kind::Empty => {
            return Finding::wrong(
                CHECK,
                format!("{shown} is empty"),
                "let the backend make it anew, or restore it from a backup",
            );
        }
        // Said among permissions.
        Kind::Unreadable => return Finding::note(CHECK, format!("{shown} can not be read")),
        Kind::Opaque => {
            return Finding::wrong(
                CHECK,
                format!("{shown} is no plain SQLite database"),
                "restore it from a backup, or let the backend make it anew",
            );
        }
        Kind::Plain { wal: false, .. } => {
            let remedy = "let the backend open it once, which puts it into WAL mode: until then readers and writers shut each other out";
            return Finding::wrong(CHECK, format!("{shown} is not in WAL mode"), remedy);
        }
        Kind::Plain { .. } => {}
    }
    match global::version(directory) {
        Some(Ok(Some(found))) if found == known => {
            Finding::ok(CHECK, format!("global.db has version {known}, which handlers know"))
        }
        Some(Ok(found)) => {
            let remedy = "nothing breaks: routes that read it are forwarded. Use a bridge that was made for this version of the backend";
            Finding::wrong(CHECK, Database::Global.mismatch(found), remedy)
        }
        Some(Err(error)) => {
            Finding::wrong(CHECK, format!("{shown}: {error}"), "see that the backend itself can open it")
        }
        None => Finding::note(
            CHECK,
            format!("{shown} has a log that a crash left; the backend takes it in at its next start"),
        ),
    }
}

/// What is wrong with a user's.
fn of_user(base: &Base) -> Option<Finding> {
    let shown = base.path.display();
    let remedy = "the backend can not have made it so: see what did, and restore it from a backup";
    match files::kind(&base.path) {
        Kind::Empty => Some(Finding::wrong(CHECK, format!("{shown} is empty"), remedy)),
        Kind::Plain { .. } => {
            Some(Finding::wrong(CHECK, format!("{shown} is not encrypted; its routes are forwarded"), remedy))
        }
        Kind::Missing | Kind::Opaque | Kind::Unreadable => None,
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::{super::finding::Level, *};

    #[test]
    fn versions_and_kinds_are_told() {
        let directory = tempfile::TempDir::new().unwrap();
        let global = directory.path().join("global");
        let said = || {
            let facts = Facts::of(&format!("data = {:?}", directory.path()), Err("away"));
            check(&facts).into_iter().map(|finding| (finding.level, finding.text)).collect::<Vec<_>>()
        };
        assert!(said()[0].1.ends_with("is not there"));
        std::fs::create_dir(&global).unwrap();
        let run = |sql: &str| Connection::open(global.join("global.db")).unwrap().execute_batch(sql).unwrap();
        run("CREATE TABLE settings(name TEXT, value TEXT); INSERT INTO settings VALUES ('version', '14')");
        assert!(said()[0].1.ends_with("is not in WAL mode"));
        run("PRAGMA journal_mode = WAL");
        assert_eq!(said()[0], (Level::Wrong, "global.db has version 14, handlers know 13".to_owned()));
        run("UPDATE settings SET value = '13'");
        assert_eq!(said()[0].0, Level::Ok);
        assert_eq!(said()[1], (Level::Note, "there is no user yet".to_owned()));
        let user = directory.path().join("users/ada");
        std::fs::create_dir_all(&user).unwrap();
        std::fs::copy(global.join("global.db"), user.join("rotkehlchen.db")).unwrap();
        assert!(said()[1].1.contains("is not encrypted"));
        std::fs::write(user.join("rotkehlchen.db"), [7; 1024]).unwrap();
        assert!(said()[1].0 == Level::Ok && said()[1].1.starts_with("1 user's database is"));
    }
}
