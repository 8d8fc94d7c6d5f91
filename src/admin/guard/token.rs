//! The bearer token.

use std::{
    fs::File,
    io::{self, Read},
    net::SocketAddr,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret, SecretBox};
use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::config::{Layers, settings::Admin};

/// Shortest token, in bytes.
const SHORTEST: usize = 16;
/// Longest file: more is no token.
const LONGEST: u64 = 4096;

/// The token, as its SHA-256: two of them have the same length, whatever was sent. Wiped on drop; never printed.
#[derive(Debug)]
pub struct Token(SecretBox<[u8; 32]>);

/// Why there is no token, though there should be one.
#[derive(Debug, Error)]
pub enum TokenError {
    /// Others can reach the listener.
    #[error(
        "admin.address {0} can be reached by others, and admin.token_file names no file: put a token into one (openssl \
         rand -hex 32 > admin.token; chmod 600 admin.token) and set token_file = \"admin.token\" in [admin], or listen on \
         127.0.0.1"
    )]
    Open(SocketAddr),
    /// The file can not be read.
    #[error("admin.token_file {file}: can not be read: {error}; make one with openssl rand -hex 32 > {file}")]
    File {
        /// Which.
        file: String,
        /// Why not.
        error: io::Error,
    },
    /// What is in the file is no token.
    #[error("admin.token_file {file}: {why}; make one with openssl rand -hex 32 > {file}")]
    Content {
        /// Which.
        file: String,
        /// Why not. Nothing of the token is in it.
        why: String,
    },
}

impl Token {
    /// The token that a listener at this address is to ask for. Blocking: reads a file.
    ///
    /// # Errors
    /// It can not be read, is none, or there is none though others can reach the listener.
    pub fn wanted(layers: &Layers, admin: &Admin, address: SocketAddr) -> Result<Option<Self>, TokenError> {
        match admin.token_file.as_deref() {
            Some(file) => Self::read(&layers.beside(file)).map(Some),
            None if address.ip().to_canonical().is_loopback() => Ok(None),
            None => Err(TokenError::Open(address)),
        }
    }

    fn read(path: &Path) -> Result<Self, TokenError> {
        let text = read(path)?;
        if let Ok(mode) = std::fs::metadata(path).map(|found| found.permissions().mode())
            && mode & 0o077 != 0
        {
            let file = path.display();
            tracing::warn!(%file, "the file of admin.token_file is not its owner's alone: chmod 600 {file}");
        }
        Ok(Self::of(&text))
    }

    pub(super) fn of(text: &str) -> Self {
        Self(SecretBox::init_with_mut(|digest: &mut [u8; 32]| *digest = Sha256::digest(text.as_bytes()).into()))
    }

    /// Whether it is this one, in a time that says nothing about it.
    pub(super) fn is(&self, given: &[u8]) -> bool {
        openssl::memcmp::eq(self.0.expose_secret(), &Sha256::digest(given))
    }
}

/// The token in a file, for whoever asks a bridge. Blocking.
///
/// # Errors
/// It can not be read, or is no token.
pub fn read(path: &Path) -> Result<Zeroizing<String>, TokenError> {
    let file = || path.display().to_string();
    let content = |why: String| TokenError::Content { file: file(), why };
    // As long as it may be, so that no copy is left behind when it grows.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(LONGEST).unwrap_or(0) + 32));
    let read = File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes));
    let read = read.map_err(|error| TokenError::File { file: file(), error })?;
    if read as u64 > LONGEST {
        return Err(content(format!("it is longer than {LONGEST} bytes")));
    }
    let token = bytes.trim_ascii();
    if !token.iter().all(u8::is_ascii_graphic) {
        return Err(content("a token is one word of letters, digits and signs, in ASCII".to_owned()));
    }
    if token.len() < SHORTEST {
        return Err(content(format!("the token has {} bytes, and needs {SHORTEST}", token.len())));
    }
    // All of it is ASCII.
    Ok(Zeroizing::new(String::from_utf8_lossy(token).into_owned()))
}

/// The file of the token, if the configuration names one.
#[must_use]
pub fn file(layers: &Layers, admin: &Admin) -> Option<PathBuf> {
    admin.token_file.as_deref().map(|file| layers.beside(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(content: &[u8]) -> Result<String, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        let path = file.path().display().to_string();
        read(file.path()).map(|token| token.to_string()).map_err(|error| error.to_string().replace(&path, "FILE"))
    }

    #[test]
    fn a_token_is_one_word_of_sixteen_bytes_at_least() {
        assert_eq!(of(b" 0123456789abcdef\n").as_deref(), Ok("0123456789abcdef"));
        for (content, said) in [
            (&b""[..], "the token has 0 bytes, and needs 16"),
            (b"0123456789abcde\n\n", "the token has 15 bytes, and needs 16"),
            (b"0123456789abcdef\nsecond line", "one word"),
            ("0123456789abcdefä".as_bytes(), "one word"),
            (&[b'a'; 4097], "longer than 4096 bytes"),
        ] {
            let error = of(content).unwrap_err();
            assert!(error.contains(said) && error.ends_with("openssl rand -hex 32 > FILE"), "{error}");
            assert!(!error.contains("0123456789"), "{error}");
        }
        let none = read(Path::new("/nowhere/at/all")).unwrap_err().to_string();
        assert!(none.starts_with("admin.token_file /nowhere/at/all: can not be read: "), "{none}");
    }

    #[test]
    fn only_the_token_is_the_token_and_it_is_not_printed() {
        let token = Token::of("0123456789abcdef");
        assert!(token.is(b"0123456789abcdef"));
        for other in [&b""[..], b"0123456789abcdeg", b"0123456789abcdef0", b"0123456789abcde", b"0123456789ABCDEF"] {
            assert!(!token.is(other));
        }
        let digest = Sha256::digest(b"0123456789abcdef");
        assert!(!format!("{token:?}").contains(&digest[0].to_string()), "{token:?}");
    }

    #[test]
    fn only_a_loopback_address_needs_no_token() {
        let admin = Admin {
            address: "127.0.0.1:1".parse().unwrap(),
            token_file: None,
            hosts: Vec::new(),
            max_connections: 1,
            header_timeout: None,
            body_timeout: None,
        };
        let wanted = |address: &str| Token::wanted(&Layers::default(), &admin, address.parse().unwrap());
        for address in ["127.0.0.1:1", "[::1]:1", "127.9.9.9:1", "[::ffff:127.0.0.1]:1"] {
            assert!(matches!(wanted(address), Ok(None)), "{address}");
        }
        for address in ["0.0.0.0:1", "[::]:1", "10.0.0.1:1", "[::ffff:10.0.0.1]:1"] {
            let error = wanted(address).unwrap_err().to_string();
            assert!(error.contains("admin.address") && error.contains("admin.token_file"), "{error}");
        }
    }
}
