use serde_json::{Value, json};

use crate::parity::har::{Entry, Recording, from_slice, to_string};

fn file(entries: &Value) -> Recording {
    let har = json!({ "log": { "version": "1.2", "entries": entries, "creator": { "name": "WebInspector" } } });
    from_slice(har.to_string().as_bytes()).unwrap()
}

/// The only entry, with this request and response.
fn one(request: &Value, response: &Value) -> Entry {
    let mut recording = file(&json!([{ "request": request, "response": response }]));
    assert_eq!(recording.passed_over, []);
    recording.entries.remove(0)
}

/// Why the only entry, with this request and response, is passed over.
fn passed_over(request: &Value, response: &Value) -> String {
    let mut recording = file(&json!([{ "request": request, "response": response }]));
    assert_eq!(recording.entries, []);
    recording.passed_over.remove(0).1
}

fn get() -> Value {
    json!({ "method": "GET", "url": "http://h/", "httpVersion": "HTTP/1.1", "headers": [] })
}

fn post(kind: &str, post: &Value) -> Value {
    let headers = json!([{ "name": "Content-Type", "value": kind }]);
    json!({ "method": "POST", "url": "http://h/", "headers": headers, "postData": post })
}

fn ok() -> Value {
    json!({ "status": 200, "content": { "size": 2, "text": "{}" } })
}

