//! A bound on waiting that costs nothing while all is well.
//!
//! A timer that is set for each request and taken back is work for the runtime twice a request. This one is set once and
//! stays: when it runs down it is looked whether anything has waited for so long, and otherwise it is set anew.

use std::{
    future::Future as _,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use tokio::time::{Sleep, sleep_until};

/// The clock of one connection.
#[derive(Debug, Default)]
pub struct Clock(Option<Pin<Box<Sleep>>>);

impl Clock {
    /// Whether something that began at `since` has taken longer than it may. If not yet, the task is woken when it has, or
    /// before.
    pub fn is_late(&mut self, cx: &mut Context<'_>, since: Instant, bound: Option<Duration>) -> bool {
        let Some(end) = bound.and_then(|bound| since.checked_add(bound)) else { return false };
        let end = tokio::time::Instant::from_std(end);
        let timer = self.0.get_or_insert_with(|| Box::pin(sleep_until(end)));
        if timer.deadline() > end {
            timer.as_mut().reset(end);
        }
        while timer.as_mut().poll(cx) == Poll::Ready(()) {
            if tokio::time::Instant::now() >= end {
                return true;
            }
            timer.as_mut().reset(end);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    /// Moments of the runtime's paused clock.
    fn now() -> Instant {
        tokio::time::Instant::now().into_std()
    }

    #[tokio::test(start_paused = true)]
    async fn what_began_later_is_late_later_though_the_timer_is_that_of_something_before() {
        let second = Duration::from_secs(1);
        let mut clock = Clock::default();
        let since = now();
        assert!(!poll_fn(|cx| Poll::Ready(clock.is_late(cx, since, Some(second * 10)))).await);
        tokio::time::advance(second * 9).await;
        let since = now();
        // Woken after one second, for the first; late after ten.
        let late =
            poll_fn(|cx| if clock.is_late(cx, since, Some(second * 10)) { Poll::Ready(now()) } else { Poll::Pending });
        assert_eq!(late.await - since, second * 10);
        // A shorter bound is not kept waiting by a longer one.
        let since = now();
        assert!(!poll_fn(|cx| Poll::Ready(clock.is_late(cx, since, Some(second * 100)))).await);
        let late =
            poll_fn(|cx| if clock.is_late(cx, since, Some(second)) { Poll::Ready(now()) } else { Poll::Pending });
        assert_eq!(late.await - since, second);
        assert!(!poll_fn(|cx| Poll::Ready(clock.is_late(cx, since, None))).await);
    }
}
