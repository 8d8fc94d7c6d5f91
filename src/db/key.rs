//! Passphrases and the raw key derived from them.
//!
//! SQLCipher derives the key when a connection first reads: a fifth of a second and more, per connection. Deriving it
//! once with the same function (PBKDF2-HMAC-SHA512, 256 000 rounds, the file's first 16 bytes as salt: SQLCipher 4's
//! defaults) and opening every connection with the raw key costs that once.

use std::{fmt, io::Read, path::Path};

use openssl::{hash::MessageDigest, pkcs5::pbkdf2_hmac};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::DbError;

/// Rounds of SQLCipher 4's default key derivation.
const ROUNDS: usize = 256_000;
const KEY_BYTES: usize = 32;
const SALT_BYTES: usize = 16;

/// What a user typed. Wiped on drop; never printed.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Passphrase(String);

impl Passphrase {
    /// Takes a passphrase over.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// What legacy's `PRAGMA key = '…'` makes of it: the text ends at the first NUL.
    fn effective(&self) -> &str {
        self.0.split('\0').next().unwrap_or_default()
    }

    /// `x'<64 or 96 hex>'` is no passphrase to SQLCipher but a raw key, with or without a salt.
    fn as_raw(&self) -> Option<Zeroizing<Vec<u8>>> {
        let hex = self.effective().strip_prefix(['x', 'X'])?.strip_prefix('\'')?.strip_suffix('\'')?;
        if hex.len() != 2 * KEY_BYTES && hex.len() != 2 * (KEY_BYTES + SALT_BYTES) {
            return None;
        }
        let nibble = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
        let mut bytes = Zeroizing::new(Vec::with_capacity(KEY_BYTES + SALT_BYTES));
        for pair in hex.as_bytes().chunks_exact(2) {
            bytes.push(nibble(pair[0])? << 4 | nibble(pair[1])?);
        }
        Some(bytes)
    }

    /// Derives the raw key for a file, whose salt is read from it. Takes a fifth of a second of CPU: not for the
    /// runtime's threads.
    ///
    /// # Errors
    /// The file is missing, unreadable or shorter than a salt.
    pub fn derive(&self, file: &Path) -> Result<RawKey, DbError> {
        let salt = salt_of(file).map_err(|source| DbError::File { path: file.to_owned(), source })?;
        let mut raw = RawKey { bytes: Zeroizing::new([0; KEY_BYTES + SALT_BYTES]) };
        raw.bytes[KEY_BYTES..].copy_from_slice(&salt);
        match self.as_raw() {
            Some(given) => raw.bytes[..given.len()].copy_from_slice(&given),
            None => {
                let passphrase = self.effective().as_bytes();
                pbkdf2_hmac(passphrase, &salt, ROUNDS, MessageDigest::sha512(), &mut raw.bytes[..KEY_BYTES])
                    .map_err(|error| DbError::Derivation(error.to_string()))?;
            }
        }
        Ok(raw)
    }
}

/// The first bytes of a file.
fn salt_of(file: &Path) -> std::io::Result<[u8; SALT_BYTES]> {
    let mut salt = [0; SALT_BYTES];
    std::fs::File::open(file)?.read_exact(&mut salt)?;
    Ok(salt)
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

/// A derived key and its salt. Wiped on drop; never printed.
#[derive(Clone)]
pub struct RawKey {
    bytes: Zeroizing<[u8; KEY_BYTES + SALT_BYTES]>,
}

impl RawKey {
    /// Whether a file has the salt that this key was derived with.
    #[must_use]
    pub fn salted_for(&self, file: &Path) -> bool {
        salt_of(file).is_ok_and(|salt| self.bytes[KEY_BYTES..] == salt)
    }

    /// `x'<96 hex>'`, as `PRAGMA key` takes it.
    #[must_use]
    pub fn literal(&self) -> Zeroizing<String> {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut text = Zeroizing::new(String::with_capacity(2 * self.bytes.len() + 3));
        text.push_str("x'");
        for byte in self.bytes.iter() {
            text.push(char::from(HEX[usize::from(byte >> 4)]));
            text.push(char::from(HEX[usize::from(byte & 15)]));
        }
        text.push('\'');
        text
    }
}

impl fmt::Debug for RawKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_print() {
        let passphrase = Passphrase::new("hunter2".into());
        assert_eq!(format!("{passphrase:?}"), "Passphrase(…)");
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [7; 16]).unwrap();
        let key = Passphrase::new(format!("x'{}'", "00".repeat(32))).derive(file.path()).unwrap();
        assert_eq!(format!("{key:?}"), "RawKey(…)");
    }

    #[test]
    fn a_raw_key_written_as_a_passphrase_is_taken_as_it_is() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [7; 20]).unwrap();
        let key = Passphrase::new(format!("X'{}'", "aB".repeat(32))).derive(file.path()).unwrap();
        assert_eq!(*key.literal(), format!("x'{}{}'", "ab".repeat(32), "07".repeat(16)));
        let with_salt = Passphrase::new(format!("x'{}'", "01".repeat(48))).derive(file.path()).unwrap();
        assert_eq!(*with_salt.literal(), format!("x'{}'", "01".repeat(48)));
    }

    #[test]
    fn a_file_without_a_salt_is_an_error_not_a_key() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(matches!(Passphrase::new("p".into()).derive(file.path()), Err(DbError::File { .. })));
    }
}
