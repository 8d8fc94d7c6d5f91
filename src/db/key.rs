//! Passphrases and the raw key derived from them.
//!
//! `SQLCipher` derives the key when a connection first reads: a fifth of a second and more, per connection. Deriving it
//! once with the same function (PBKDF2, the file's first 16 bytes as salt) and opening every connection with the raw key
//! costs that once.

use std::fmt;

use openssl::pkcs5::pbkdf2_hmac;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{DbError, cipher::Cipher};

const KEY_BYTES: usize = 32;
const SALT_BYTES: usize = 16;

/// A file's salt.
pub(super) type Salt = [u8; SALT_BYTES];

/// What a user typed. Wiped on drop; never printed.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Passphrase(String);

impl Passphrase {
    /// Takes a passphrase over.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// What was typed, for the process that goes on in this one's place and for nobody else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether a file can have it: legacy's `PRAGMA key = '…'` fails for an empty one (SQL statements end at a NUL, so for
    /// one with a NUL too).
    fn check(&self) -> Result<(), DbError> {
        let fault = match self.0.as_str() {
            "" => "the passphrase is empty",
            text if text.contains('\0') => "the passphrase has a NUL, which no key of SQLCipher's can have",
            _ => return Ok(()),
        };
        Err(DbError::Derivation(fault.to_owned()))
    }

    /// `x'<64 or 96 hex>'` is no passphrase to `SQLCipher` but a raw key, with or without a salt.
    fn as_raw(&self) -> Option<Zeroizing<Vec<u8>>> {
        let hex = self.0.strip_prefix(['x', 'X'])?.strip_prefix('\'')?.strip_suffix('\'')?;
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

    /// The raw key for a salt and settings.
    pub(super) fn with(&self, salt: &Salt, cipher: Cipher) -> Result<RawKey, DbError> {
        self.check()?;
        let mut raw = RawKey { bytes: Zeroizing::new([0; KEY_BYTES + SALT_BYTES]), cipher };
        raw.bytes[KEY_BYTES..].copy_from_slice(salt);
        match self.as_raw() {
            Some(given) => raw.bytes[..given.len()].copy_from_slice(&given),
            None => {
                pbkdf2_hmac(self.0.as_bytes(), salt, cipher.rounds, cipher.kdf.openssl(), &mut raw.bytes[..KEY_BYTES])
                    .map_err(|error| DbError::Derivation(error.to_string()))?;
            }
        }
        Ok(raw)
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

/// A derived key, its salt, and the settings it fits. Wiped on drop; never printed.
#[derive(Clone)]
pub struct RawKey {
    bytes: Zeroizing<[u8; KEY_BYTES + SALT_BYTES]>,
    cipher: Cipher,
}

impl RawKey {
    /// The salt it was derived with.
    pub(super) fn salt(&self) -> &[u8] {
        &self.bytes[KEY_BYTES..]
    }

    /// The same key with other settings.
    pub(super) fn under(&self, cipher: Cipher) -> Self {
        Self { bytes: self.bytes.clone(), cipher }
    }

    /// Statements that follow the key.
    pub(super) fn pragmas(&self) -> String {
        self.cipher.pragmas()
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
    use super::{super::cipher, *};

    #[test]
    fn secrets_do_not_print() {
        let passphrase = Passphrase::new("hunter2".into());
        assert_eq!(format!("{passphrase:?}"), "Passphrase(…)");
        let key = passphrase.with(&[7; 16], cipher::V3).unwrap();
        assert_eq!(format!("{key:?}"), "RawKey(…)");
    }

    #[test]
    fn a_raw_key_written_as_a_passphrase_is_taken_as_it_is() {
        let raw = |text: String| Passphrase::new(text).with(&[7; 16], cipher::V4).unwrap().literal().to_string();
        assert_eq!(raw(format!("X'{}'", "aB".repeat(32))), format!("x'{}{}'", "ab".repeat(32), "07".repeat(16)));
        assert_eq!(raw(format!("x'{}'", "01".repeat(48))), format!("x'{}'", "01".repeat(48)));
    }

    #[test]
    fn no_key_comes_of_an_empty_passphrase_or_one_with_a_nul() {
        for text in ["", "left\0right", "\0"] {
            let refused = Passphrase::new(text.into()).with(&[7; 16], cipher::V3);
            assert!(matches!(refused, Err(DbError::Derivation(_))), "{text:?}");
        }
    }
}
