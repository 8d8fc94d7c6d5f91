//! `SQLCipher`'s settings: which files are opened, and which are known by name so that an error can say what they are.

use std::fmt;

use openssl::hash::MessageDigest;

/// A hash function of `SQLCipher`'s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Digest {
    Sha1,
    Sha256,
    Sha512,
}

impl Digest {
    pub(super) fn openssl(self) -> MessageDigest {
        match self {
            Self::Sha1 => MessageDigest::sha1(),
            Self::Sha256 => MessageDigest::sha256(),
            Self::Sha512 => MessageDigest::sha512(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha512 => "SHA512",
        }
    }
}

/// How a file was encrypted (<https://www.zetetic.net/sqlcipher/sqlcipher-api/>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cipher {
    /// Hash of the key derivation.
    pub(super) kdf: Digest,
    /// Its rounds.
    pub(super) rounds: usize,
    /// Bytes of a page.
    pub(super) page: u32,
    /// Hash that guards each page, if any.
    pub(super) hmac: Option<Digest>,
}

const fn cipher(kdf: Digest, rounds: usize, page: u32, hmac: Option<Digest>) -> Cipher {
    Cipher { kdf, rounds, page, hmac }
}

/// Defaults of `SQLCipher` 4.
pub(super) const V4: Cipher = cipher(Digest::Sha512, 256_000, 4096, Some(Digest::Sha512));
/// Defaults of `SQLCipher` 3.
pub(super) const V3: Cipher = cipher(Digest::Sha1, 64_000, 1024, Some(Digest::Sha1));
const V2: Cipher = cipher(Digest::Sha1, 4_000, 1024, Some(Digest::Sha1));
const V1: Cipher = cipher(Digest::Sha1, 4_000, 1024, None);

/// What is opened, in the order it is tried.
pub(super) const UNDERSTOOD: [Cipher; 2] = [V4, V3];
/// What is known, and not opened.
pub(super) const OLD: [(Cipher, &str); 2] = [(V2, "SQLCipher 2"), (V1, "SQLCipher 1")];

/// Derivations that are in use, for telling unusual settings from a wrong key.
const DERIVATIONS: [(Digest, usize); 5] = [
    (Digest::Sha512, 256_000),
    (Digest::Sha1, 64_000),
    (Digest::Sha512, 64_000),
    (Digest::Sha256, 256_000),
    (Digest::Sha1, 4_000),
];
const PAGES: [u32; 8] = [4096, 1024, 8192, 2048, 512, 16_384, 32_768, 65_536];
const HMACS: [Option<Digest>; 4] = [Some(Digest::Sha512), Some(Digest::Sha1), Some(Digest::Sha256), None];

/// Settings worth a try, one list per derivation.
pub(super) fn unusual() -> impl Iterator<Item = Vec<Cipher>> {
    DERIVATIONS.into_iter().map(|(kdf, rounds)| {
        let with = |page| HMACS.map(|hmac| cipher(kdf, rounds, page, hmac));
        PAGES.into_iter().flat_map(with).collect()
    })
}

impl Cipher {
    /// Statements that follow `PRAGMA key`; none for the library's defaults.
    pub(super) fn pragmas(&self) -> String {
        if *self == V4 {
            return String::new();
        }
        let hmac = match self.hmac {
            Some(digest) => format!("PRAGMA cipher_hmac_algorithm = HMAC_{};", digest.name()),
            None => "PRAGMA cipher_use_hmac = OFF;".to_owned(),
        };
        let (page, kdf) = (self.page, self.kdf.name());
        format!("PRAGMA cipher_page_size = {page}; PRAGMA cipher_kdf_algorithm = PBKDF2_HMAC_{kdf}; {hmac}")
    }
}

impl fmt::Display for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hmac = self.hmac.map_or_else(|| "none".to_owned(), |digest| format!("HMAC_{}", digest.name()));
        write!(
            f,
            "kdf_iter {}, cipher_kdf_algorithm PBKDF2_HMAC_{}, cipher_page_size {}, cipher_hmac_algorithm {hmac}",
            self.rounds,
            self.kdf.name(),
            self.page,
        )
    }
}
