//! What runs without a request that waits for it.

use std::fmt;

use super::families::Families;
use crate::{dispatch::Bridge, tasks::tracked::Stage};

pub(super) fn encode(bridge: &Bridge, families: &mut Families<'_>) -> fmt::Result {
    let shown = bridge.tasks.shown();
    let live = |stage| shown.iter().filter(|task| task.stage == stage).count() as u64;
    let stages = [("waiting", Stage::Waiting), ("running", Stage::Running)];
    let stages = stages.map(|(word, stage)| ([("stage", word)], live(stage)));
    families.gauges("cutover_tasks", "Tasks of the bridge's own", stages)?;
    let counts = bridge.tasks.counts();
    let count = |word: &str| counts[word].as_u64().unwrap_or_default();
    families.counter("cutover_tasks_spawned", "Tasks begun", count("spawned"))?;
    families.counter("cutover_tasks_refused", "Tasks left to legacy because there were too many", count("refused"))?;
    let ended = ["finished", "failed", "cancelled"].map(|word| ([("outcome", word)], count(word)));
    families.counters("cutover_tasks_ended", "Tasks by how they ended", ended)
}
