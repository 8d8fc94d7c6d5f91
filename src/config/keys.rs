//! Every key, declared once: the checker, the defaults, the environment and docs/routes.md all read this table.

use super::kinds::Kind;

/// One key of a section.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Section, as in `[legacy]`; `route` stands for `[[route]]`.
    pub section: &'static str,
    /// Name within the section.
    pub name: &'static str,
    /// Kind of its value.
    pub kind: Kind,
    /// Default, written as in the environment; `None` for a key without one.
    pub default: Option<&'static str>,
    /// Whether a change is taken while running; otherwise it needs a restart.
    pub hot: bool,
    /// What it does.
    pub doc: &'static str,
}

const fn key(
    section: &'static str,
    name: &'static str,
    kind: Kind,
    default: Option<&'static str>,
    hot: bool,
    doc: &'static str,
) -> Key {
    Key { section, name, kind, default, hot, doc }
}

const COUNT: Kind = Kind::Integer(1, 65_536);

/// Every key there is.
#[rustfmt::skip] // a key a line reads as the table it is
pub const KEYS: &[Key] = &[
    key("legacy", "url", Kind::Url, Some("http://127.0.0.1:4242"), false, "Where the legacy backend listens."),
    key("legacy", "connect_timeout", Kind::Duration, Some("2s"), true, "Longest wait for a connection to legacy (504 after it)."),
    key("legacy", "header_timeout", Kind::Duration, Some("15m"), true, "Longest wait for the head of an answer (504 after it). Long, because some requests work for minutes before they answer."),
    key("legacy", "frame_timeout", Kind::Duration, Some("2m"), true, "Longest silence between two pieces of an answer's body; the answer is then broken off."),
    key("legacy", "idle_timeout", Kind::Duration, Some("60s"), false, "How long an unused connection to legacy is kept."),
    key("legacy", "max_connections", COUNT, Some("128"), false, "Connections to legacy, idle and busy ones together, websockets not counted."),
    key("legacy", "max_tunnels", COUNT, Some("64"), false, "Websocket tunnels to legacy at once."),
    key("legacy", "queue_timeout", Kind::Duration, Some("10s"), true, "Longest wait for a free connection (503 after it)."),
    key("legacy", "max_waiting", COUNT, Some("256"), true, "Requests that may wait for a free connection; one more is answered 503 at once."),
    key("legacy", "endpoints", Kind::Path, Some(""), false, "A list of the backend's endpoints, for what is shown of each: a method and a path a line, as in GET /api/1/tags/{id:int}; beside routes.toml unless the path is absolute; empty: those of rotki."),
    key("listen", "address", Kind::Address, Some("127.0.0.1:4300"), false, "Where the bridge listens; port 0 picks a free one and prints it."),
    key("listen", "hosts", Kind::Hosts, Some(""), true, "Names under which the bridge is reached, beside loopback names and the address itself, as the Host header has them (421 for others); a name without a port is allowed with any; empty: any, as legacy has it."),
    key("listen", "max_connections", COUNT, Some("1024"), false, "Client connections at once, websockets included; one more is answered 503."),
    key("listen", "client_share", Kind::Percent, Some("50"), true, "How many of those one client address may hold, at least one; an IPv6 network of 64 bits is one client. 127.0.0.1, ::1 and trusted proxies, by which many come, may hold all."),
    key("listen", "header_timeout", Kind::Duration, Some("30s"), false, "Longest time for a request's head to arrive once it began (408 after it)."),
    key("listen", "keep_alive_timeout", Kind::Duration, Some("2m"), false, "How long a client's unused connection is kept."),
    key("listen", "body_timeout", Kind::Duration, Some("60s"), true, "Longest silence between two pieces of a request's body."),
    key("listen", "write_timeout", Kind::Duration, Some("2m"), false, "Longest time a client may take no byte of an answer that is waiting for it."),
    key("listen", "max_body", Kind::Size, Some("1GiB"), true, "Largest request body (413 above it)."),
    key("listen", "max_target", Kind::Integer(64, 65_000), Some("8192"), false, "Longest request line in bytes (414 above it); legacy's own limit is 8192."),
    key("listen", "max_header_bytes", Kind::Size, Some("64KiB"), false, "Largest request head (431 above it)."),
    key("listen", "max_headers", Kind::Integer(1, 1000), Some("100"), false, "Most header lines of a request (431 above it)."),
    key("listen", "trusted_proxies", Kind::Networks, Some(""), true, "Networks whose X-Forwarded-For and X-Forwarded-Proto are believed."),
    key("listen", "stop_delay", Kind::Delay, Some("0s"), true, "How long a bridge that was told to stop lets clients in still, while /readyz says that it stops: time for a balancer to see that. A second signal ends it."),
    key("listen", "drain_timeout", Kind::Duration, Some("30s"), true, "How long a stopping bridge waits for running requests."),
    key("admin", "address", Kind::Address, Some("127.0.0.1:4301"), false, "Where the admin API and the dashboard listen. An address that others can reach needs admin.token_file."),
    key("admin", "token_file", Kind::Path, Some(""), false, "File with the token that the admin API asks for, beside routes.toml unless the path is absolute; empty: none, which only a loopback address allows."),
    key("admin", "hosts", Kind::Hosts, Some(""), true, "Further names under which the admin listener is reached, as the Host header has them; a name without a port is allowed with any."),
    key("admin", "max_connections", COUNT, Some("128"), false, "Connections to the admin listener at once; one more is answered 503."),
    key("admin", "header_timeout", Kind::Duration, Some("30s"), false, "Longest time for a request's head to arrive there, and longest silence between two requests."),
    key("admin", "body_timeout", Kind::Duration, Some("30s"), false, "Longest time for the whole of a body to arrive there (408 after it)."),
    key("data", "directory", Kind::Path, Some(""), false, "Legacy's data directory (with users/ and global/ in it); empty: no native route that needs a database is answered natively."),
    key("data", "readers", Kind::Integer(1, 16), None, false, "Reader threads per database; unset, one more than there are cores, and at most 5."),
    key("data", "queue", COUNT, Some("1024"), false, "Reads that may wait for a reader thread of a database, and writes for the thread that writes; one more is legacy's."),
    key("data", "read_deadline", Kind::Duration, Some("20s"), false, "Longest run of one native read; it is interrupted and the request forwarded."),
    key("session", "check_interval", Kind::Duration, Some("5s"), false, "How often legacy is asked who is logged in, beside what passes through."),
    key("session", "outage", Kind::Duration, Some("5m"), true, "How long native routes answer for the user who was in while legacy is unreachable."),
    key("native", "max_body", Kind::Size, Some("1MiB"), true, "Largest request body that a handler is given; a request with a larger one is forwarded."),
    key("native", "write_wait", Kind::Duration, Some("500ms"), true, "Longest wait of a native write for forwarded requests that may write to the same database (it is then forwarded), and of those for it (they then go on)."),
    key("native", "deadline", Kind::Duration, Some("30s"), true, "Longest run of a handler that only reads; legacy answers after it."),
    key("native", "max_reads", COUNT, Some("256"), false, "Handlers of quick reads that run at once; a further one waits."),
    key("native", "max_searches", COUNT, None, false, "The same of long reads (searches, large lists); unset, one less than data.readers, so that a quick read always finds a free reader."),
    key("native", "max_writes", COUNT, Some("64"), false, "The same of writes, which wait for legacy and for each other in any case."),
    key("native", "max_waiting", COUNT, Some("1024"), true, "Requests of each of these classes that may wait; one more is legacy's."),
    key("native", "queue_timeout", Kind::Duration, Some("10s"), true, "Longest such wait; legacy answers after it."),
    key("native", "breaker", Kind::Integer(0, 1000), Some("5"), true, "Failures of a handler in a row after which its route is legacy's for a while; 0: never."),
    key("native", "breaker_pause", Kind::Duration, Some("30s"), true, "How long that is; one request is tried natively then, and decides."),
    key("outbound", "github", Kind::Webhook, Some(""), true, "Where the bridge asks GitHub itself, as in \"https://api.github.com\": GET /api/1/info?check_for_updates=true; empty: legacy asks it."),
    key("outbound", "deadline", Kind::Duration, Some("20s"), true, "Longest time for a question to a server of others, waits and retries included; shorter than native.deadline, at which legacy would ask it anew."),
    key("rollout", "advance", Kind::Word(&["manual", "auto"]), Some("manual"), true, "auto takes routes up their ladders when the evidence of a step is in and clean; a route can have its own."),
    key("rollout", "state", Kind::Path, Some("routes.state.toml"), false, "Where is kept what was changed on top of this file while running, beside it unless the path is absolute; empty: in memory, until the bridge stops."),
    key("rollout", "journal", Kind::Path, Some("routes.journal.jsonl"), false, "Where every change is written down, a line of JSON each, beside routes.toml unless the path is absolute; empty: in memory, until the bridge stops."),
    key("rollout", "max_journal", Kind::Size, Some("16MiB"), false, "Size of the journal's file beyond which another one is begun; the one before it is kept beside it, as .1, and older ones are not."),
    key("rollout", "webhook", Kind::Webhook, Some(""), true, "Where each such line is sent to by POST; empty: nowhere."),
    key("rollout", "webhook_file", Kind::Path, Some(""), true, "File with that address, where it has a secret in it: in place of rollout.webhook, beside routes.toml unless the path is absolute; read anew for each line. Empty: none."),
    key("guardrails", "mismatch", Kind::Percent, Some("0.1"), true, "Largest share of a route's comparisons that may be mismatched; 100: any."),
    key("guardrails", "errors", Kind::Percent, Some("1"), true, "How many percentage points more of a route's requests may fail natively than with legacy; 100: any."),
    key("guardrails", "p95_ratio", Kind::Ratio, Some("2"), true, "How many times as long as with legacy the 95th percentile may be natively; off: any."),
    key("guardrails", "p95_slack", Kind::Duration, Some("50ms"), true, "By how much it has to be longer besides: what takes 2 ms instead of 1 ms hurts nobody."),
    key("guardrails", "min_requests", Kind::Integer(1, 1_000_000), Some("20"), true, "Requests, or comparisons, without which nothing is judged."),
    key("guardrails", "window", Kind::Duration, Some("5m"), true, "The time that is looked back on. Where it has too few requests, all since the last change are judged."),
    key("guardrails", "cool_down", Kind::Duration, Some("10m"), true, "How long a route that was rolled back stays so at least."),
    key("guardrails", "rollback", Kind::Word(&["legacy", "step", "off"]), Some("legacy"), true, "Where a route goes that crosses a bound: to legacy, one step down its ladder, or nowhere (it is only told)."),
    key("flags", "kill_switch", Kind::Bool, Some("false"), true, "true sends every request to legacy at once."),
    key("flags", "override_header", Kind::Bool, Some("false"), true, "true honours x-cutover-variant: legacy|native on requests."),
    key("flags", "answer_headers", Kind::Bool, Some("true"), true, "false leaves x-cutover-variant and x-cutover-reason off the answers."),
    key("flags", "all", Kind::Word(&["legacy", "shadow", "native", "verify"]), None, true, "Overrides the mode of every migrated route."),
    key("flags", "native_writes", Kind::Word(&["off", "guarded", "always"]), Some("off"), true, "Whether routes that write may be answered natively."),
    key("ws", "mode", Kind::Word(&["tunnel", "bridge"]), Some("tunnel"), true, "How new websocket connections are served: tunnel, each with a connection to legacy of its own; bridge, by the bridge, which subscribes to legacy once for all of them. Open connections stay as they are."),
    key("ws", "percent", Kind::Percent, Some("100"), true, "Share of new connections that mode bridge takes; the rest is tunnelled."),
    key("ws", "let_go", Kind::Word(&["drop", "close"]), Some("drop"), true, "How a client that should come back is let go: drop ends the connection without a close frame, which rotki's frontend takes for a reason to reconnect; close says 1012 at a restart and 1013 to a client that is too slow."),
    key("ws", "origins", Kind::Names, Some(""), true, "Origins whose pages may connect, as in [\"https://app.example\"]; empty: all, as legacy has it."),
    key("ws", "max_clients", COUNT, Some("4096"), true, "Clients of mode bridge at once; one more is answered 503."),
    key("ws", "max_unauthenticated", COUNT, Some("256"), true, "The same while nobody is known to be logged in."),
    key("ws", "max_message", Kind::Size, Some("1MiB"), true, "Largest message from a client (close code 1009 above it)."),
    key("ws", "max_frame", Kind::Size, Some("1MiB"), true, "Largest frame from a client (close code 1009 above it)."),
    key("ws", "queue", COUNT, Some("4096"), true, "Messages that may wait for a client that does not take them."),
    key("ws", "queue_bytes", Kind::Size, Some("4MiB"), true, "Bytes that may wait for such a client, behind the message it is at; a single message may be larger."),
    key("ws", "ping_interval", Kind::Duration, Some("30s"), true, "How often a client is asked whether it is there."),
    key("ws", "ping_timeout", Kind::Duration, Some("90s"), true, "How long a client may be silent before it is given up."),
    key("ws", "kept", COUNT, Some("4096"), true, "Messages kept for GET /api/1/messages when they could be delivered to nobody; the oldest go first."),
    key("ws", "kept_bytes", Kind::Size, Some("16MiB"), true, "Bytes of such messages."),
    key("ws", "announce", Kind::Bool, Some("false"), true, "true tells clients by a message of type cutover_status when legacy goes away and when it is back; rotki's frontend does not know that type."),
    key("tasks", "max", COUNT, Some("256"), true, "Tasks of the bridge's own at once, those that clients ask for with async_query among them; one more is legacy's."),
    key("tasks", "kept_bytes", Kind::Size, Some("64MiB"), true, "Bytes of outcomes that may wait to be asked for; above it further tasks are legacy's."),
    key("tasks", "longest_wait", Kind::Duration, Some("60s"), true, "Longest wait that GET /api/1/tasks/{id}?wait=SECONDS is granted."),
    key("tasks", "announce", Kind::Bool, Some("false"), true, "true tells the websocket's clients by a message of type cutover_task when a task that was asked of the bridge is done; rotki's frontend does not know that type."),
    key("compat", "socket", Kind::Path, Some(""), false, "Unix socket on which the package inside the legacy process reaches the bridge; empty: none."),
    key("parity", "sample", Kind::Percent, Some("100"), true, "Share of the requests of a route in mode shadow or verify, and of those of a canary that legacy answers, that are compared."),
    key("parity", "resample", Kind::Percent, Some("1"), true, "Share of the comparisons without a difference after which legacy is asked again, to see how often it agrees with itself. After a difference it always is."),
    key("parity", "legacy_rate", Kind::Integer(0, 10_000), Some("20"), true, "Most times a second that legacy is asked again; a difference that could not be confirmed is counted as skipped."),
    key("parity", "max_body", Kind::Size, Some("1MiB"), true, "Largest body that is compared or recorded; a larger one is counted as skipped, or in a recording noted as that."),
    key("parity", "memory", Kind::Size, Some("32MiB"), false, "What the bodies of all waiting comparisons may hold together, and those of recordings as much again."),
    key("parity", "queue", COUNT, Some("256"), false, "Comparisons that may wait; one more is counted as skipped."),
    key("parity", "concurrency", Kind::Integer(1, 64), Some("2"), false, "Comparisons under way at once."),
    key("parity", "deadline", Kind::Duration, Some("30s"), true, "Longest time for one comparison, both sides included."),
    key("parity", "evidence", Kind::Path, Some("evidence.db"), false, "Where counts and samples are kept, beside routes.toml unless the path is absolute; empty: in memory, until the bridge stops."),
    key("parity", "max_evidence", Kind::Size, Some("64MiB"), false, "What the stored samples may take."),
    key("parity", "samples", Kind::Integer(0, 1000), Some("5"), false, "Samples kept for each route, kind and path."),
    key("parity", "redact", Kind::Names, Some(""), true, "Further fields and headers whose values are never stored; passwords, keys, tokens and cookies never are."),
    key("log", "level", Kind::LogFilter, Some("info"), false, "Log filter."),
    key("log", "format", Kind::Word(&["auto", "text", "json"]), Some("auto"), false, "text for terminals, json otherwise; auto decides by what stderr is."),
    key("log", "max_repeats", Kind::Integer(1, 1_000_000), Some("20"), false, "Lines a second that one place in the code may write; of the others one line says how many they were. Details (debug and below) have no bound."),
    key("log", "access", Kind::Path, Some(""), false, "Where each request is written when it has ended, a line each: a file, beside routes.toml unless the path is absolute, or - for standard output; empty: nowhere. SIGHUP opens the file anew."),
    key("log", "access_format", Kind::Word(&["common", "combined", "json"]), Some("combined"), false, "common and combined are the formats of web servers; json has all that is known of a request."),
    key("trace", "context", Kind::Word(&["off", "given", "always"]), Some("given"), true, "Trace context (traceparent) towards legacy: given makes the bridge a part of the traces of clients that send one; always begins one for all others too; off passes what clients send as it came."),
    key("trace", "otlp", Kind::Webhook, Some(""), false, "Where a span of each request is sent, by OTLP in JSON over HTTP, as in http://127.0.0.1:4318/v1/traces; empty: nowhere. Needs a bridge that was built with the feature otlp."),
    key("process", "dumpable", Kind::Bool, Some("false"), false, "true lets debuggers of the same user in, and a crash leave a core file: for debugging, since passwords and the keys of databases are in there."),
    key("task", "name", Kind::Text, None, true, "Name of the background task, as legacy's task manager names it."),
    key("task", "mode", Kind::Word(&["legacy", "native"]), Some("legacy"), true, "native has the bridge do it while the package inside legacy is attached; legacy does it otherwise."),
    key("route", "name", Kind::Text, None, true, "Name of the route: lower-case letters, digits and underscores. A handler's own name configures that handler's route."),
    key("route", "match", Kind::Text, None, true, "Method and path, as in \"GET /api/1/tags\" or \"GET /api/1/tasks/{id:int}\"; the handler's own if left out."),
    key("route", "handler", Kind::Text, None, true, "Which handler answers it; the one named like the route if left out."),
    key("route", "mode", Kind::MODE, Some("legacy"), true, "How far the route has been cut over."),
    key("route", "percent", Kind::Percent, Some("0"), true, "Share of targeting keys that mode canary answers natively."),
    key("route", "sticky", Kind::Sticky, Some("client"), true, "What a canary is sticky to."),
    key("route", "ladder", Kind::Ladder, None, true, "The steps the route is cut over by, each with what must be seen on it first: a number of comparisons or native requests, a time, or pause (until a person goes on)."),
    key("route", "advance", Kind::Word(&["manual", "auto"]), None, true, "rollout.advance for this route."),
    key("route", "guardrails", Kind::Guardrails, None, true, "Bounds for this route, as in [guardrails]."),
    key("route", "parity", Kind::Rules, None, true, "What may differ between the two answers, each with its reason."),
];

