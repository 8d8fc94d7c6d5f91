//! The parameters of a query, read strictly: a misspelled one that does nothing would be found out too late.

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};

use super::failure::Failure;
use crate::config::fault::remedy;

/// The parameters of a query, in their order.
#[derive(Debug, Clone, Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let read = Query::from_request_parts(parts, state).await;
        read.map(|Query(pairs)| Self(pairs)).map_err(|error| Failure::unreadable(error.body_text()))
    }
}

impl Parameters {
    /// The same, if there are none but these.
    pub(super) fn only(self, known: &[&str]) -> Result<Self, Failure> {
        match self.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            None => Ok(self),
            Some((unknown, _)) if known.is_empty() => {
                Err(Failure::unreadable(format!("there is no parameter \"{unknown}\" here, nor any other")))
            }
            Some((unknown, _)) => {
                Err(Failure::unreadable(format!("there is no parameter \"{unknown}\"{}", remedy(unknown, known))))
            }
        }
    }

    /// Every value of one of them.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(given, _)| given == name).map(|(_, value)| value.clone()).collect()
    }

    /// The value of one that may be there once.
    pub(super) fn one(&self, name: &str) -> Result<Option<String>, Failure> {
        let mut values = self.all(name).into_iter();
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            _ => Err(Failure::unreadable(format!("\"{name}\" is there more than once"))),
        }
    }
}
