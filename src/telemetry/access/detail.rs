//! What only an access log has of a request: its query, and what its client says of itself. Secrets are left out when it
//! is made.

use crate::parity::{Rulebook, redact::Redactor};

/// Longest text of a client's that is kept.
const LONGEST: usize = 4096;

/// What a line has besides the event.
#[derive(Debug, Default)]
pub struct Detail {
    /// The query.
    pub(super) query: Option<String>,
    /// Where the client comes from.
    pub(super) referer: Option<String>,
    /// What it is.
    pub(super) agent: Option<String>,
}

impl Detail {
    /// Of a query, a `Referer` and a `User-Agent`, without the values of names that are secrets: `further` ones, and those
    /// that are everywhere.
    #[must_use]
    pub fn of(query: Option<&str>, referer: Option<&[u8]>, agent: Option<&[u8]>, further: &[String]) -> Self {
        let rules = Rulebook::default();
        let redactor = Redactor::new(&rules, further);
        let text = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST)]).into_owned();
        // Of a value that is cut the name is there still; of a name that is cut there is no value.
        let query = query.map(|query| redactor.pairs(&text(query.as_bytes())));
        let referer = referer.map(|referer| redactor.link(&text(referer)));
        Self { query, referer, agent: agent.map(text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_queries_are_left_out_whoever_names_them() {
        let names = ["pin".to_owned()];
        let detail = Detail::of(
            Some("a=1&Password=s3cret&pin=s3cret&p%61ssword=s3cret"),
            Some(b"http://h/login?token=s3cret&b=2#api_key=s3cret"),
            Some(b"curl/8"),
            &names,
        );
        let shown = format!("{detail:?}");
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(
            shown.contains("a=1&Password=redacted") && shown.contains("&b=2#") && shown.contains("curl/8"),
            "{shown}"
        );
        let long = Detail::of(Some(&"x".repeat(10_000)), None, None, &[]);
        assert_eq!(long.query.map(|query| query.len()), Some(LONGEST));
    }
}
