//! The descriptors that a process may have: each connection is one, and where there are none left the system can not
//! even be asked to accept a connection that is then refused.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::Config;

/// For the rest: listeners, logs, our own files, three databases with their logs and a reader each, the runtime.
const OTHERS: u64 = 256;

/// As many client connections as there are descriptors for, and at most those that are configured. The soft limit is
/// raised first: it is low for the sake of programs that use `select(2)`, which this one does not.
pub(super) fn connections(config: &Config) -> usize {
    let wanted = config.listen.max_connections;
    let Some(open) = raised() else { return wanted };
    let taken = OTHERS
        + as_many(config.legacy.max_connections)
        + as_many(config.legacy.max_tunnels)
        + as_many(config.admin.max_connections);
    let fitting = fitting(wanted, open, taken);
    if fitting < wanted {
        tracing::warn!(
            descriptors = open,
            connections = fitting,
            "this process may open too few files for listen.max_connections = {wanted}: {fitting} clients are let in; \
             raise the hard limit to {} (ulimit -Hn; LimitNOFILE in a systemd unit)",
            as_many(wanted) + taken
        );
    }
    fitting
}

/// The limit in force, once it is as high as it may be; none if there is none.
fn raised() -> Option<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // macOS takes no more than its OPEN_MAX, whatever the hard limit says (setrlimit(2) there).
    let wanted = [maximum, Some(maximum.unwrap_or(u64::MAX).min(10_240))];
    let raised = wanted.into_iter().find(|wanted| {
        let more = current.is_some_and(|current| wanted.is_none_or(|wanted| wanted > current));
        more && setrlimit(Resource::Nofile, Rlimit { current: *wanted, maximum }).is_ok()
    });
    raised.unwrap_or(current)
}

/// A quarter of what there is goes to clients even where the rest would want all of it.
fn fitting(wanted: usize, open: u64, taken: u64) -> usize {
    let left = open.saturating_sub(taken).max(open / 4);
    wanted.min(usize::try_from(left).unwrap_or(usize::MAX)).max(1)
}

fn as_many(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_clients_are_let_in_as_there_are_descriptors_for() {
        assert_eq!(fitting(1024, 1 << 20, 600), 1024);
        assert_eq!(fitting(1024, 1024, 600), 424);
        assert_eq!(fitting(1024, 512, 600), 128);
        assert_eq!(fitting(10, 1024, 600), 10);
        assert_eq!(fitting(10, 3, 600), 1);
    }
}
