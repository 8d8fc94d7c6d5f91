//! Saying what is wrong with a file that does not open.
//!
//! An encrypted file has no mark: every byte looks random. So settings are tried until one fits, and what does not even
//! look random is another format.

use std::{io::Read, path::Path};

use rusqlite::{Connection, OpenFlags};

use super::{
    DbError, Passphrase, RawKey,
    cipher::{self, Cipher},
    key::Salt,
    open,
    registry::{self, Registered},
};

const SMALLEST_PAGE: u64 = 512;
/// How every plain `SQLite` file begins (<https://sqlite.org/fileformat.html>).
const MAGIC: &[u8] = b"SQLite format 3\0";
const UNDERSTOOD: &str = "SQLCipher 4 and 3";

/// Why no understood settings open a file with this passphrase.
pub(super) fn of_a_key_that_does_not_fit(file: &Path, passphrase: &Passphrase, salt: &Salt) -> DbError {
    if let Some(what) = not_encrypted(file) {
        return what;
    }
    let _registered = Registered::of(file);
    let fits = |cipher: Cipher| {
        let key = passphrase.with(salt, cipher).ok()?;
        open::read_only(file, Some(&key)).ok()
    };
    for (cipher, name) in cipher::OLD {
        if fits(cipher).is_some() {
            return DbError::VersionMismatch { path: file.to_owned(), found: name.to_owned(), understood: UNDERSTOOD };
        }
    }
    for settings in cipher::unusual() {
        // One derivation per list.
        let Some(key) = settings.first().and_then(|first| passphrase.with(salt, *first).ok()) else { continue };
        let fitting = settings.into_iter().find(|cipher| open::read_only(file, Some(&key.under(*cipher))).is_ok());
        if let Some(cipher) = fitting {
            return DbError::UnsupportedCipher { path: file.to_owned(), found: cipher.to_string() };
        }
    }
    DbError::WrongKey(file.to_owned())
}

/// The error of a first connection, said as exactly as can be.
pub(super) fn explained(path: &Path, key: Option<&RawKey>, error: DbError) -> DbError {
    match (error, key) {
        (DbError::NotADatabase(_), None) => of_a_file_without_a_key(path),
        (DbError::NotADatabase(_), Some(_)) => {
            not_encrypted(path).unwrap_or_else(|| DbError::WrongKey(path.to_owned()))
        }
        // What SQLite says of a header of which only the beginning is plain depends on what the rest happens to be.
        (DbError::Corrupt { .. } | DbError::Sqlite { .. }, None)
            if first_page(path).is_some_and(|page| plain_version(&page).is_some() && !is_wholly_plain(&page)) =>
        {
            headless_cipher(path)
        }
        (error, _) => error,
    }
}

/// Why a file does not open without a key.
fn of_a_file_without_a_key(file: &Path) -> DbError {
    let Some(page) = first_page(file) else { return DbError::Encrypted(file.to_owned()) };
    match plain_version(&page) {
        Some(version) if version > 2 => newer_format(file, version),
        Some(_) => headless_cipher(file),
        None if may_be_encrypted(file, &page) => DbError::Encrypted(file.to_owned()),
        None => DbError::NotADatabase(file.to_owned()),
    }
}

/// What a file is, if it cannot be an encrypted one.
fn not_encrypted(file: &Path) -> Option<DbError> {
    let page = first_page(file)?;
    match plain_version(&page) {
        Some(version) if version > 2 => Some(newer_format(file, version)),
        Some(_) if opens_plainly(file) => Some(DbError::NotEncrypted(file.to_owned())),
        Some(_) => Some(headless_cipher(file)),
        None if may_be_encrypted(file, &page) => None,
        None => Some(DbError::NotADatabase(file.to_owned())),
    }
}

fn newer_format(file: &Path, version: u8) -> DbError {
    let found = format!("a newer SQLite (file format {version})");
    DbError::VersionMismatch { path: file.to_owned(), found, understood: "file formats 1 and 2" }
}

/// A plain header over pages that are not: `cipher_plaintext_header_size`, whose salt is kept outside of the file.
fn headless_cipher(file: &Path) -> DbError {
    let found = "it has a plain header over encrypted pages (cipher_plaintext_header_size), or is damaged".to_owned();
    DbError::UnsupportedCipher { path: file.to_owned(), found }
}

fn opens_plainly(file: &Path) -> bool {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(file, flags).is_ok_and(|connection| open::verify(&connection).is_ok())
}

/// The beginning of a file, up to a page of the usual size. None while this process has it open as a database: closing
/// our descriptor would take `SQLite`'s locks with it (fcntl(2)), and then it is one, certainly.
fn first_page(file: &Path) -> Option<Vec<u8>> {
    registry::unless_open(file, || {
        let mut page = Vec::with_capacity(4096);
        std::fs::File::open(file).and_then(|file| file.take(4096).read_to_end(&mut page)).is_ok().then_some(page)
    })?
}

/// The read version in a plain header.
fn plain_version(page: &[u8]) -> Option<u8> {
    if page.starts_with(MAGIC) { page.get(19).copied() } else { None }
}

/// Whether a plain header goes on as one: the text encoding, where a cipher would leave chance bytes, is one of three, or
/// none in a database without tables (<https://sqlite.org/fileformat.html#text_encoding>).
fn is_wholly_plain(page: &[u8]) -> bool {
    matches!(page.get(56..60), Some([0, 0, 0, 0..=3]))
}

/// Whether it may be an encrypted file: whole pages, of random bytes.
fn may_be_encrypted(file: &Path, page: &[u8]) -> bool {
    let whole = std::fs::metadata(file).is_ok_and(|metadata| metadata.len().is_multiple_of(SMALLEST_PAGE));
    whole && looks_random(page)
}

/// Whether bytes are spread as those of a cipher: nearly as many different ones as chance has it. A page of text has 60
/// to 100, one of a compressed archive's header and names fewer than chance has.
#[allow(clippy::cast_precision_loss, reason = "4096 at most")]
fn looks_random(page: &[u8]) -> bool {
    // Not one byte of a page that SQLite could have written, either.
    if page.len() < 512 {
        return false;
    }
    let mut seen = [false; 256];
    for byte in page {
        seen[usize::from(*byte)] = true;
    }
    let different = seen.iter().filter(|seen| **seen).count() as f64;
    let expected = 256.0 * (1.0 - (-(page.len() as f64) / 256.0).exp());
    different > 0.85 * expected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ciphertext_looks_random_and_nothing_else_does() {
        let random: Vec<u8> = (0..4096).map(|_| rand::random()).collect();
        assert!(looks_random(&random));
        assert!(looks_random(&random[..512]));
        assert!(!looks_random(&random[..511]), "shorter than a page");
        let text = "It was the best of times, it was the worst of times. ".repeat(80);
        assert!(!looks_random(text.as_bytes()));
        assert!(!looks_random(&[0; 4096]));
    }
}