fn line(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn an_export_of_chrome_is_read() {
    let har = br#"{"log": {"version": "1.2", "creator": {"name": "WebInspector", "version": "537.36"}, "pages": [], "entries": [{
        "_initiator": {"type": "script", "stack": {"callFrames": []}}, "_priority": "High", "_resourceType": "fetch",
        "cache": {}, "connection": "4711", "pageref": "page_1",
        "request": {"method": "PUT", "url": "https://h.example/api/1/tags?a=b#top", "httpVersion": "http/2.0",
            "headers": [
                {"name": ":authority", "value": "h.example"}, {"name": ":method", "value": "PUT"},
                {"name": ":path", "value": "/api/1/tags?a=b"}, {"name": ":scheme", "value": "https"},
                {"name": "accept-encoding", "value": "gzip, deflate, br, zstd"},
                {"name": "content-length", "value": "13"}, {"name": "content-type", "value": "application/json"}],
            "queryString": [{"name": "a", "value": "b"}],
            "cookies": [{"name": "s", "value": "1", "httpOnly": true}, {"name": "t", "value": "2"}],
            "headersSize": -1, "bodySize": 13,
            "postData": {"mimeType": "application/json", "text": "{\"name\": \"x\"}"}},
        "response": {"status": 200, "statusText": "", "httpVersion": "http/2.0",
            "headers": [
                {"name": "content-encoding", "value": "br"}, {"name": "content-length", "value": "17"},
                {"name": "content-type", "value": "application/json"},
                {"name": "set-cookie", "value": "a=1\nb=2"}],
            "cookies": [], "content": {"size": 31, "mimeType": "application/json",
                "text": "eyJyZXN1bHQiOiB0cnVlLCAibWVzc2FnZSI6ICIifQ==", "encoding": "base64"},
            "redirectURL": "", "headersSize": -1, "bodySize": -1, "_transferSize": 120, "_error": null},
        "serverIPAddress": "192.0.2.1", "startedDateTime": "2026-07-15T12:00:00.250Z", "time": 12.345,
        "timings": {"blocked": 1.5, "dns": -1, "ssl": -1, "connect": -1, "send": 0.1, "wait": 10, "receive": 0.7}}]}}"#;
    let recording = from_slice(har).unwrap();
    assert_eq!((recording.creator.as_str(), recording.passed_over.len()), ("WebInspector", 0));
    let entry = &recording.entries[0];
    assert_eq!(entry.origin, "https://h.example");
    assert_eq!(entry.request.target, "/api/1/tags?a=b");
    let sent = [
        line("Host", "h.example"),
        line("accept-encoding", "gzip, deflate, br, zstd"),
        line("content-length", "13"),
        line("content-type", "application/json"),
        line("Cookie", "s=1; t=2"),
    ];
    assert_eq!(entry.request.headers, sent);
    assert_eq!(entry.request.body.as_ref(), br#"{"name": "x"}"#);
    let answer = entry.response.as_ref().unwrap();
    assert_eq!(answer.body.as_ref(), br#"{"result": true, "message": ""}"#);
    let expected = [line("content-type", "application/json"), line("set-cookie", "a=1"), line("set-cookie", "b=2")];
    assert_eq!(answer.headers, expected);
    assert!(!answer.spelled);
    assert_eq!(entry.noted("_priority"), None);
}

#[test]
fn an_export_of_firefox_is_read() {
    let har = br#"{"log": {"version": "1.2", "creator": {"name": "Firefox", "version": "140.0"},
        "browser": {"name": "Firefox", "version": "140.0"}, "pages": [], "entries": [{
        "startedDateTime": "2026-07-15T14:00:00.250+02:00",
        "request": {"bodySize": 7, "method": "POST", "url": "http://127.0.0.1:4242/api/1/form", "httpVersion": "HTTP/1.1",
            "headers": [{"name": "Host", "value": "127.0.0.1:4242"}, {"name": "Content-Length", "value": "7"},
                {"name": "Content-Type", "value": "application/x-www-form-urlencoded"},
                {"name": "Cookie", "value": "s=1"}],
            "cookies": [{"name": "s", "value": "1"}], "queryString": [], "headersSize": 400,
            "postData": {"mimeType": "application/x-www-form-urlencoded",
                "params": [{"name": "a", "value": "b c"}], "text": "a=b%20c"}},
        "response": {"status": 200, "statusText": "OK", "httpVersion": "HTTP/1.1",
            "headers": [{"name": "Content-Type", "value": "application/json"},
                {"name": "Content-Encoding", "value": "gzip"}, {"name": "Content-Length", "value": "25"}],
            "cookies": [], "content": {"mimeType": "application/json", "size": 2, "text": "{}"},
            "redirectURL": "", "headersSize": 200, "bodySize": 225},
        "cache": {}, "timings": {"blocked": 0, "dns": 0, "connect": 0, "ssl": 0, "send": 0, "wait": 3, "receive": 0},
        "time": 3, "_securityState": "insecure", "serverIPAddress": "127.0.0.1", "connection": "4242"}]}}"#;
    let recording = from_slice(har).unwrap();
    let entry = &recording.entries[0];
    assert_eq!(humantime::format_rfc3339_millis(entry.started).to_string(), "2026-07-15T12:00:00.250Z");
    assert_eq!(entry.took.as_millis(), 3);
    assert_eq!(entry.request.headers.len(), 4);
    assert_eq!(entry.request.body.as_ref(), b"a=b%20c");
    let answer = entry.response.as_ref().unwrap();
    assert!(answer.spelled);
    assert_eq!(answer.headers, [line("Content-Type", "application/json")]);
}

#[test]
fn a_body_that_is_compressed_still_keeps_its_headers() {
    let headers = json!([{ "name": "Content-Encoding", "value": "gzip" }, { "name": "Content-Length", "value": "3" }]);
    let content = json!({ "size": 3, "text": "H4sI", "encoding": "base64" });
    let entry = one(&get(), &json!({ "status": 200, "httpVersion": "h2", "headers": headers, "content": content }));
    let answer = entry.response.unwrap();
    assert_eq!((answer.headers.len(), answer.body.as_ref()), (2, &[0x1f, 0x8b, 0x08][..]));
}

#[test]
fn a_length_of_http_2_that_is_not_that_of_the_body_is_no_part_of_the_answer() {
    for (version, length, kept) in [("h2", "2", true), ("h2", "9", false), ("HTTP/1.1", "9", true)] {
        let headers = json!([{ "name": "content-length", "value": length }]);
        let content = json!({ "size": 2, "text": "{}" });
        let answer = json!({ "status": 200, "httpVersion": version, "headers": headers, "content": content });
        let read = one(&get(), &answer).response.unwrap();
        assert_eq!(read.header("content-length"), kept.then_some(length), "{version} {length}");
    }
}

