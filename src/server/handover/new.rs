//! The process that was started, as the old one hears and tells it.

use std::{
    os::fd::{AsFd, OwnedFd},
    time::Duration,
};

use super::{link::Link, program::Started, said::FromNew};

/// How long the new process may take to read its configuration, and to serve once it has everything.
pub(super) const START: Duration = Duration::from_secs(30);

/// The process that was started.
pub(super) struct New {
    pub(super) link: Link,
    pub(super) child: Started,
}

/// Why it does not go on.
pub(super) enum Why {
    /// What to tell the user.
    Said(String),
    /// It is gone.
    Gone,
}

impl Why {
    pub(super) fn said(why: String) -> Self {
        Self::Said(why)
    }
}

impl FromNew {
    pub(super) fn unexpected(self) -> String {
        match self {
            Self::Fault(why) => format!("the new process can not go on: {why}"),
            other => format!("the new process said {other:?}, which was not its turn"),
        }
    }
}

impl New {
    /// What it says next.
    pub(super) async fn hears(&mut self, bound: Duration) -> Result<FromNew, Why> {
        let link = self.link.another().map_err(|error| Why::said(error.to_string()))?;
        let heard = tokio::task::spawn_blocking(move || {
            link.wait_at_most(Some(bound))?;
            link.receive()
        });
        let (bytes, _) = match heard.await.map_err(|error| Why::said(error.to_string()))? {
            Ok(Some(frame)) => frame,
            Ok(None) => return Err(Why::Gone),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                return Err(Why::said(format!("the new process said nothing for {bound:?}")));
            }
            Err(_) => return Err(Why::Gone),
        };
        serde_json::from_slice(&bytes).map_err(|error| Why::said(format!("the new process is not understood: {error}")))
    }

    /// Tells it everything, and the user.
    pub(super) async fn tell(
        &mut self,
        everything: Vec<u8>,
        descriptors: Vec<OwnedFd>,
        key: zeroize::Zeroizing<Vec<u8>>,
    ) -> Result<(), Why> {
        let link = self.link.another().map_err(|error| Why::said(error.to_string()))?;
        let told = tokio::task::spawn_blocking(move || {
            link.wait_at_most(Some(START))?;
            let descriptors: Vec<_> = descriptors.iter().map(AsFd::as_fd).collect();
            link.send(&everything, &descriptors)?;
            link.send(&key, &[])
        });
        told.await.map_err(|error| Why::said(error.to_string()))?.map_err(|_| Why::Gone)
    }

    /// What to tell the user; it has ended when that is known.
    pub(super) async fn why(self, why: Why) -> String {
        let Self { link, child } = self;
        let ended = tokio::task::spawn_blocking(move || match why {
            Why::Said(why) => {
                drop(child);
                why
            }
            Why::Gone => format!("the new process is gone: {}", child.ended()),
        });
        let ended = ended.await.unwrap_or_default();
        drop(link);
        ended
    }
}
