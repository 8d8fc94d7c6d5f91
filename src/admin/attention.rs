//! What wants somebody's attention: each with what is wrong, and what to do.

use std::{
    sync::atomic::Ordering,
    time::{Duration, SystemTime},
};

use serde::Serialize;

use crate::{
    config::{Access, Mode, NativeWrites, settings::WsMode},
    dispatch::Bridge,
    handlers,
    notifier::Link,
    parity::evidence::Summary,
    rollout::Notice,
    rollout::moment::seconds,
    routes::{Route, Snapshot},
    schema::needs::Needs,
};

/// Kinds, most urgent first.
pub(super) const URGENCY: [&str; 11] = [
    "kill_switch",
    "legacy",
    "tripped",
    "breaker",
    "mismatched",
    "configuration",
    "state",
    "journal",
    "evidence",
    "held",
    "ready",
];

/// One thing.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Item {
    /// One of [`URGENCY`].
    pub(super) kind: &'static str,
    /// The route it is about.
    pub(super) route: Option<String>,
    /// Since when, in seconds since 1970.
    pub(super) at: Option<f64>,
    /// What is wrong.
    pub(super) text: String,
    /// What to do.
    pub(super) remedy: String,
}

impl Item {
    /// One of no route.
    fn new(kind: &'static str, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { kind, route: None, at: None, text: text.into(), remedy: remedy.into() }
    }

    /// One of the rollout's: tripped routes, open breakers, mismatches, rungs that are ready, holds, its files.
    fn of(notice: Notice) -> Self {
        let Notice { kind, route, at, text, remedy } = notice;
        Self { kind, route, at: at.map(seconds), text, remedy }
    }

    fn since(self, at: SystemTime) -> Self {
        Self { at: Some(seconds(at)), ..self }
    }
}

/// Everything, most urgent first.
pub(super) fn list(bridge: &Bridge, evidence: &Summary) -> Vec<Item> {
    let snapshot = bridge.live.snapshot();
    let mut items = Vec::new();
    items.extend(kill_switch(bridge, &snapshot));
    items.extend(legacy(bridge));
    items.extend(subscription(bridge, &snapshot));
    items.extend(bridge.rollout().attention(&snapshot).into_iter().map(Item::of));
    items.extend(refused(bridge));
    items.extend(writes(bridge, &snapshot));
    items.extend(tasks(bridge, &snapshot));
    items.extend(directory(bridge, &snapshot));
    items.extend(key(bridge, &snapshot));
    items.extend(evidence_file(evidence));
    let urgency = |item: &Item| URGENCY.iter().position(|kind| *kind == item.kind);
    items.sort_by_key(|item| urgency(item).unwrap_or(URGENCY.len()));
    items
}

fn kill_switch(bridge: &Bridge, snapshot: &Snapshot) -> Option<Item> {
    let remedy = if snapshot.config.flags.kill_switch {
        "Set flags.kill_switch to false where it is set: in routes.toml, the environment or on the command line."
    } else {
        "Release it here once what it was engaged for is mended, or send SIGUSR2 to the bridge."
    };
    let text = "The kill switch is engaged: every request goes to legacy.";
    bridge.live.killed(snapshot).then(|| Item::new("kill_switch", text, remedy))
}

fn legacy(bridge: &Bridge) -> Option<Item> {
    let url = bridge.forwarder.pool.url();
    let remedy = "Start it, or look into its log; if it listens elsewhere, change legacy.url and restart the bridge.";
    match bridge.session.away() {
        Some(away) => {
            let text = format!("Legacy at {url} has not answered for {}.", words(away));
            let since = SystemTime::now().checked_sub(away);
            let item = Item::new("legacy", text, remedy);
            Some(since.map_or_else(|| item.clone(), |since| item.clone().since(since)))
        }
        None if !bridge.ready.load(Ordering::SeqCst) => {
            Some(Item::new("legacy", format!("Legacy at {url} has not answered yet since the bridge started."), remedy))
        }
        None => None,
    }
}

/// Of its own only where legacy is there otherwise.
fn subscription(bridge: &Bridge, snapshot: &Snapshot) -> Option<Item> {
    let clients = bridge.notifier.clients();
    let down = snapshot.config.ws.mode == WsMode::Bridge && bridge.notifier.link() == Link::Down && clients > 0;
    (down && bridge.session.away().is_none()).then(|| {
        let text =
            format!("The {clients} websocket clients get nothing from legacy: its websocket can not be reached.");
        Item::new("legacy", text, "Look for the reason in the bridge's log; it tries again by itself.")
    })
}