#[test]
fn an_answer_without_its_body_is_nothing_to_compare_with() {
    let response = |status: u16, length: Option<u64>, content: Value| {
        let length = length.map(|length| json!({ "name": "Content-Length", "value": length.to_string() }));
        let headers: Vec<Value> = length.into_iter().collect();
        json!({ "status": status, "headers": headers, "content": content })
    };
    for (answer, whole) in [
        (response(200, None, json!({ "size": 31 })), false),
        (response(200, None, json!({ "size": 31, "text": "" })), false),
        (response(302, Some(219), json!({ "size": 0 })), false),
        (response(200, None, json!({ "size": -1 })), false),
        (response(200, None, Value::Null), false),
        (response(200, None, json!({ "size": 0 })), true),
        (response(200, Some(0), json!({ "size": -1 })), true),
        (response(204, None, json!({})), true),
        (response(304, Some(31), json!({ "size": 31 })), true),
    ] {
        let read = one(&get(), &answer).response;
        let expected = "the body of its answer was not recorded";
        assert_eq!(read.as_ref().err().map(String::as_str), (!whole).then_some(expected), "{answer}");
        assert!(read.is_ok_and(|read| read.body.is_empty()) == whole);
    }
    let head = json!({ "method": "HEAD", "url": "http://h/" });
    let answer = one(&head, &response(200, Some(31), json!({ "size": 31 }))).response.unwrap();
    assert_eq!(answer.header("content-length"), Some("31"));
}

#[test]
fn a_request_that_was_aborted_has_no_answer_and_says_why() {
    let why = |response: &Value| one(&get(), response).response.unwrap_err();
    assert_eq!(why(&json!({ "status": 0, "_error": "net::ERR_ABORTED" })), "net::ERR_ABORTED");
    assert_eq!(why(&json!({ "status": 0, "_error": "" })), "there was no answer");
    assert_eq!(why(&json!({ "status": -1 })), "there was no answer");
    assert_eq!(why(&Value::Null), "no answer was recorded");
    let odd = json!({ "status": 200, "content": { "text": "x", "encoding": "rot13" } });
    assert_eq!(why(&odd), "the body of its answer has the encoding \"rot13\", which is not known");
}

#[test]
fn what_is_no_exchange_of_http_is_passed_over_with_its_place_and_reason() {
    let entry = |url: &str| json!({ "request": { "method": "GET", "url": url }, "response": ok() });
    let mut upgraded = entry("http://h/ws");
    upgraded["response"]["status"] = json!(101);
    let urls =
        ["wss://h/ws", "http://h/0", "data:text/plain,x", "blob:http://h/1", "http://h/1", "chrome-extension://x/y"];
    let mut entries: Vec<Value> = urls.map(entry).into();
    entries.push(upgraded);
    entries.push(json!({ "request": { "method": "CONNECT", "url": "http://h:443" }, "response": ok() }));
    let recording = file(&entries.into());
    let passed_over = [
        (0, "it is a websocket"),
        (2, "its URL is of data:, not of HTTP"),
        (3, "its URL is of blob:, not of HTTP"),
        (5, "its URL is of chrome-extension:, not of HTTP"),
        (6, "its answer switches to another protocol"),
        (7, "it is a tunnel"),
    ];
    assert_eq!(recording.passed_over, passed_over.map(|(place, reason)| (place, reason.to_owned())));
    let numbered: Vec<(usize, &str)> =
        recording.numbered().map(|(at, entry)| (at, entry.request.target.as_str())).collect();
    assert_eq!(numbered, [(1, "/0"), (4, "/1")]);
}

#[test]
fn a_form_without_its_text_is_put_together_and_one_with_files_is_passed_over() {
    let params = json!([{ "name": "a b", "value": "1&2" }, { "name": "c", "value": null }]);
    let form = |kind: &str| post(kind, &json!({ "mimeType": kind, "params": params.clone(), "text": "" }));
    let entry = one(&form("application/x-www-form-urlencoded; charset=UTF-8"), &ok());
    assert_eq!(entry.request.body.as_ref(), b"a+b=1%262&c=");
    let reason = "the body of its request was not recorded, only the fields of a form of type \"multipart/form-data\"";
    assert_eq!(passed_over(&form("multipart/form-data; boundary=x"), &ok()), reason);
}

