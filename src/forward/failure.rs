//! Why legacy could not be asked, in legacy's own envelope and with a header that says the bridge made it.

use std::time::Duration;

use http::StatusCode;
use thiserror::Error;

use super::body::BodyFault;

/// A request that got no answer of legacy's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Failure {
    /// Nothing listens where legacy should.
    #[error("legacy refused the connection ({0}); is it running?")]
    Refused(String),
    /// No connection in time.
    #[error("no connection to legacy within {0:?}")]
    ConnectTimeout(Duration),
    /// Every connection is busy and stayed so.
    #[error("all connections to legacy are busy; none was free within {0:?}")]
    Saturated(Duration),
    /// Every connection is busy, and as many as may wait for one.
    #[error("all connections to legacy are busy, and {0} requests wait for one (legacy.max_waiting)")]
    Crowded(usize),
    /// Every websocket tunnel is taken.
    #[error("all websocket tunnels to legacy are taken")]
    TunnelsTaken,
    /// Legacy took the request and has not begun to answer in time.
    #[error("legacy did not begin to answer within {0:?}")]
    HeaderTimeout(Duration),
    /// The connection ended before an answer.
    #[error("legacy closed the connection before it answered ({0})")]
    Reset(String),
    /// What came back is no HTTP answer.
    #[error("legacy's answer is not HTTP ({0})")]
    Malformed(String),
    /// A switch of protocols that was not asked for.
    #[error("legacy switched protocols without being asked")]
    UnaskedUpgrade,
    /// The client's own body broke off.
    #[error("the request body: {0}")]
    Client(BodyFault),
    /// There is no legacy at all: handlers are asked alone, and none of them answered.
    #[error("no handler answered, and there is no legacy here")]
    Alone,
    /// The bridge is stopping.
    #[error("the bridge is stopping")]
    Stopping,
}

impl Failure {
    /// The status code it is answered with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Refused(_)
            | Self::Saturated(_)
            | Self::Crowded(_)
            | Self::TunnelsTaken
            | Self::Alone
            | Self::Stopping => StatusCode::SERVICE_UNAVAILABLE,
            Self::ConnectTimeout(_) | Self::HeaderTimeout(_) => StatusCode::GATEWAY_TIMEOUT,
            Self::Reset(_) | Self::Malformed(_) | Self::UnaskedUpgrade => StatusCode::BAD_GATEWAY,
            Self::Client(BodyFault::TooLarge(_)) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Client(BodyFault::Silent(_)) => StatusCode::REQUEST_TIMEOUT,
            Self::Client(BodyFault::Broken(_)) => StatusCode::BAD_REQUEST,
        }
    }

    /// The value of the `x-cutover-error` header.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(_) => "upstream-refused",
            Self::ConnectTimeout(_) => "upstream-connect-timeout",
            Self::Saturated(_) | Self::Crowded(_) | Self::TunnelsTaken => "upstream-saturated",
            Self::HeaderTimeout(_) => "upstream-header-timeout",
            Self::Reset(_) => "upstream-reset",
            Self::Malformed(_) => "upstream-malformed",
            Self::UnaskedUpgrade => "upstream-unasked-upgrade",
            Self::Client(BodyFault::TooLarge(_)) => "body-too-large",
            Self::Client(BodyFault::Silent(_)) => "body-timeout",
            Self::Client(BodyFault::Broken(_)) => "body-broken",
            Self::Alone => "no-legacy",
            Self::Stopping => "stopping",
        }
    }

    /// Seconds after which another try makes sense.
    #[must_use]
    pub fn retry_after(&self) -> Option<u32> {
        (self.status() == StatusCode::SERVICE_UNAVAILABLE && *self != Self::Alone).then_some(1)
    }

    /// Whether legacy may have begun to work on the request.
    #[must_use]
    pub fn may_have_begun(&self) -> bool {
        !matches!(
            self,
            Self::Refused(_)
                | Self::ConnectTimeout(_)
                | Self::Saturated(_)
                | Self::Crowded(_)
                | Self::TunnelsTaken
                | Self::Alone
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_its_status_marker_and_sentence() {
        let second = Duration::from_secs(1);
        let all = [
            Failure::Refused("Connection refused".into()),
            Failure::ConnectTimeout(second),
            Failure::Saturated(second),
            Failure::Crowded(512),
            Failure::TunnelsTaken,
            Failure::HeaderTimeout(second),
            Failure::Reset("end of file".into()),
            Failure::Malformed("invalid header".into()),
            Failure::UnaskedUpgrade,
            Failure::Client(BodyFault::TooLarge(10)),
            Failure::Client(BodyFault::Silent(second)),
            Failure::Client(BodyFault::Broken("early end".into())),
            Failure::Alone,
            Failure::Stopping,
        ];
        let shown: Vec<String> = all
            .iter()
            .map(|f| {
                format!(
                    "{} {} retry={:?} begun={}: {f}",
                    f.status().as_u16(),
                    f.code(),
                    f.retry_after(),
                    f.may_have_begun()
                )
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"));
    }
}
