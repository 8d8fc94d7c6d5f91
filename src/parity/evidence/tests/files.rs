//! Whose file it is, and who reads and writes it.

use super::*;
use crate::parity::evidence::{EvidenceError, Reader};

#[tokio::test]
async fn the_file_and_its_lock_are_readable_by_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = place();
    let evidence = open(&path);
    note(&evidence, "a", Verdict::Matched, None);
    evidence.flush().await.unwrap();
    let entries: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap).collect();
    assert_eq!(entries.len(), 2);
    for entry in entries {
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
    }
}

#[tokio::test]
async fn a_second_bridge_on_the_same_file_goes_on_in_memory() {
    let (_folder, path) = place();
    let first = open(&path);
    let second = open(&path);
    assert_eq!((first.summary().file, first.summary().faults), (Some(path.canonicalize().unwrap()), 0));
    assert_eq!((second.summary().file, second.summary().faults), (None, 1));
    assert!(second.summary().fault.unwrap().ends_with("evidence.sqlite: another bridge is writing it"));
    note(&first, "first", Verdict::Matched, None);
    note(&second, "second", mismatch("/x"), Some(exchange(b"x")));
    assert_eq!((route(&second, "second").total(), kept(&second).await.len()), (1, 1));
    drop((first, second));
    let third = open(&path);
    assert_eq!((route(&third, "first").total(), third.summary().routes.len()), (1, 1));
}

#[tokio::test]
async fn a_reader_reads_beside_a_running_bridge_and_without_one() {
    let (_folder, path) = place();
    let evidence = open(&path);
    note(&evidence, "a", mismatch("/x"), Some(exchange(b"x")));
    evidence.flush().await.unwrap();
    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.summary().unwrap().routes[0].total(), 1);
    note(&evidence, "a", mismatch("/x"), Some(exchange(b"y")));
    evidence.flush().await.unwrap();
    let summary = reader.summary().unwrap();
    assert_eq!((summary.routes[0].total(), summary.routes[0].places[0].samples), (2, 2));
    let heads = reader.samples(None).unwrap();
    assert_eq!(heads, evidence.samples(None).await.unwrap());
    assert_eq!(reader.sample(heads[0].id).unwrap(), evidence.sample(heads[0].id).await.unwrap());
    drop(evidence);
    assert_eq!(Reader::open(&path).unwrap().summary().unwrap().routes, open(&path).summary().routes);
}

#[tokio::test]
async fn a_reader_says_what_is_wrong_with_a_file() {
    let (folder, path) = place();
    let said = |path: &Path| Reader::open(path).unwrap_err();
    assert!(matches!(said(&path), EvidenceError::File { .. }));
    std::fs::write(&path, "").unwrap();
    assert!(matches!(said(&path), EvidenceError::NotOurs(_)));
    std::fs::write(&path, "garbage ".repeat(1000)).unwrap();
    assert!(matches!(said(&path), EvidenceError::NotOurs(_)));
    assert!(matches!(said(folder.path()), EvidenceError::Sqlite { .. }));
}

/// What is said of a file at start, by its name alone; and that nothing became of it.
fn refusal(path: &Path) -> String {
    let before = std::fs::read(path).unwrap();
    let error = Evidence::open(Some(path), limits()).unwrap_err().to_string();
    assert_eq!(std::fs::read(path).unwrap(), before, "it is left as it is");
    let beside = std::fs::read_dir(path.parent().unwrap()).unwrap().count();
    assert_eq!(beside, 1, "and nothing is left beside it");
    error.replace(path.canonicalize().unwrap().to_str().unwrap(), "FILE")
}

#[test]
fn a_file_that_is_not_ours_is_refused_and_left_alone() {
    let (_folder, path) = place();
    std::fs::write(&path, "notes of a person").unwrap();
    insta::assert_snapshot!(refusal(&path));
    std::fs::remove_file(&path).unwrap();
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE tags (name)").unwrap();
    assert_eq!(refusal(&path), "FILE: not an evidence file of cutover; name another file, or move this one away");
}

#[test]
fn a_file_of_a_newer_version_is_refused_and_left_alone() {
    let (folder, path) = place();
    drop(open(&path));
    rusqlite::Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 7").unwrap();
    std::fs::remove_file(folder.path().join("evidence.sqlite.lock")).unwrap();
    insta::assert_snapshot!(refusal(&path));
    assert!(matches!(Reader::open(&path).unwrap_err(), EvidenceError::Newer { found: 7, .. }));
}