#[test]
fn the_body_of_a_request_is_read_as_whole_as_it_was_sent_or_not_at_all() {
    let sent = |length: &str, data: &Value| {
        let mut request = post("application/json", data);
        request["headers"] = json!([{ "name": "Content-Length", "value": length }]);
        request
    };
    for name in ["encoding", "_encoding"] {
        let entry = one(&sent("2", &json!({ "text": "/wA=", name: "base64" })), &ok());
        assert_eq!(entry.request.body.as_ref(), [0xff, 0]);
    }
    // Every byte as one character.
    assert_eq!(one(&sent("2", &json!({ "text": "\u{ff}\u{e4}" })), &ok()).request.body.as_ref(), [0xff, 0xe4]);
    let short = "the body of its request has 1 bytes here, and Content-Length says 2";
    assert_eq!(passed_over(&sent("2", &json!({ "text": "x" })), &ok()), short);
    for data in [Value::Null, json!({ "mimeType": "application/json", "params": [] })] {
        assert_eq!(passed_over(&sent("2", &data), &ok()), "the body of its request was not recorded");
    }
    let bad = "the body of its request is no base64 (Invalid symbol 33, offset 0.)";
    assert_eq!(passed_over(&sent("2", &json!({ "text": "!", "encoding": "base64" })), &ok()), bad);
}

#[test]
fn half_a_surrogate_pair_spoils_one_entry_only() {
    let entry = |text: &str| format!(r#"{{"request": {{"method": "GET", "url": "http://h/{text}"}}}}"#);
    let har = format!(r#"{{"log": {{"entries": [{}, {}]}}}}"#, entry(r"\ud800"), entry("1"));
    let recording = from_slice(har.as_bytes()).unwrap();
    assert_eq!((recording.entries.len(), recording.passed_over[0].0), (1, 0));
    assert!(recording.passed_over[0].1.starts_with("it is not to be read: "), "{:?}", recording.passed_over);
}

#[test]
fn a_header_that_was_read_as_utf_8_is_its_bytes_again() {
    let mut request = get();
    request["headers"] = json!([{ "name": "A", "value": "\u{540d}" }, { "name": "B", "value": "\u{e9}" }]);
    let headers = one(&request, &ok()).request.headers;
    assert_eq!(headers[1..], [line("A", "\u{e5}\u{90}\u{8d}"), line("B", "\u{e9}")]);
}

#[test]
fn a_header_that_is_made_of_other_fields_is_bytes_too() {
    let cookies = json!([{ "name": "a", "value": "\u{540d}" }]);
    let read = one(&json!({ "method": "GET", "url": "http://\u{540d}:1/", "cookies": cookies }), &ok());
    let headers = [line("Host", "\u{e5}\u{90}\u{8d}:1"), line("Cookie", "a=\u{e5}\u{90}\u{8d}")];
    assert_eq!(read.request.headers, headers);
    assert_eq!(from_slice(to_string(std::slice::from_ref(&read)).as_bytes()).unwrap().entries, [read]);
}

#[test]
fn names_are_as_they_were_on_the_wire_only_where_http_1_was_spoken_and_their_case_was_kept() {
    for (version, name, spelled) in [
        ("HTTP/1.1", "Content-Type", true),
        ("http/1.0", "ETag", true),
        ("HTTP/1.1", "content-type", false),
        ("HTTP/2", "Content-Type", false),
        ("h3", "Content-Type", false),
        ("", "Content-Type", false),
    ] {
        let headers = json!([{ "name": "date", "value": "" }, { "name": name, "value": "" }]);
        let answer = json!({ "status": 204, "httpVersion": version, "headers": headers });
        assert_eq!(one(&get(), &answer).response.unwrap().spelled, spelled, "{version} {name}");
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_file() {
    assert!(from_slice(b"\xef\xbb\xbf{\"log\": {\"entries\": []}}").unwrap().entries.is_empty());
}
