//! Every endpoint, a line each: a new one needs a line here, and what is new in its bodies in `schemas.json`.

/// One method of one path.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operation {
    /// In lower case.
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) summary: &'static str,
    /// Parameters of the query.
    pub(super) query: &'static [Parameter],
    /// What the body is, if there is one.
    pub(super) takes: Option<&'static str>,
    pub(super) gives: Gives,
    /// Further statuses, beside those that the guard gives.
    pub(super) refuses: &'static [u16],
    /// Whether it never needs the token.
    pub(super) open: bool,
}

/// A parameter of the query: its name, its type, and what it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameter(pub(super) &'static str, pub(super) &'static str, pub(super) &'static str);

/// What is answered with 200.
#[derive(Debug, Clone, Copy)]
pub(super) enum Gives {
    /// JSON, as the schema of this name says.
    Json(&'static str),
    /// A list of them.
    List(&'static str),
    /// A text of this content type.
    Text(&'static str),
}

use Gives::{Json, List, Text};

const fn get(path: &'static str, gives: Gives, summary: &'static str) -> Operation {
    Operation { method: "get", path, summary, query: &[], takes: None, gives, refuses: &[], open: false }
}

const fn put(path: &'static str, takes: &'static str, gives: Gives, summary: &'static str) -> Operation {
    Operation { method: "put", takes: Some(takes), refuses: &[400, 408, 413, 415, 422], ..get(path, gives, summary) }
}

const fn post(path: &'static str, takes: &'static str, gives: Gives, summary: &'static str) -> Operation {
    Operation { method: "post", ..put(path, takes, gives, summary) }
}

impl Operation {
    const fn open(self) -> Self {
        Self { open: true, ..self }
    }

    const fn query(self, query: &'static [Parameter]) -> Self {
        Self { query, ..self }
    }

    const fn refuses(self, refuses: &'static [u16]) -> Self {
        Self { refuses, ..self }
    }
}

const ROUTE: Parameter = Parameter("route", "string", "Only those of this route");

/// Every endpoint.
#[rustfmt::skip] // an endpoint a line reads as the table it is
pub(super) const OPERATIONS: &[Operation] = &[
    get("/healthz", Text("text/plain"), "Whether the process runs").open(),
    get("/readyz", Json("Ready"), "Whether legacy has been heard of; 503 with the same body until then, and once the bridge was told to stop").refuses(&[503]).open(),
    get("/metrics", Text("application/openmetrics-text; version=1.0.0"), "Metrics, for Prometheus"),
    get("/openapi.json", Json("Anything"), "This document"),
    get("/openapi/native.json", Json("Anything"), "The same of the routes that are answered natively"),
    post("/notify", "Message", Json("Delivered"), "Sends a message to the websocket's clients (at most 64 MiB)").refuses(&[400, 408, 413, 415]),
    get("/api/status", Json("Anything"), "What the bridge knows of itself"),
    get("/api/overview", Json("Overview"), "The state of the whole migration, in short"),
    get("/api/endpoints", Json("Endpoints"), "Every endpoint of the backend, migrated or not"),
    get("/api/routes", List("Route"), "Every migrated route, without its guardrails"),
    get("/api/routes/{name}", Json("Route"), "One route, whole").refuses(&[404]),
    Operation { method: "patch", ..put("/api/routes/{name}", "Change", Json("Changed"), "Changes how far a route has been cut over; in force when it answers") }.refuses(&[400, 404, 408, 409, 413, 415, 422]),
    put("/api/kill-switch", "Switch", Json("Switched"), "Engages or releases the kill switch"),
    get("/api/log", Json("Log"), "What is written to the log").refuses(&[503]),
    put("/api/log", "LogFilter", Json("Log"), "Changes what is written to the log, until the bridge stops").refuses(&[400, 408, 413, 415, 422, 503]),
    post("/api/upgrade", "Patience", Json("Upgraded"), "Has another process go on in this one's place, with the program that is now at the path this one was started from").refuses(&[400, 408, 409, 413, 415, 422]),
    post("/api/reset", "Reason", Json("Reset"), "Forgets whatever was changed on top of routes.toml"),
    get("/api/journal", Json("Journal"), "Every change, the latest first").query(&[ROUTE, Parameter("limit", "integer", "Most entries (100)"), Parameter("before", "integer", "Only entries before this one")]).refuses(&[400]),
    get("/api/journal.jsonl", Text("application/x-ndjson"), "The whole journal, an Entry a line, the oldest first"),
    get("/api/evidence/{name}", Json("Evidence"), "What speaks for and against a route").refuses(&[404]),
    get("/api/samples", List("SampleHead"), "The samples that were kept of differences, the latest first").query(&[ROUTE]).refuses(&[400, 404, 503]),
    get("/api/samples/{id}", Json("Sample"), "One sample, both answers side by side").refuses(&[404, 503]),
    get("/api/samples/{id}.har", Json("Anything"), "One sample, as a HAR file").refuses(&[404, 503]),
    get("/api/notifier", Json("Notifier"), "The websocket's clients, and what waits for them"),
    get("/api/databases", Json("Anything"), "What each open database did"),
    get("/api/events", Text("text/event-stream"), "Events as they happen: overview, change, request, routes, dropped").query(&[Parameter("topics", "string", "Which, with commas between them: overview, changes, requests, routes (all)")]).refuses(&[400]),
    get("/api/parity", Json("Anything"), "What the comparisons came to"),
    get("/api/parity/record", Text("application/x-ndjson"), "What passes through, as it happens: an entry of a HAR file a line").query(&[Parameter("route", "string", "A route, or a pattern with *; as often as wanted"), Parameter("redact", "string", "A further name of fields and headers that are secret; as often as wanted")]).refuses(&[400, 404, 503]),
    post("/api/compat/invalidate", "Caches", Json("Anything"), "Has the package inside legacy drop caches").refuses(&[400, 408, 409, 413, 415, 422, 502, 504]),
    put("/api/compat/parts/{part}", "Flag", Json("Anything"), "Switches a part of the package inside legacy").refuses(&[400, 408, 409, 413, 415, 422, 502, 504]),
];
