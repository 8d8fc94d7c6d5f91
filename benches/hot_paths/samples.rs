//! What clients send, and what legacy answers.

use cutover::{
    config::Layers,
    handlers,
    routes::Snapshot,
    server::limits::Limits,
    wire::{Value, parse::parse},
};
use http::{HeaderMap, HeaderName, HeaderValue};

/// A read, as a browser asks for it.
pub(super) const GET: &str = "GET /api/1/tags HTTP/1.1\r\n\
Host: 127.0.0.1:4300\r\n\
Connection: keep-alive\r\n\
Accept: application/json, text/plain, */*\r\n\
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36\r\n\
Sec-Fetch-Site: same-origin\r\n\
Sec-Fetch-Mode: cors\r\n\
Sec-Fetch-Dest: empty\r\n\
Referer: http://127.0.0.1:4300/\r\n\
Accept-Encoding: gzip, deflate, br, zstd\r\n\
Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n\
Cookie: theme=dark; sid=5f2b6d7c9a; lang=en\r\n\
\r\n";

/// A read with a body, likewise.
pub(super) const POST: &str = "POST /api/1/history/events HTTP/1.1\r\n\
Host: 127.0.0.1:4300\r\n\
Connection: keep-alive\r\n\
Content-Length: 422\r\n\
Accept: application/json, text/plain, */*\r\n\
Content-Type: application/json\r\n\
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36\r\n\
Origin: http://127.0.0.1:4300\r\n\
Sec-Fetch-Site: same-origin\r\n\
Sec-Fetch-Mode: cors\r\n\
Sec-Fetch-Dest: empty\r\n\
Referer: http://127.0.0.1:4300/\r\n\
Accept-Encoding: gzip, deflate, br, zstd\r\n\
Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n\
\r\n";

/// The smallest request that there is.
pub(super) const PING: &str = "GET /api/1/ping HTTP/1.1\r\nHost: 127.0.0.1:4300\r\n\r\n";

/// Legacy's answer, its head.
pub(super) const ANSWER: &str = "HTTP/1.1 200 OK\r\n\
mimetype: application/json\r\n\
Content-Type: application/json\r\n\
Content-Length: 1024\r\n\
Vary: Origin\r\n\
Date: Sat, 22 Nov 2025 10:00:00 GMT\r\n\
Connection: keep-alive\r\n\
\r\n";

/// Arguments of a list, as the frontend sends them.
pub(super) const ARGUMENTS: &str = r#"{"limit": 10, "offset": 20, "ascending": [false, true], "order_by_attributes": ["timestamp", "sequence_index"], "group_by_event_ids": true, "from_timestamp": 1514764800, "to_timestamp": "1735689599", "location": "ethereum", "event_types": ["trade", "receive", "spend"], "counterparties": ["uniswap-v3", "gas"], "amount": "1250.000000000000000001", "notes_substring": "Zürich \"main\"\taccount \u20ac", "exclude_ignored_assets": false, "addresses": ["0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"]}"#;

/// Paths of reads and writes, migrated and not, with variables and without, and one that is nobody's.
pub(super) const PATHS: [(http::Method, &str); 8] = [
    (http::Method::GET, "/api/1/ping"),
    (http::Method::GET, "/api/1/tags"),
    (http::Method::POST, "/api/1/history/events"),
    (http::Method::POST, "/api/1/assets/all"),
    (http::Method::GET, "/api/1/balances/blockchains/eth"),
    (http::Method::DELETE, "/api/1/tasks/42"),
    (http::Method::GET, "/api/1/users/ada%20lovelace/password"),
    (http::Method::GET, "/api/1/nothing/of/the/kind"),
];

/// The configuration as it is shipped.
pub(super) fn snapshot() -> Snapshot {
    let shipped = include_str!("../../routes.toml");
    Snapshot::from_text(&Layers::default(), Some(shipped), &handlers::catalog(), 1).unwrap()
}

/// The bounds of a connection that are in it.
pub(super) fn limits() -> Limits {
    Limits::of(&snapshot().config.listen)
}

/// The header lines of a head.
pub(super) fn headers(head: &str) -> HeaderMap {
    let lines = head.split("\r\n").skip(1).filter_map(|line| line.split_once(": "));
    let typed = |(name, value): (&str, &str)| {
        (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
    };
    lines.map(typed).collect()
}

/// The arguments, read.
pub(super) fn arguments() -> Value {
    parse(ARGUMENTS.as_bytes()).unwrap()
}

/// A page of events.
pub(super) fn page(rows: u64) -> serde_json::Value {
    let entry = |n: u64| {
        serde_json::json!({
            "entry": {
                "identifier": 4000 + n,
                "entry_type": "evm event",
                "event_identifier": format!("10x{:064x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
                "sequence_index": n,
                "timestamp": 1_700_000_000_000_u64 + 1000 * n,
                "location": "optimism",
                "asset": "eip155:10/erc20:0x4200000000000000000000000000000000000042",
                "amount": format!("{n}.000000000000000001"),
                "event_type": "receive",
                "event_subtype": null,
                "location_label": "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045",
                "user_notes": format!("Received {n} OP in Zürich from \"Ada\"\n"),
                "share": 0.1 * 3.0,
                "missing_custom_assets": [],
            },
            "ignored_in_accounting": false,
        })
    };
    serde_json::json!({
        "entries": (0..rows).map(entry).collect::<Vec<_>>(),
        "entries_found": rows, "entries_limit": -1, "entries_total": 4096,
    })
}
