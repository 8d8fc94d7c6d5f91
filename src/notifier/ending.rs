//! Why a client's connection ends, and what it is told.

use super::frame::{Violation, close::Code};

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The client said so.
    Closed(Option<Code>),
    /// The client broke the protocol.
    Violated(Violation),
    /// The client is gone: its socket ended or broke.
    Gone,
    /// The client did not answer pings.
    Silent,
    /// The client did not take what was sent to it.
    Lagged,
    /// The bridge stops.
    Drained,
}

/// What a client hears at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goodbye {
    /// A close frame. To rotki's frontend that is final (it does not reconnect), so it is for clients that close, or
    /// that could not go on anyway, and for those who let go of it by `ws.let_go`.
    Close(Option<Code>),
    /// The end of the connection.
    Fin,
    /// A reset: nothing that is on its way is waited for.
    Reset,
}

impl End {
    /// What the client hears, where `frames` says whether a client that should come back is told by a close frame.
    #[must_use]
    pub fn goodbye(self, frames: bool) -> Goodbye {
        match self {
            Self::Closed(code) => Goodbye::Close(code),
            Self::Violated(violation) => Goodbye::Close(Some(violation.code)),
            Self::Lagged if frames => Goodbye::Close(Some(Code::TRY_AGAIN_LATER)),
            Self::Drained if frames => Goodbye::Close(Some(Code::SERVICE_RESTART)),
            Self::Drained => Goodbye::Fin,
            Self::Gone | Self::Silent | Self::Lagged => Goodbye::Reset,
        }
    }

    /// Its name in counts.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed(_) => "closed",
            Self::Violated(_) => "violated",
            Self::Gone => "gone",
            Self::Silent => "silent",
            Self::Lagged => "lagged",
            Self::Drained => "drained",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_should_come_back_hears_no_close_frame_unless_it_was_asked_for() {
        assert_eq!(End::Drained.goodbye(false), Goodbye::Fin);
        assert_eq!(End::Lagged.goodbye(false), Goodbye::Reset);
        assert_eq!(End::Drained.goodbye(true), Goodbye::Close(Some(Code::SERVICE_RESTART)));
        assert_eq!(End::Lagged.goodbye(true), Goodbye::Close(Some(Code::TRY_AGAIN_LATER)));
        assert_eq!(End::Silent.goodbye(true), Goodbye::Reset);
    }
}