/// Sections that are lists of tables, each with a name.
pub const LISTED: [&str; 2] = ["task", "route"];

/// Keys that a bare section name stands for: `listen = "…"`, `CUTOVER_LISTEN`.
pub const SHORTHANDS: &[(&str, &str)] =
    &[("listen", "address"), ("admin", "address"), ("legacy", "url"), ("data", "directory")];

/// Every section name, `route` last.
#[must_use]
pub fn sections() -> Vec<&'static str> {
    let mut names: Vec<&str> = Vec::new();
    for key in KEYS {
        if !names.contains(&key.section) {
            names.push(key.section);
        }
    }
    names
}

/// The keys of a section.
pub fn of(section: &str) -> impl Iterator<Item = &'static Key> + Clone + use<'_> {
    KEYS.iter().filter(move |key| key.section == section)
}

/// One key by its section and name.
#[must_use]
pub fn find(section: &str, name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.section == section && key.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_valid_value_of_its_kind() {
        for key in KEYS {
            if let Some(default) = key.default {
                assert!(key.kind.read_text(default).is_ok(), "{}.{}", key.section, key.name);
            }
        }
    }

    #[test]
    fn the_reference_describes_every_key_and_its_default() {
        let reference = include_str!("../../docs/routes.md");
        for key in KEYS {
            let row = reference.lines().find(|line| line.starts_with(&format!("| `{}.{}` |", key.section, key.name)));
            let row = row.unwrap_or_else(|| panic!("docs/routes.md has no row for {}.{}", key.section, key.name));
            let default = key.default.filter(|d| !d.is_empty()).map_or("none".to_owned(), |d| format!("`{d}`"));
            let effect = if key.hot { "at once" } else { "restart" };
            assert!(row.contains(&format!("| {effect} |")), "when {}.{} takes effect: {row}", key.section, key.name);
            assert!(row.contains(&format!("| {default} |")), "default of {}.{}: {row}", key.section, key.name);
        }
    }
}
