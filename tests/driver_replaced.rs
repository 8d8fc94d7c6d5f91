//! Database files that change under the driver's hands, and what it lets go of when.

use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use crate::support::files::{GRACE, descriptors, insert, integrity, logged, made, open, rows, said, stranger};
use cutover::db::{Access, Database, DbError, Options, Passphrase, RawKey};
use tempfile::TempDir;

const WAL: &str = "PRAGMA journal_mode = WAL";

fn key(passphrase: &str, file: &Path) -> RawKey {
    Passphrase::new(passphrase.to_owned()).derive(file).unwrap()
}

/// Whatever is asked of the database says that its file is another one.
async fn says_replaced(database: &Database, file: &Path) {
    assert!(database.replaced());
    let context = database.write_ctx().await.map(drop);
    for outcome in [rows(database).await.map(|_| ()), insert(database).await, context] {
        let message = "Replaced: FILE: the file was deleted or replaced while it was open";
        assert_eq!(said(file, &outcome.unwrap_err()), message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_deleted_while_open_is_not_used_any_more_and_a_new_one_is_opened_on_request() {
    for journal in [WAL, ""] {
        let directory = TempDir::new().unwrap();
        let file = made(directory.path(), Some("k"), journal);
        let database = open(&file, Some("k"), Access::ReadWrite).unwrap();
        let clone = database.clone();
        insert(&database).await.unwrap();
        assert!(!database.replaced());
        std::fs::remove_file(&file).unwrap();
        says_replaced(&database, &file).await;
        let refused = database.reopen(Some(key("k", &made(TempDir::new().unwrap().path(), Some("k"), ""))), GRACE);
        assert_eq!(said(&file, &refused.unwrap_err()), "File: FILE: No such file or directory (os error 2)");
        assert!(matches!(rows(&clone).await, Err(DbError::Closed)), "what could not be opened stays closed");
        assert_eq!(descriptors(&file), Vec::<String>::new());
        assert!(!database.replaced(), "nothing is open that could be");
        for part in ["x.db-wal", "x.db-shm"] {
            let _ = std::fs::remove_file(directory.path().join(part));
        }
        made(directory.path(), Some("another"), journal);
        database.reopen(Some(key("another", &file)), GRACE).unwrap();
        insert(&clone).await.unwrap();
        assert_eq!((rows(&clone).await.unwrap(), clone.replaced()), (201, false), "every clone goes on with it");
        database.close(GRACE);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_replaced_by_a_rename_is_not_used_any_more_and_reopening_takes_the_new_one() {
    for (journal, passphrase) in [(WAL, Some("k")), ("", Some("k")), ("", None)] {
        let (directory, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let file = made(directory.path(), passphrase, journal);
        let database = open(&file, passphrase, Access::ReadWrite).unwrap();
        insert(&database).await.unwrap();
        let other = made(elsewhere.path(), passphrase, journal);
        stranger(&other, passphrase).execute_batch("DELETE FROM t WHERE n > 50").unwrap();
        for part in ["x.db-wal", "x.db-shm"] {
            let _ = std::fs::remove_file(directory.path().join(part));
        }
        std::fs::rename(&other, &file).unwrap();
        says_replaced(&database, &file).await;
        let clone = database.clone();
        clone.reopen(passphrase.map(|passphrase| key(passphrase, &file)), GRACE).unwrap();
        assert_eq!(rows(&database).await.unwrap(), 50);
        insert(&database).await.unwrap();
        database.close(GRACE);
        let stranger = stranger(&file, passphrase);
        let seen: i64 = stranger.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!((seen, integrity(&stranger).as_str()), (51, "ok"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_file_is_replaced_in_its_middle_is_not_committed() {
    let (directory, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let file = made(directory.path(), Some("k"), "");
    let other = made(elsewhere.path(), Some("k"), "");
    let database = open(&file, Some("k"), Access::ReadWrite).unwrap();
    let mut context = database.write_ctx().await.unwrap();
    context.execute("INSERT INTO t(b) VALUES (1)", []).await.unwrap();
    let old = directory.path().join("old.db");
    std::fs::rename(&file, &old).unwrap();
    std::fs::rename(&other, &file).unwrap();
    let refused = context.commit().await.unwrap_err();
    assert!(matches!(refused, DbError::Replaced(_)), "{refused}");
    database.close(GRACE);
    for file in [&old, &file] {
        let seen: i64 = stranger(file, Some("k")).query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!(seen, 200, "{}", file.display());
    }
}

/// Of a file whose key another connection changed while the driver had it open: what readers and the writer say, three
/// times each.
async fn after_a_rekey(journal: &str) -> (TempDir, Database, PathBuf, Vec<String>) {
    let directory = TempDir::new().unwrap();
    let file = made(directory.path(), Some("old"), journal);
    let database = open(&file, Some("old"), Access::ReadWrite).unwrap();
    insert(&database).await.unwrap();
    stranger(&file, Some("old")).execute_batch("PRAGMA rekey = 'new'").unwrap();
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(said(&file, &rows(&database).await.unwrap_err()));
        answers.push(said(&file, &insert(&database).await.unwrap_err()));
    }
    (directory, database, file, answers)
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_rekey_by_another_connection_nothing_is_read_or_written_until_it_is_reopened_with_the_new_key() {
    for journal in [WAL, ""] {
        let (_directory, database, file, _) = after_a_rekey(journal).await;
        let refused = database.reopen(Some(key("new", &file)), GRACE);
        refused.unwrap();
        insert(&database).await.unwrap();
        assert_eq!(rows(&database).await.unwrap(), 202);
        database.close(GRACE);
        assert_eq!(integrity(&stranger(&file, Some("new"))), "ok");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_rekey_by_another_connection_every_answer_is_wrong_key() {
    for journal in [WAL, ""] {
        let (_directory, _database, _file, answers) = after_a_rekey(journal).await;
        assert_eq!(answers, ["WrongKey: FILE: wrong key"; 6]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_met_a_damaged_page_still_reads_the_others() {
    let directory = TempDir::new().unwrap();
    let file = made(directory.path(), Some("k"), "CREATE TABLE first(n); INSERT INTO first VALUES (7)");
    let mut bytes = std::fs::read(&file).unwrap();
    let end = bytes.len();
    bytes[end - 4096..].fill(9);
    std::fs::write(&file, &bytes).unwrap();
    let key = key("k", &file);
    let database = Database::open(&file, Some(key), &Options { readers: 1, ..Options::default() }).unwrap();
    for _ in 0..2 {
        let first = database.read(|t| Ok(t.query_row("SELECT n FROM first", [], |row| row.get::<_, i64>(0))?)).await;
        assert_eq!(first.unwrap(), 7);
        let damaged = rows(&database).await.unwrap_err();
        assert!(matches!(damaged, DbError::Corrupt { .. }), "{damaged}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_context_that_met_a_damaged_page_leaves_a_writer_that_works() {
    let directory = TempDir::new().unwrap();
    let file = made(directory.path(), Some("k"), "CREATE TABLE first(n)");
    let mut bytes = std::fs::read(&file).unwrap();
    let end = bytes.len();
    bytes[end - 4096..].fill(9);
    std::fs::write(&file, &bytes).unwrap();
    let database = open(&file, Some("k"), Access::ReadWrite).unwrap();
    for _ in 0..2 {
        let mut context = database.write_ctx().await.unwrap();
        let damaged = context.query("SELECT sum(length(b)) FROM t", [], |row| row.get::<_, i64>(0)).await.unwrap_err();
        assert!(matches!(damaged, DbError::Corrupt { .. }), "{damaged}");
        drop(context);
        database.write(|t| Ok(t.execute("INSERT INTO first VALUES (7)", [])?)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_close_and_after_a_failed_opening_no_descriptor_is_left() {
    for journal in [WAL, ""] {
        let directory = TempDir::new().unwrap();
        let file = made(directory.path(), Some("k"), journal);
        if journal == WAL {
            logged(&file, Some("k"));
        }
        let database = open(&file, Some("k"), Access::ReadWrite).unwrap();
        rows(&database).await.unwrap();
        insert(&database).await.unwrap();
        let open_now = descriptors(&file);
        for part in ["", "-wal", "-shm"].iter().take(if journal == WAL { 3 } else { 1 }) {
            let part = format!("{}{part}", file.display());
            assert!(open_now.contains(&part), "{part} is not among {open_now:?}");
        }
        assert_eq!(database.metrics().open_connections, 3);
        database.close(GRACE);
        database.close(GRACE);
        assert_eq!((descriptors(&file), database.metrics().open_connections), (Vec::new(), 0));
        database.reopen(Some(key("k", &file)), GRACE).unwrap();
        assert_eq!(database.metrics().open_connections, 3);
        // With the key of another file: a failed reopening closes as well.
        let elsewhere = TempDir::new().unwrap();
        let wrong = key("k", &made(elsewhere.path(), Some("k"), ""));
        assert!(matches!(database.reopen(Some(wrong.clone()), GRACE), Err(DbError::WrongKey(_))));
        assert_eq!((descriptors(&file), database.metrics().open_connections), (Vec::new(), 0));
        for key in [Some(wrong), None] {
            Database::open(&file, key, &Options { access: Access::ReadWrite, ..Options::default() }).unwrap_err();
            assert_eq!(descriptors(&file), Vec::<String>::new());
        }
        Passphrase::new("wrong".to_owned()).derive(&file).unwrap_err();
        assert_eq!(descriptors(&file), Vec::<String>::new());
    }
}

/// This process's POSIX locks on a database: kind and range, of the file and of its index.
fn locks(file: &Path) -> Vec<String> {
    let own = std::process::id().to_string();
    let inodes: Vec<String> = ["", "-shm"]
        .iter()
        .filter_map(|part| std::fs::metadata(format!("{}{part}", file.display())).ok())
        .map(|metadata| format!(":{}", metadata.ino()))
        .collect();
    let mut locks: Vec<String> = std::fs::read_to_string("/proc/locks")
        .unwrap()
        .lines()
        .map(|line| line.split_whitespace().skip(3).collect::<Vec<_>>())
        .filter(|words| words.get(1) == Some(&own.as_str()) && inodes.iter().any(|inode| words[2].ends_with(inode)))
        .map(|words| words.join(" "))
        .collect();
    locks.sort();
    // The kernel gives the list page by page; what changes meanwhile elsewhere may show one line twice, or not at all.
    locks.dedup();
    locks
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_into_an_open_database_does_not_give_up_this_process_s_locks() {
    for journal in [WAL, ""] {
        let directory = TempDir::new().unwrap();
        let file = made(directory.path(), Some("k"), journal);
        let database = open(&file, Some("k"), Access::ReadWrite).unwrap();
        let right = key("k", &file);
        let mut context = database.write_ctx().await.unwrap();
        context.execute("INSERT INTO t(b) VALUES (1)", []).await.unwrap();
        let held = (0..10).map(|_| locks(&file)).max_by_key(Vec::len).unwrap();
        assert!(held.len() >= 2, "{held:?}");
        // A lock that was given up does not come back.
        let all_held = |after: &str| assert!((0..10).any(|_| locks(&file) == held), "after {after}: {held:?}");
        assert!(right.salted_for(&file));
        all_held("a look at the salt");
        key("k", &file);
        all_held("a derivation");
        Passphrase::new("wrong".to_owned()).derive(&file).unwrap_err();
        all_held("a wrong key, and the search for what is wrong with it");
        Database::open(&file, None, &Options::default()).unwrap_err();
        all_held("an opening without a key");
        let second = Database::open(&file, Some(right), &Options::default()).unwrap();
        assert_eq!(rows(&second).await.unwrap(), 200);
        second.close(GRACE);
        all_held("a second database on the same file, opened and closed");
        assert!(!database.replaced());
        drop(database.metrics());
        all_held("looks from outside");
        context.commit().await.unwrap();
        assert_eq!(rows(&database).await.unwrap(), 201);
        database.close(GRACE);
        assert_eq!(locks(&file), Vec::<String>::new());
    }
}
