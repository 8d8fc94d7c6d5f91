//! Files that the database driver does not open, or not as they are: what it says of each.

use std::{fmt::Write as _, path::Path, process::Command};

use crate::support::{
    files::{GRACE, insert, logged, made, open, rows, said, verdict},
    process,
};
use cutover::db::{Access, DbError};
use tempfile::TempDir;

/// What is said of a file, with and without a key.
async fn both(title: &str, file: &Path) -> String {
    format!(
        "{title}\n  with a key:  {}\n  without one: {}\n",
        verdict(file, Some("k")).await,
        verdict(file, None).await
    )
}

fn random(length: usize) -> Vec<u8> {
    (0..length).map(|_| rand::random()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_database_is_told_for_what_it_is() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("x.db");
    let mut report = both("missing", &file).await;
    std::fs::create_dir(&file).unwrap();
    report += &both("a directory", &file).await;
    std::fs::remove_dir(&file).unwrap();
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\0\0\0\x02\0\x08\x02\0\0\0";
    for (title, bytes) in [
        ("empty", Vec::new()),
        ("one byte", vec![b'S']),
        ("text", "It was the best of times, it was the worst of times. ".repeat(200).into_bytes()),
        ("zeros", vec![0; 8192]),
        ("a picture", [&png[..], &random(9000)].concat()),
        ("an archive", [&b"PK\x03\x04\x14\0\0\0\x08\0"[..], &random(9000)].concat()),
        ("random bytes of odd length", random(9001)),
        ("fewer random bytes than a page", random(511)),
    ] {
        std::fs::write(&file, bytes).unwrap();
        report += &both(title, &file).await;
    }
    insta::assert_snapshot!("no_database", report);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_file_is_not_taken_for_a_whole_one() {
    let mut report = String::new();
    for (kind, passphrase) in [("encrypted", Some("k")), ("plain", None)] {
        for (place, length) in [
            ("before the smallest page is over", 300),
            ("inside page 1", 2000),
            ("after page 1", 4096),
            ("inside page 2", 5000),
            ("after page 4", 4 * 4096),
        ] {
            let directory = TempDir::new().unwrap();
            let file = made(directory.path(), passphrase, "");
            let whole = std::fs::read(&file).unwrap();
            std::fs::write(&file, &whole[..length]).unwrap();
            writeln!(report, "{kind}, cut {place}\n  {}", verdict(&file, passphrase).await).unwrap();
        }
    }
    let directory = TempDir::new().unwrap();
    let file = made(directory.path(), Some("k"), "");
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() - 700]).unwrap();
    writeln!(report, "encrypted, cut inside its last page\n  {}", verdict(&file, Some("k")).await).unwrap();
    insta::assert_snapshot!("truncated", report);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_file_with_a_log_is_damaged_and_a_truncated_log_loses_its_last_commits_alone() {
    for passphrase in [Some("k"), None] {
        for length in [2000, 4096, 5000, 5 * 4096] {
            let directory = TempDir::new().unwrap();
            let file = made(directory.path(), passphrase, "PRAGMA journal_mode = WAL");
            logged(&file, passphrase);
            let whole = std::fs::read(&file).unwrap();
            std::fs::write(&file, &whole[..length]).unwrap();
            let verdict = verdict(&file, passphrase).await;
            assert!(verdict.starts_with("Corrupt: FILE: the database is damaged"), "{length}: {verdict}");
        }
        let directory = TempDir::new().unwrap();
        let file = made(directory.path(), passphrase, "PRAGMA journal_mode = WAL");
        logged(&file, passphrase);
        let log = directory.path().join("x.db-wal");
        let whole = std::fs::read(&log).unwrap();
        for (cut, left) in [(0, "202 rows"), (1, "201 rows"), (whole.len() - 10, "200 rows"), (whole.len(), "200 rows")]
        {
            // The index tells what is in the log; a machine that lost the end of one has lost the other.
            let _ = std::fs::remove_file(directory.path().join("x.db-shm"));
            std::fs::write(&log, &whole[..whole.len() - cut]).unwrap();
            assert_eq!(verdict(&file, passphrase).await, left, "a log cut by {cut} bytes");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_file_of_a_newer_format_is_a_version_mismatch_and_one_that_only_must_not_be_written_is_read() {
    let directory = TempDir::new().unwrap();
    let file = made(directory.path(), None, "");
    let mut bytes = std::fs::read(&file).unwrap();
    // <https://sqlite.org/fileformat.html#file_format_version_numbers>
    (bytes[18], bytes[19]) = (3, 3);
    std::fs::write(&file, &bytes).unwrap();
    insta::assert_snapshot!("newer_format", both("read version 3", &file).await);
    bytes[19] = 1;
    std::fs::write(&file, &bytes).unwrap();
    assert_eq!(verdict(&file, None).await, "200 rows");
    let refused = open(&file, None, Access::ReadWrite).unwrap_err();
    assert_eq!(said(&file, &refused), "ReadOnly: FILE: the database is read-only");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_opened_for_reading_takes_no_writes() {
    let directory = TempDir::new().unwrap();
    let file = made(directory.path(), Some("k"), "PRAGMA journal_mode = WAL");
    let database = open(&file, Some("k"), Access::ReadOnly).unwrap();
    let refused = insert(&database).await.unwrap_err();
    assert_eq!(said(&file, &refused), "ReadOnly: FILE: the database is read-only");
    let refused = database.write_ctx().await.unwrap_err();
    assert!(matches!(refused, DbError::ReadOnly(_)), "{refused}");
    let refused = database.read(|t| Ok(t.execute("DELETE FROM t", [])?)).await.unwrap_err();
    assert_eq!(said(&file, &refused), "ReadOnly: FILE: the database is read-only", "by way of a read");
    assert_eq!(rows(&database).await.unwrap(), 200);
    database.close(GRACE);
}

#[test]
fn a_read_only_file_system_is_read_from_and_refuses_to_be_opened_for_writing() {
    process::with_own_mounts("driver_files::on_a_read_only_file_system", TempDir::new().unwrap().path());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by a_read_only_file_system_is_read_from_and_refuses_to_be_opened_for_writing"]
async fn on_a_read_only_file_system() {
    let Some(directory) = process::directory() else { return };
    let (mut readable, mut unreadable) = (Vec::new(), Vec::new());
    process::mount(&directory, "size=4m");
    for (number, passphrase) in [Some("k"), None].into_iter().enumerate() {
        let new = |kind: &str| {
            let new = directory.join(format!("{kind}-{number}"));
            std::fs::create_dir(&new).unwrap();
            new
        };
        readable.push((made(&new("rollback"), passphrase, ""), passphrase, "200 rows"));
        let logging = made(&new("logging"), passphrase, "PRAGMA journal_mode = WAL");
        logged(&logging, passphrase);
        readable.push((logging, passphrase, "202 rows"));
        // No log, and no index of one, which would have to be made.
        unreadable.push((made(&new("closed"), passphrase, "PRAGMA journal_mode = WAL"), passphrase));
    }
    let remounted = Command::new("mount").args(["-o", "remount,ro"]).arg(&directory).status().unwrap();
    assert!(remounted.success());
    for (file, passphrase, expected) in &readable {
        assert_eq!(verdict(file, *passphrase).await, *expected, "{}", file.display());
        let refused = open(file, *passphrase, Access::ReadWrite).unwrap_err();
        assert_eq!(said(file, &refused), "ReadOnly: FILE: the database is read-only");
    }
    for (file, passphrase) in &unreadable {
        for access in [Access::ReadOnly, Access::ReadWrite] {
            let refused = open(file, *passphrase, access).unwrap_err();
            assert!(refused.to_string().contains("unable to open database file"), "{refused}");
        }
    }
}
