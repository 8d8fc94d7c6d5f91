//! The process, under the names that Prometheus' own client libraries have for it
//! (<https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>). What the system does not tell is left
//! out.

use std::fmt;

use rustix::{
    process::{Resource, getrlimit},
    time::{ClockId, clock_gettime},
};

use super::families::Families;
use crate::{dispatch::Bridge, rollout::moment::seconds};

pub(super) fn encode(bridge: &Bridge, families: &mut Families<'_>) -> fmt::Result {
    let started = seconds(bridge.telemetry.series.overall().started);
    families.gauge("process_start_time_seconds", "When the process started, in seconds since 1970", started)?;
    families.seconds("process_cpu", "Time on a processor, of all threads, in seconds", cpu())?;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(kilobytes) = field(&status, "VmRSS:") {
        families.gauge("process_resident_memory_bytes", "Memory that is in use, in bytes", kilobytes * 1024)?;
    }
    if let Some(threads) = field(&status, "Threads:") {
        families.gauge("process_threads", "Threads", threads)?;
    }
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        // The one that reads them is among them.
        let open = open.count().saturating_sub(1) as u64;
        families.gauge("process_open_fds", "Files and sockets that are open", open)?;
    }
    match getrlimit(Resource::Nofile).current {
        Some(most) => families.gauge("process_max_fds", "Files and sockets that may be open", most),
        None => Ok(()),
    }
}

/// Of the whole process.
#[allow(clippy::cast_precision_loss, reason = "no process runs for millions of years")]
fn cpu() -> f64 {
    let taken = clock_gettime(ClockId::ProcessCPUTime);
    taken.tv_sec as f64 + taken.tv_nsec as f64 / 1e9
}

/// A number of proc(5)'s status.
fn field(status: &str, name: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix(name))?;
    value.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_takes_time_and_memory() {
        let status = "Name:\tcutover\nVmRSS:\t   31524 kB\nThreads:\t9\n";
        assert_eq!(
            (field(status, "VmRSS:"), field(status, "Threads:"), field(status, "VmSwap:")),
            (Some(31524), Some(9), None)
        );
        let began = cpu();
        let mut sum = 0_u64;
        while cpu() <= began {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
    }
}