fn refused(bridge: &Bridge) -> Option<Item> {
    let refused = bridge.live.refused()?;
    let file = bridge.live.layers().source();
    let first = refused.faults.first().map(String::as_str).unwrap_or_default();
    let more = match refused.faults.len() {
        0 | 1 => String::new(),
        count => format!(" (and {} more)", count - 1),
    };
    let text = format!("{file} has changed and is refused; the last good configuration stays in force. {first}{more}");
    let remedy = format!("Mend the file; `cutover check {file}` lists every fault.");
    Some(Item::new("configuration", text, remedy).since(refused.at))
}

/// Routes that write are wanted natively, and are forwarded.
fn writes(bridge: &Bridge, snapshot: &Snapshot) -> Option<Item> {
    let guarded = snapshot.config.flags.native_writes == NativeWrites::Guarded && !bridge.attachment.is_attached();
    let wanted = |route: &Route| {
        route.access == Access::Writes && matches!(route.mode, Mode::Canary | Mode::Native | Mode::Verify)
    };
    let routes = snapshot.table.routes.iter().filter(|route| wanted(route)).count();
    (guarded && routes > 0).then(|| {
        let text = format!(
            "{routes} routes that write are to be answered natively and are forwarded: flags.native_writes is \"guarded\", \
             and the package inside legacy is not attached."
        );
        Item::new("configuration", text, attach(snapshot))
    })
}

/// Background tasks are wanted here, and are legacy's.
fn tasks(bridge: &Bridge, snapshot: &Snapshot) -> Option<Item> {
    let wanted = snapshot.config.native_tasks().words();
    (!wanted.is_empty() && !bridge.attachment.is_attached()).then(|| {
        let text = format!(
            "Background tasks in mode native are still legacy's, because the package inside it is not attached: {}.",
            wanted.join(", ")
        );
        Item::new("configuration", text, attach(snapshot))
    })
}

fn attach(snapshot: &Snapshot) -> &'static str {
    if snapshot.config.compat.socket.is_some() {
        "Start legacy with cutover_compat loaded and pointed at compat.socket; docs/compat.md says how."
    } else {
        "Set compat.socket, restart the bridge, and start legacy with cutover_compat loaded; docs/compat.md says how."
    }
}

/// Routes whose handlers read databases, and no directory to find them in.
fn directory(bridge: &Bridge, snapshot: &Snapshot) -> Option<Item> {
    let needs = |route: &Route| handlers::find(route.handler).is_some_and(|handler| handler.needs != Needs::default());
    let moved = |route: &Route| route.mode != Mode::Legacy && needs(route);
    let routes = snapshot.table.routes.iter().filter(|route| moved(route)).count();
    (bridge.session.files.directory().is_err() && routes > 0).then(|| {
        let text =
            format!("{routes} routes are not in mode legacy, and are forwarded: there is no data directory to read.");
        Item::new("configuration", text, "Set data.directory to legacy's own, and restart the bridge.")
    })
}

/// Somebody is in whose databases can not be opened.
fn key(bridge: &Bridge, snapshot: &Snapshot) -> Option<Item> {
    let moved = snapshot.table.routes.iter().any(|route| route.mode != Mode::Legacy);
    (bridge.session.word() == "user without key" && moved).then(|| {
        Item::new(
            "configuration",
            "Somebody is logged in, but not through the bridge: it has no key to their databases, and native routes that \
             read them are forwarded.",
            "Log in again through the bridge, or load cutover_compat into legacy, which hands the key over.",
        )
    })
}

fn evidence_file(evidence: &Summary) -> Option<Item> {
    let fault = evidence.fault.as_deref()?;
    let times = if evidence.faults == 1 { "once".to_owned() } else { format!("{} times", evidence.faults) };
    let text = format!("The evidence file failed {times} since the start; the last time: {fault}.");
    let remedy = "Counts go on in memory. See that the file can be written and its disk has room, and restart the bridge if \
                  the failures go on.";
    Some(Item::new("evidence", text, remedy))
}

/// A duration in words, as coarse as a person wants it.
fn words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let plural = |count: u64, unit: &str| format!("{count} {unit}{}", if count == 1 { "" } else { "s" });
    match seconds {
        ..120 => plural(seconds, "second"),
        120..7200 => plural(seconds / 60, "minute"),
        7200.. => plural(seconds / 3600, "hour"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_as_coarse_as_a_person_wants_them() {
        let shown = [1, 119, 120, 7199, 7200].map(|seconds| words(Duration::from_secs(seconds)));
        assert_eq!(shown, ["1 second", "119 seconds", "2 minutes", "119 minutes", "2 hours"]);
    }
}
