//! Requests, how long they took, and what comparing their answers came to.

use std::fmt;

use super::families::Families;
use crate::{dispatch::Bridge, flags::Variant};

pub(super) fn encode(bridge: &Bridge, families: &mut Families<'_>) -> fmt::Result {
    let telemetry = &bridge.telemetry;
    let mut counted = Vec::new();
    telemetry.counters.each(|route, variant, reason, status, requests| {
        // No route is no label, which is what an empty one means.
        counted.push((route.unwrap_or_default().to_owned(), [variant, reason, status], requests));
    });
    let requests = counted.iter().map(|(route, [variant, reason, status], requests)| {
        ([("route", route.as_str()), ("variant", variant), ("reason", reason), ("status", status)], *requests)
    });
    let help = "Requests by route, who answered, why that side, and class of status";
    families.counters("cutover_requests", help, requests)?;
    let gone = telemetry.counters.gone();
    families.counter("cutover_requests_abandoned", "Requests whose client left before the answer", gone)?;
    let latency = telemetry.series.latency();
    let help = "Time from a request's head to that of its answer, by who answered";
    let sides = [(Variant::Legacy, latency.legacy), (Variant::Native, latency.native)];
    let sides = sides.into_iter().map(|(variant, recorded)| ([("variant", variant.as_str())], recorded));
    families.durations("cutover_request_duration_seconds", help, sides)?;

    let evidence = bridge.comparer.evidence.summary();
    let comparisons = evidence.routes.iter().flat_map(|route| {
        let one =
            |(verdict, count): &(&'static str, u64)| ([("route", route.route.as_str()), ("verdict", *verdict)], *count);
        route.verdicts.iter().map(one).collect::<Vec<_>>()
    });
    families.counters("cutover_comparisons", "Comparisons by route and what came of them", comparisons)?;
    families.counter("cutover_evidence_faults", "Failures of the evidence file", evidence.faults)
}
