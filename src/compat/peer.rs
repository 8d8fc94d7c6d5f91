//! The process at the other end of the Unix socket.

/// Who connected, as the kernel says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Peer {
    /// Its process id as we see it; none where the kernel does not tell, or it is in a namespace that we do not see.
    pub pid: Option<i32>,
}

impl Peer {
    /// Whether these are known to be two processes.
    #[must_use]
    pub fn differs(self, other: Self) -> bool {
        matches!((self.pid, other.pid), (Some(one), Some(other)) if one != other)
    }

    /// Whether it is known to have ended. A child of its may still hold its connections.
    #[must_use]
    pub fn ended(self) -> bool {
        cfg!(target_os = "linux")
            && self.pid.is_some_and(|pid| !std::path::Path::new("/proc").join(pid.to_string()).exists())
    }
}
