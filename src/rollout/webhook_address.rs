//! Where the webhook is. Such an address has a secret in it more often than not, so it can be in a file of its own, and is in
//! no message.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::config::{Layers, kinds::is_web_address, settings};

/// Longest file: more is no address.
const LONGEST: u64 = 4096;

/// Why there is no address, though there should be one. Nothing of what is in the file is in it.
#[derive(Debug, Error)]
pub enum WebhookError {
    /// The file can not be read.
    #[error("rollout.webhook_file {file}: can not be read: {error}")]
    File {
        /// Which.
        file: String,
        /// Why not.
        error: io::Error,
    },
    /// What is in it is no address.
    #[error(
        "rollout.webhook_file {file}: what is in it is no address such as https://example.org/hook, and nothing else"
    )]
    Content {
        /// Which.
        file: String,
    },
}

/// The address in force; none if nobody is to be told. Blocking: reads a file.
///
/// # Errors
/// It is in a file that can not be read, or has no address in it.
pub fn address(layers: &Layers, rollout: &settings::Rollout) -> Result<Option<SecretString>, WebhookError> {
    match rollout.webhook_file.as_deref() {
        Some(file) => read(&layers.beside(file)).map(Some),
        None => Ok(Some(rollout.webhook.clone()).filter(|address| !address.expose_secret().is_empty())),
    }
}

/// The same when it was configured, with a warning where others can read the file.
///
/// # Errors
/// As [`address`].
pub fn checked(layers: &Layers, rollout: &settings::Rollout) -> Result<(), WebhookError> {
    address(layers, rollout)?;
    if let Some(path) = rollout.webhook_file.as_deref().map(|file| layers.beside(file))
        && let Ok(mode) = std::fs::metadata(&path).map(|found| found.permissions().mode())
        && mode & 0o077 != 0
    {
        let file = path.display();
        tracing::warn!(%file, "the file of rollout.webhook_file is not its owner's alone: chmod 600 {file}");
    }
    Ok(())
}

fn read(path: &Path) -> Result<SecretString, WebhookError> {
    let file = || path.display().to_string();
    // As long as it may be, so that no copy is left behind when it grows.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(LONGEST).unwrap_or(0) + 32));
    let read = File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes));
    read.map_err(|error| WebhookError::File { file: file(), error })?;
    let text = std::str::from_utf8(bytes.trim_ascii()).ok().filter(|_| bytes.len() as u64 <= LONGEST);
    match text {
        Some(text) if is_web_address(text) => Ok(SecretString::from(text)),
        _ => Err(WebhookError::Content { file: file() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_all_that_is_in_its_file_and_is_not_printed() {
        let of = |content: &[u8]| {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), content).unwrap();
            read(file.path())
        };
        let good = of(b" https://example.org/s3cret\n").unwrap();
        assert_eq!(good.expose_secret(), "https://example.org/s3cret");
        assert!(!format!("{good:?}").contains("s3cret"));
        let long = [&b"http://h/s3cret"[..], &[b'a'; 4096]].concat();
        for content in
            [&b""[..], b"s3cret", b"http://h/s3cret\nhttp://h/", b"ftp://h/s3cret", b"http://h/s3cret\xff", &long]
        {
            let error = of(content).unwrap_err().to_string();
            assert!(error.contains("rollout.webhook_file /") && !error.contains("s3cret"), "{error}");
        }
    }
}
