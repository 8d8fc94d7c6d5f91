//! What ended a task that failed.

use std::{any::Any, error::Error, fmt};

/// An error of any kind, or a panic's words.
#[derive(Debug)]
pub struct TaskError(Box<dyn Error + Send + Sync>);

impl TaskError {
    /// Of what a panic left behind.
    #[must_use]
    pub fn panicked(payload: &(dyn Any + Send)) -> Self {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
        Self(format!("panicked: {}", text.as_deref().unwrap_or("without a word")).into())
    }

    /// The error and what caused it, for the log.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut text = self.0.to_string();
        let mut cause = self.0.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    }
}

/// The error alone, as legacy shows an exception.
impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for TaskError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_hears_the_error_and_the_log_its_causes() {
        #[derive(Debug, thiserror::Error)]
        #[error("could not read")]
        struct Outer(#[source] std::io::Error);
        let error = TaskError::from(Outer(std::io::Error::other("no disk")));
        assert_eq!((error.to_string().as_str(), error.chain().as_str()), ("could not read", "could not read: no disk"));
        assert_eq!(TaskError::panicked(&"boom").to_string(), "panicked: boom");
        assert_eq!(TaskError::panicked(&1).to_string(), "panicked: without a word");
    }
}
