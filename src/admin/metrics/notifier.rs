//! The websocket: its clients together, for one of its own each would have no bound.

use std::fmt;

use super::families::Families;
use crate::{dispatch::Bridge, notifier::Link};

pub(super) fn encode(bridge: &Bridge, families: &mut Families<'_>) -> fmt::Result {
    let notifier = &bridge.notifier;
    let (queues, counts, (kept, lost)) = (notifier.queues(), notifier.counts.shown(), notifier.kept());
    let messages: usize = queues.iter().map(|queue| queue.messages).sum();
    let longest = queues.iter().map(|queue| queue.messages).max().unwrap_or_default();
    let bytes: usize = queues.iter().map(|queue| queue.bytes).sum();
    let up = u64::from(notifier.link() == Link::Up);
    families.gauge("cutover_websocket_clients", "Clients of mode bridge", notifier.clients() as u64)?;
    families.gauge("cutover_websocket_subscribed", "Whether legacy's websocket is subscribed to", up)?;
    families.gauge("cutover_websocket_queue_messages", "Messages that wait for all clients", messages as u64)?;
    families.gauge("cutover_websocket_longest_queue_messages", "Messages that wait for the slowest", longest as u64)?;
    families.gauge("cutover_websocket_queue_bytes", "Bytes that wait for all clients", bytes as u64)?;
    families.gauge("cutover_websocket_kept_messages", "Messages kept because nobody got them", kept as u64)?;
    families.counter("cutover_websocket_kept_lost", "Kept messages that had to go", lost)?;
    let by_type = counts.messages.iter().map(|(name, count)| ([("type", *name)], *count));
    families.counters("cutover_websocket_messages", "Messages by type", by_type)?;
    let by_end = counts.ended.iter().map(|(why, count)| ([("end", *why)], *count));
    families.counters("cutover_websocket_clients_ended", "Clients that ended, by why", by_end)?;
    families.counter("cutover_websocket_accepted", "Messages times the clients that took them", counts.accepted)?;
    families.counter("cutover_websocket_coalesced", "Progress that newer progress superseded", counts.coalesced)?;
    families.counter("cutover_websocket_evicted", "Progress that found no room", counts.evicted)?;
    families.counter("cutover_websocket_subscriptions", "Subscriptions to legacy made", counts.subscriptions)?;
    families.counter("cutover_websocket_oversized", "Messages of legacy's too large to hold", counts.oversized)?;
    families.counter("cutover_websocket_refused", "Upgrades refused", counts.refused)
}
