//! Why there is no answer.

use std::{error::Error, fmt::Write as _};

use thiserror::Error;

/// No answer. Texts name no address: there may be keys in it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Failure {
    /// As many questions wait for this service as may.
    #[error("too many questions wait for it")]
    Crowded,
    /// The service wants to be left alone for longer than there is time.
    #[error("it wants to be left alone for now")]
    Paused,
    /// It took too long.
    #[error("it took too long")]
    Late,
    /// It can not be reached.
    #[error("it can not be reached: {0}")]
    Unreachable(String),
    /// TLS failed, mostly because nobody that is trusted vouches for the certificate. Legacy trusts others (certifi).
    #[error("TLS failed: {0}")]
    Untrusted(String),
    /// Its answer broke off, or is no HTTP.
    #[error("its answer broke off: {0}")]
    Broken(String),
    /// Its answer is larger than the question allows.
    #[error("its answer is larger than {0} bytes")]
    TooLarge(usize),
    /// It sends us to another server, or on and on.
    #[error("it sends us elsewhere")]
    Elsewhere,
    /// Address, proxy or certificates of this machine are not right.
    #[error("{0}")]
    Misconfigured(String),
}

impl Failure {
    /// Whether the next try may find it gone.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Broken(_))
    }
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let text = chain(&error);
        if error.is_timeout() {
            Self::Late
        } else if is_tls(&error) {
            Self::Untrusted(text)
        } else if error.is_connect() {
            Self::Unreachable(text)
        } else if error.is_builder() {
            Self::Misconfigured(text)
        } else {
            Self::Broken(text)
        }
    }
}

/// Whether TLS is at the bottom of it. Where native-tls uses another one than OpenSSL, it counts as unreachable.
fn is_tls(error: &reqwest::Error) -> bool {
    causes(error).any(|cause| cause.is::<openssl::ssl::Error>() || cause.is::<openssl::error::ErrorStack>())
}

fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    for cause in causes(error).map(ToString::to_string) {
        // Some repeat what is beneath them.
        if !text.contains(&cause) {
            let _ = write!(text, ": {cause}");
        }
    }
    text
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |cause| (*cause).source())
}
