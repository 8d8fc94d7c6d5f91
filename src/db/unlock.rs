//! From a passphrase to the key that opens a file.

use std::path::Path;

use super::{DbError, Passphrase, RawKey, cipher, diagnosis, open, registry::Registered};

impl Passphrase {
    /// Derives the raw key that opens a file, and verifies it by a read. Takes a fifth of a second of CPU: not for the
    /// runtime's threads. Files of `SQLCipher` 4 and of `SQLCipher` 3 are understood, with their default settings.
    ///
    /// # Errors
    /// The file is missing, empty, no database or not encrypted; the key is wrong, or it fits with settings that are not
    /// understood. Saying which of the last two takes half a second more.
    pub fn derive(&self, file: &Path) -> Result<RawKey, DbError> {
        open::exists(file)?;
        let registered = Registered::of(file);
        let salt = open::salt_of(file)?;
        for cipher in cipher::UNDERSTOOD {
            let key = self.with(&salt, cipher)?;
            match open::read_only(file, Some(&key)) {
                // After a crash nothing can be read before a journal is rolled back: opening will tell.
                Ok(_) | Err(DbError::Unrecovered(_)) => return Ok(key),
                Err(DbError::NotADatabase(_)) => {}
                Err(error) => return Err(error),
            }
        }
        drop(registered);
        Err(diagnosis::of_a_key_that_does_not_fit(file, self, &salt))
    }
}

impl RawKey {
    /// Whether a file has the salt that this key was derived with.
    #[must_use]
    pub fn salted_for(&self, file: &Path) -> bool {
        open::salt_of(file).is_ok_and(|salt| self.salt() == salt)
    }
}
