//! Background tasks that could not be done here and are left to legacy, for a while.

use std::time::{Duration, Instant};

use crate::config::{Background, Backgrounds};

/// How long such a task is legacy's. A row in an odd form may stay for ever; a full disk, or a time without descriptors,
/// does not, and a user may stay logged in for weeks.
const WHILE: Duration = Duration::from_secs(600);

/// Which are left, in which login, and since when.
#[derive(Debug, Default)]
pub(super) struct Left {
    login: u64,
    since: Vec<(Background, Instant)>,
}

impl Left {
    /// Those that are left to legacy now. Another login begins anew.
    pub(super) fn tasks(&mut self, login: u64, now: Instant) -> Backgrounds {
        if self.login != login {
            (self.login, self.since) = (login, Vec::new());
        }
        self.since.retain(|(_, since)| now.duration_since(*since) < WHILE);
        self.shown()
    }

    /// The same, as it was found last.
    pub(super) fn shown(&self) -> Backgrounds {
        self.since.iter().map(|(task, _)| *task).collect()
    }

    /// One more.
    pub(super) fn leave(&mut self, task: Background, now: Instant) {
        self.since.push((task, now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_left_to_legacy_until_the_next_login_or_for_ten_minutes() {
        let (mut left, began) = (Left::default(), Instant::now());
        let of = |tasks: &[Background]| tasks.iter().copied().collect::<Backgrounds>();
        left.tasks(1, began);
        left.leave(Background::Checkpoints, began);
        left.leave(Background::UpdateOwnedAssets, began + WHILE / 2);
        let both = of(&[Background::Checkpoints, Background::UpdateOwnedAssets]);
        assert_eq!(left.tasks(1, began + WHILE / 2), both);
        assert_eq!(left.tasks(1, began + WHILE), of(&[Background::UpdateOwnedAssets]));
        assert_eq!(left.tasks(1, began + WHILE * 2), Backgrounds::default());
        left.leave(Background::Checkpoints, began + WHILE * 2);
        assert_eq!(left.tasks(2, began + WHILE * 2), Backgrounds::default(), "another login");
    }
}
