//! Servers of others, by service: a word of the code, whatever address it is asked at.

use std::fmt;

use super::families::Families;
use crate::{config::Worded, dispatch::Bridge};

pub(super) fn encode(bridge: &Bridge, families: &mut Families<'_>) -> fmt::Result {
    let doors = bridge.outbound.doors();
    let named = doors.clone().map(|(service, door)| ([("service", service.word())], door));
    let outcomes = doors.flat_map(|(service, door)| {
        let labelled =
            move |(outcome, count): (_, u64)| ([("service", service.word()), ("outcome", word(outcome))], count);
        door.counts.outcomes().map(labelled)
    });
    families.counters("cutover_outbound_requests", "Questions to servers of others, by what came of them", outcomes)?;
    let retries = named.clone().map(|(labels, door)| (labels, door.counts.retries().0));
    families.counters("cutover_outbound_retries", "Retries of such questions", retries)?;
    let withheld = named.clone().map(|(labels, door)| (labels, door.counts.retries().1));
    families.counters(
        "cutover_outbound_retries_withheld",
        "Retries left out because the budget was used up",
        withheld,
    )?;
    let running = named.clone().map(|(labels, door)| (labels, door.load().0 as u64));
    families.gauges("cutover_outbound_running", "Such questions under way", running)?;
    let waiting = named.clone().map(|(labels, door)| (labels, door.load().1 as u64));
    families.gauges("cutover_outbound_waiting", "Such questions that wait for a place", waiting)?;
    let durations = named.map(|(labels, door)| (labels, door.counts.durations()));
    families.durations("cutover_outbound_duration_seconds", "From such a question to its end", durations)
}

fn word(outcome: impl Worded) -> &'static str {
    outcome.word()
}
