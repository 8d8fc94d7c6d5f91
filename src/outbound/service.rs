//! Whom the bridge can ask, and how much of it each takes.

use std::time::Duration;

use crate::config::{Outbound, Worded};

/// A server of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// GitHub's REST API, asked without an account: 60 questions an hour from one address
    /// ([rate limits](https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api)).
    Github,
}

/// How much a service is asked.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Questions under way at once.
    pub places: usize,
    /// Questions that may wait for one of these places.
    pub waiting: usize,
    /// The time between two questions, on average.
    pub interval: Duration,
    /// Questions that may come together after a quiet time.
    pub burst: u32,
    /// Retries of one question.
    pub retries: u32,
    /// Retries of all questions together: so many for a hundred questions.
    pub retry_percent: u32,
    /// The pause before a first retry, doubled with each.
    pub pause: Duration,
    /// The longest such pause.
    pub longest_pause: Duration,
}

impl Worded for Service {
    const ALL: &'static [Self] = &[Self::Github];

    fn word(self) -> &'static str {
        match self {
            Self::Github => "github",
        }
    }
}

impl Service {
    /// How much it is asked.
    #[must_use]
    pub const fn limits(self) -> Limits {
        match self {
            Self::Github => Limits {
                places: 4,
                waiting: 32,
                interval: Duration::from_secs(1),
                burst: 5,
                retries: 2,
                retry_percent: 20,
                pause: Duration::from_millis(200),
                longest_pause: Duration::from_secs(5),
            },
        }
    }

    /// Where it is asked; empty where it is legacy's to ask.
    #[must_use]
    pub fn base(self, config: &Outbound) -> &str {
        match self {
            Self::Github => &config.github,
        }
    }
}
