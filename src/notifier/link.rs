//! The state of the subscription to legacy.

/// The subscription to legacy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Not wanted: there is no client.
    Idle,
    /// Wanted, and being made for the first time since it is.
    Connecting,
    /// Made.
    Up,
    /// Wanted, and legacy can not be reached; it is tried again and again.
    Down,
}

impl Link {
    /// Its word in the admin API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Connecting => "connecting",
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}
