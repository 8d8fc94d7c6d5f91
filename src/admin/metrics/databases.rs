//! The open databases. Their counts begin when they are opened.

use std::fmt;

use super::families::{Families, Labels};
use crate::{
    db::metrics::{JobMetrics, Metrics},
    dispatch::Bridge,
};

pub(super) fn encode(bridge: &Bridge, families: &mut Families<'_>) -> fmt::Result {
    let open = bridge.session.files.metrics();
    let roles =
        || open.iter().flat_map(|(word, metrics)| [(*word, "read", &metrics.reads), (*word, "write", &metrics.writes)]);
    let jobs = roles().flat_map(|(database, access, jobs)| {
        let ended = [
            ("finished", jobs.finished),
            ("failed", jobs.failed),
            ("interrupted", jobs.interrupted),
            ("refused", jobs.refused),
        ];
        ended.map(|(outcome, count)| ([("database", database), ("access", access), ("outcome", outcome)], count))
    });
    families.counters("cutover_database_jobs", "Jobs by how they ended; refused are those without room", jobs)?;
    let times = |of: fn(&JobMetrics) -> &crate::db::histogram::Recorded| {
        roles().map(move |(database, access, jobs)| ([("database", database), ("access", access)], of(jobs).clone()))
    };
    families.durations(
        "cutover_database_queue_duration_seconds",
        "Time of jobs in the queue",
        times(|jobs| &jobs.queue),
    )?;
    let help = "Time of jobs on their connection, waits for locks included";
    families.durations("cutover_database_execution_duration_seconds", help, times(|jobs| &jobs.execution))?;

    let each = |of: fn(&Metrics) -> u64| -> Vec<(Labels<'static, 1>, u64)> {
        open.iter().map(|(word, metrics)| ([("database", *word)], of(metrics))).collect()
    };
    let lock_waits = each(|metrics| metrics.lock_waits);
    families.counters("cutover_database_lock_waits", "Looks at a lock that another process held", lock_waits)?;
    families.counters("cutover_database_retries", "Transactions run again", each(|metrics| metrics.retries))?;
    families.counters("cutover_database_checkpoints", "Checkpoints made", each(|metrics| metrics.checkpoints))?;
    let replaced = each(|metrics| metrics.replaced_connections);
    families.counters("cutover_database_replaced_connections", "Connections opened anew after a fault", replaced)?;
    let connections = each(|metrics| metrics.open_connections as u64);
    families.gauges("cutover_database_connections", "Connections that are open", connections)?;
    families.gauges("cutover_database_wal_bytes", "Size of the write-ahead log", each(|metrics| metrics.wal_bytes))
}
