//! The bridge itself: its version, its state, its way to legacy.

use std::{fmt, sync::atomic::Ordering};

use super::families::Families;
use crate::{
    admin::attention, config::Mode, dispatch::Bridge, rollout::moment::seconds, session::who::Who,
    telemetry::access::AccessLog,
};

pub(super) fn encode(bridge: &Bridge, families: &mut Families<'_>) -> fmt::Result {
    let snapshot = bridge.live.snapshot();
    let started = seconds(bridge.telemetry.series.overall().started);
    let killed = bridge.live.killed(&snapshot);
    let refused = bridge.live.refused().is_some();
    let ready = bridge.ready.load(Ordering::SeqCst);
    let build = [("version", env!("CARGO_PKG_VERSION")), ("sqlite", rusqlite::version())];
    families.info("cutover_build", "Versions of the bridge and of the database library in it", build)?;
    families.gauge("cutover_start_time_seconds", "When the bridge started, in seconds since 1970", started)?;
    families.gauge("cutover_ready", "Whether legacy has been heard of since the start", u64::from(ready))?;
    families.gauge("cutover_kill_switch", "Whether every request goes to legacy", u64::from(killed))?;
    families.gauge("cutover_configuration_refused", "Whether the file on disk is not in force", u64::from(refused))?;
    let attached = u64::from(bridge.attachment.is_attached());
    families.gauge("cutover_package_attached", "Whether the package inside legacy is connected", attached)?;
    let session = bridge.session.word();
    let states = Who::WORDS.map(|word| ([("state", word)], u64::from(word == session)));
    families.gauges("cutover_session", "Who is logged in, as far as is known: 1 for the state", states)?;
    let items = attention::list(bridge, &bridge.comparer.evidence.summary());
    let of = |kind| items.iter().filter(|item| item.kind == kind).count() as u64;
    let kinds = attention::URGENCY.map(|kind| ([("kind", kind)], of(kind)));
    families.gauges("cutover_attention", "What wants somebody's attention, by kind", kinds)?;
    let dropped = bridge.telemetry.access.get().map_or(0, AccessLog::dropped);
    families.counter("cutover_access_log_dropped", "Lines that the access log had no room for", dropped)?;
    let dropped = bridge.telemetry.spans_dropped();
    families.counter("cutover_spans_dropped", "Spans that the collector did not take", dropped)?;
    let in_mode = |mode| snapshot.table.routes.iter().filter(|route| route.mode == mode).count() as u64;
    let routes = Mode::ALL.map(|mode| ([("mode", mode.as_str())], in_mode(mode)));
    families.gauges("cutover_routes", "Routes by mode", routes)?;

    let away = bridge.session.away().map_or(0.0, |away| away.as_secs_f64());
    let (idle, free) = bridge.forwarder.pool.usage();
    let tunnels = bridge.forwarder.tunnels.available_permits();
    families.gauge("cutover_legacy_away_seconds", "How long legacy has not answered; 0 while it does", away)?;
    families.gauge("cutover_legacy_idle_connections", "Connections to legacy that wait for a request", idle as u64)?;
    families.gauge(
        "cutover_legacy_free_slots",
        "Requests that could be forwarded at once, more than are",
        free as u64,
    )?;
    families.gauge("cutover_legacy_free_tunnels", "Websocket tunnels that could be opened", tunnels as u64)?;
    let waiting = bridge.forwarder.pool.waiting() as u64;
    families.gauge("cutover_legacy_waiting", "Requests that wait for a connection to legacy", waiting)?;
    let classes: Vec<_> = bridge.classes.usage().collect();
    let taken = classes.iter().map(|(class, taken, _)| ([("class", *class)], *taken as u64));
    families.gauges("cutover_native_running", "Handlers that run, by class", taken)?;
    let waiting = classes.iter().map(|(class, _, waiting)| ([("class", *class)], *waiting as u64));
    families.gauges("cutover_native_waiting", "Requests that wait for a handler, by class", waiting)
}
