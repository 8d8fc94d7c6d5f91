//! What happens with time: steps that are done, bounds that are crossed slowly, evidence that is kept.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, MissedTickBehavior, interval};

use super::{
    changing::{Change, Wanted},
    climbing::{climbs, progress},
    entry::{Actor, Who},
    guardrail::Outcome,
    rollout::Rollout,
};
use crate::config::Mode;

/// How often ladders are looked at.
const EVERY: Duration = Duration::from_millis(250);
/// How often evidence is handed on to be kept, in those.
const KEEP: u32 = 4;

impl Rollout {
    /// Looks at all routes again and again, without end.
    pub async fn tick(self: Arc<Self>) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut count: u32 = 0;
        loop {
            ticks.tick().await;
            self.look().await;
            count = count.wrapping_add(1);
            if count.is_multiple_of(KEEP) {
                self.keep_evidence();
            }
        }
    }

    async fn look(&self) {
        let snapshot = self.live.snapshot();
        let now = Instant::now().into_std();
        self.begin_anew_where_moved(&self.inner.lock());
        // What can not be written down is not gone on with.
        let owing = self.is_owing();
        for route in snapshot.table.routes.iter().filter(|route| route.mode != Mode::Legacy || climbs(route)) {
            let tracked = self.tracked(route);
            self.judge(route, &tracked, now);
            if climbs(route) && !owing && snapshot.table.all.is_none() && !self.live.killed(&snapshot) {
                let progress = progress(route, &tracked.evidence.lock(), now);
                if progress.outcome == Outcome::Pass {
                    let (by, why) = (Who::of(Actor::Ladder), progress.why);
                    let change = Change { wanted: Wanted::Promote, by, why, force: false };
                    // It may have been moved since; if it can not be written down, it is tried again.
                    if let Err(refused) = self.change(&route.name, change).await {
                        tracing::warn!(route = route.name, %refused, "its ladder does not take it further");
                    }
                }
            }
        }
    }

    /// Has what was changed written, and leaves the files alone from then on, because another process is to write them.
    ///
    /// Cancellation: they are left alone all the same, until [`Rollout::go_on`].
    pub async fn rest(&self) {
        self.pending.rest().await;
    }

    /// Writes them again, with what has come meanwhile.
    pub fn go_on(&self) {
        self.pending.go_on();
    }

    /// Hands on what came since the last time.
    pub fn keep_evidence(&self) {
        let now = Instant::now().into_std();
        for (name, tracked) in self.all_tracked() {
            let kept = {
                let mut evidence = tracked.evidence.lock();
                std::mem::take(&mut evidence.changed).then(|| evidence.kept(now))
            };
            if let Some(kept) = kept {
                self.store.keep_rollout(&name, kept);
            }
        }
    }
}
