//! How far routes are, and what came back.

use std::{collections::BTreeMap, fmt};

use super::families::Families;
use crate::dispatch::Bridge;

pub(super) fn encode(bridge: &Bridge, families: &mut Families<'_>) -> fmt::Result {
    let rollout = bridge.rollout();
    let routes = rollout.gauges(&bridge.live.snapshot());
    // Those that may come are there at 0: a counter that begins at 1 has no rate.
    let guarded = routes.iter().flat_map(|route| route.crossed.iter().map(|(word, _)| (route.name.clone(), *word)));
    let mut rollbacks: BTreeMap<_, u64> = guarded.map(|guarded| (guarded, 0)).collect();
    rollbacks.extend(rollout.rollbacks());
    let counted = rollbacks
        .iter()
        .map(|((route, guardrail), count)| ([("guardrail", *guardrail), ("route", route.as_str())], *count));
    families.counters("cutover_rollbacks", "Rollbacks by guardrails", counted)?;
    families.counter(
        "cutover_journal_faults",
        "Times that what was changed could not be written down",
        rollout.faults(),
    )?;
    let moved = routes.iter().map(|route| ([("route", route.name.as_str()), ("mode", route.mode)], 1_u64));
    families.gauges(
        "cutover_route_mode",
        "Routes that are not in mode legacy, or were rolled back: 1 for the mode",
        moved,
    )?;
    let tripped = routes.iter().map(|route| ([("route", route.name.as_str())], u64::from(route.tripped)));
    families.gauges("cutover_route_tripped", "Whether a guardrail rolled the route back", tripped)?;
    let breaker = routes.iter().map(|route| ([("route", route.name.as_str())], u64::from(route.breaker_open)));
    families.gauges("cutover_route_breaker_open", "Whether its handler is left alone for a while", breaker)?;
    let crossed = routes.iter().flat_map(|route| {
        let name = route.name.as_str();
        route.crossed.iter().map(move |(word, crossed)| ([("guardrail", *word), ("route", name)], u64::from(*crossed)))
    });
    families.gauges("cutover_guardrail_crossed", "Whether its evidence is beyond a bound", crossed)
}
