//! What is wrong with a request, and the status that says so.

use std::fmt;

/// A request that is not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The status code.
    pub status: u16,
    /// The value of the `x-cutover-error` header.
    pub code: &'static str,
    /// What is wrong, and where the rule stands.
    pub message: String,
}

impl Rejection {
    /// 400, with the rule that was broken.
    pub fn bad(message: impl Into<String>) -> Self {
        Self { status: 400, code: "bad-request", message: message.into() }
    }

    /// Another status.
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
