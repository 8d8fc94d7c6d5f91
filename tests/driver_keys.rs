//! Passphrases, keys and cipher settings of the database driver.

use std::fmt::Write as _;

use crate::support::{
    files::{GRACE, insert, integrity, made, open, rows, stranger, verdict},
    process::Process,
};
use cutover::db::{Access, Database, DbError, Options, Passphrase};
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn a_passphrase_of_any_kind_opens_what_was_made_with_it() {
    let raw = format!("x'{}'", "0f".repeat(32));
    let raw_with_salt = format!("x'{}'", "a1".repeat(48));
    let long = "ä".repeat(200);
    for passphrase in ["'", "a'b''c", "\"quoted\"; --", "пароль 密码 🔑", " ", &long, &raw, &raw_with_salt, "x'0f'"]
    {
        let directory = TempDir::new().unwrap();
        let file = made(directory.path(), Some(passphrase), "");
        assert_eq!(verdict(&file, Some(passphrase)).await, "200 rows", "{passphrase}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_file_opens_with_an_empty_passphrase_or_one_with_a_nul() {
    let directory = TempDir::new().unwrap();
    let file = made(directory.path(), Some("left"), "");
    let nul = "Derivation: deriving the key: the passphrase has a NUL, which no key of SQLCipher's can have";
    for passphrase in ["left\0right", "\0left", "left\0"] {
        assert_eq!(verdict(&file, Some(passphrase)).await, nul);
    }
    assert_eq!(verdict(&file, Some("")).await, "Derivation: deriving the key: the passphrase is empty");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_keys_missing_keys_and_keys_too_many_are_told_apart() {
    let directory = TempDir::new().unwrap();
    let encrypted = made(directory.path(), Some("right"), "");
    let plain_directory = TempDir::new().unwrap();
    let plain = made(plain_directory.path(), None, "");
    let wrong_raw_key = format!("x'{}'", "0f".repeat(32));
    for wrong in ["wrong", "Right", "right ", &wrong_raw_key] {
        assert_eq!(verdict(&encrypted, Some(wrong)).await, "WrongKey: FILE: wrong key", "{wrong:?}");
        assert_eq!(
            verdict(&plain, Some(wrong)).await,
            "NotEncrypted: FILE: not encrypted, although there is a key",
            "{wrong:?}"
        );
    }
    assert_eq!(verdict(&encrypted, None).await, "Encrypted: FILE: encrypted, and there is no key");
    assert_eq!(verdict(&plain, None).await, "200 rows");
    // A key that was derived for another file.
    let key = Passphrase::new("right".to_owned()).derive(&encrypted).unwrap();
    assert!(key.salted_for(&encrypted) && !key.salted_for(&plain));
    let refused = Database::open(&plain, Some(key.clone()), &Options::default()).unwrap_err();
    assert!(matches!(refused, DbError::NotEncrypted(_)), "{refused}");
    let other_directory = TempDir::new().unwrap();
    let other = made(other_directory.path(), Some("right"), "");
    assert!(!key.salted_for(&other), "each file has a salt of its own");
    let refused = Database::open(&other, Some(key), &Options::default()).unwrap_err();
    assert!(matches!(refused, DbError::WrongKey(_)), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_sqlcipher_3_is_read_and_written_and_stays_one() {
    for journal in ["DELETE", "WAL"] {
        let directory = TempDir::new().unwrap();
        let settings = format!("PRAGMA cipher_compatibility = 3; PRAGMA journal_mode = {journal}");
        let file = made(directory.path(), Some("k"), &settings);
        let database = open(&file, Some("k"), Access::ReadWrite).unwrap();
        insert(&database).await.unwrap();
        assert_eq!(rows(&database).await.unwrap(), 201);
        database.close(GRACE);
        let stranger = stranger(&file, Some("k"));
        stranger.execute_batch("PRAGMA cipher_compatibility = 3").unwrap();
        let seen: i64 = stranger.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!((seen, integrity(&stranger).as_str()), (201, "ok"));
        drop(stranger);
        assert_eq!(verdict(&file, Some("K")).await, "WrongKey: FILE: wrong key");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_are_known_and_not_understood_are_named() {
    let mut report = String::new();
    for settings in [
        "cipher_compatibility = 2",
        "cipher_compatibility = 1",
        "kdf_iter = 64000",
        "cipher_page_size = 8192",
        "cipher_use_hmac = OFF",
        "cipher_plaintext_header_size = 32",
        // Not worth a try: indistinguishable from a wrong key.
        "kdf_iter = 1000",
    ] {
        let directory = TempDir::new().unwrap();
        let file = made(directory.path(), Some("k"), &format!("PRAGMA {settings}"));
        writeln!(report, "{settings}\n  {}", verdict(&file, Some("k")).await).unwrap();
        assert_eq!(
            verdict(&file, Some("wrong")).await.split(':').next(),
            Some(kind_of_wrong_key(settings)),
            "{settings}"
        );
    }
    insta::assert_snapshot!("settings", report);
}

/// A plain header is plain whatever the key is.
fn kind_of_wrong_key(settings: &str) -> &'static str {
    if settings.starts_with("cipher_plaintext") { "UnsupportedCipher" } else { "WrongKey" }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_header_over_encrypted_pages_is_an_unsupported_cipher_without_a_key_too() {
    let directory = TempDir::new().unwrap();
    let file = made(directory.path(), Some("k"), "PRAGMA cipher_plaintext_header_size = 32");
    let verdict = verdict(&file, None).await;
    assert!(verdict.starts_with("UnsupportedCipher: FILE: "), "{verdict}");
}

/// What legacy makes, the driver opens, and the other way round.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_legacy_made_is_read_and_written_and_legacy_goes_on_with_it() {
    let script = r"
import sys
from pathlib import Path
from legacy.db.driver import Connection
for password in ['a\'b', 'x\'' + '0f' * 32 + '\'', 'пароль 密码']:
    file = Path(sys.argv[1]) / 'x.db'
    connection = Connection(file, password)
    connection.script('CREATE TABLE t(n INTEGER PRIMARY KEY, b BLOB); INSERT INTO t(b) VALUES (1)')
    print('@ made', flush=True)
    assert sys.stdin.readline() == 'written\n'
    with connection.read_ctx() as cursor:
        print('@', cursor.execute('SELECT count(*) FROM t').fetchone()[0], flush=True)
    connection.close()
    file.unlink()
    print('@ closed', flush=True)
";
    let directory = TempDir::new().unwrap();
    let Some(mut python) = Process::python(script, directory.path()) else { return };
    let file = directory.path().join("x.db");
    let raw = format!("x'{}'", "0f".repeat(32));
    for passphrase in ["a'b", &raw, "пароль 密码"] {
        python.says("made");
        let database = open(&file, Some(passphrase), Access::ReadWrite).unwrap();
        insert(&database).await.unwrap();
        assert_eq!(rows(&database).await.unwrap(), 2);
        database.close(GRACE);
        python.tell("written");
        python.says("2");
        python.says("closed");
    }
    python.succeeds();
}
