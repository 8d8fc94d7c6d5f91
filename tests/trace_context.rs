//! Trace context (W3C): whose trace a request is a part of, towards legacy, in the record and in failures.

use crate::support::{
    bridge::{Bridge, Setup},
    eventually, raw,
    upstream::Upstream,
};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const GIVEN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The two ways that a request takes: without a body, and with one.
const METHODS: [&str; 2] = ["GET", "POST"];

async fn ask(bridge: &Bridge, method: &str, lines: &str) -> raw::Answer {
    let body = if method == "POST" { "Content-Length: 2\r\n\r\n{}" } else { "\r\n" };
    raw::exchange(bridge.address, format!("{method} /x?token=s3cret HTTP/1.1\r\nHost: h\r\n{lines}{body}")).await
}

fn values<'h>(head: &'h str, name: &str) -> Vec<&'h str> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.filter(|(of, _)| of.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
}

async fn sent_for(context: &str, method: &str, lines: &str) -> String {
    let upstream = Upstream::always(OK).await;
    let routes = format!("[trace]\ncontext = \"{context}\"\n");
    let bridge = Setup::before(upstream.address).routes(&routes).start().await;
    let answer = ask(&bridge, method, lines).await;
    assert_eq!((answer.status, answer.header("x-cutover-trace")), (200, None), "an answer of legacy's is legacy's");
    upstream.seen().pop().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn legacy_is_told_of_the_bridges_own_span_in_the_trace_of_the_client() {
    for method in METHODS {
        let sent =
            sent_for("given", method, &format!("TraceParent: {GIVEN}\r\ntracestate: a=1\r\nTracestate: b=2\r\n")).await;
        let [parent] = values(&sent, "traceparent")[..] else { panic!("{sent}") };
        assert!(parent.starts_with(&format!("00-{TRACE}-")) && parent.ends_with("-01"), "{sent}");
        assert!(!parent.contains("00f067aa0ba902b7"), "{sent}");
        assert_eq!(values(&sent, "tracestate"), ["a=1", "b=2"], "{sent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_trace_context_is_replaced_and_its_state_left_out() {
    let twice = format!("traceparent: {GIVEN}\r\ntraceparent: {GIVEN}\r\n");
    for bad in ["traceparent: 00-0-0-01\r\n", &twice] {
        for method in METHODS {
            let sent = sent_for("given", method, &format!("{bad}tracestate: a=1\r\n")).await;
            let [parent] = values(&sent, "traceparent")[..] else { panic!("{sent}") };
            assert!(parent.len() == 55 && !parent.contains(TRACE), "{sent}");
            assert_eq!(values(&sent, "tracestate"), [""; 0], "{sent}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_sends_no_trace_context_changes_nothing_for_legacy_unless_all_are_to_be_traced() {
    for method in METHODS {
        assert!(!sent_for("given", method, "").await.to_lowercase().contains("trace"));
        let sent = sent_for("given", method, "tracestate: a=1\r\n").await;
        assert_eq!((values(&sent, "traceparent").len(), values(&sent, "tracestate")), (0, vec!["a=1"]), "{sent}");
        let sent = sent_for("off", method, "traceparent: bad\r\n").await;
        assert_eq!(values(&sent, "traceparent"), ["bad"], "{sent}");
        for lines in ["", "tracestate: a=1\r\n"] {
            let sent = sent_for("always", method, lines).await;
            assert_eq!((values(&sent, "traceparent").len(), values(&sent, "tracestate").len()), (1, 0), "{sent}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_one_event_with_everything_but_its_secrets() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).environment("CUTOVER_LOG__FORMAT", "json").start().await;
    for method in METHODS {
        ask(&bridge, method, &format!("traceparent: {GIVEN}\r\n")).await;
        let sent = upstream.seen().pop().unwrap();
        let span = values(&sent, "traceparent")[0][36..52].to_owned();
        let event = eventually("the event is told", || async {
            let events = bridge.log();
            let mut events = events.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
            events.find(|event| event["request"] == span.as_str())
        })
        .await;
        assert_eq!((&event["trace"], &event["parent"]), (&TRACE.into(), &"00f067aa0ba902b7".into()), "{event}");
        let received = if method == "POST" { 2 } else { 0 };
        assert_eq!((&event["received"], &event["sent"]), (&received.into(), &2.into()), "{event}");
        assert_eq!((&event["method"], &event["path"], &event["status"]), (&method.into(), &"/x".into(), &200.into()));
        assert_eq!((&event["client"], &event["protocol"]), (&"127.0.0.1".into(), &"HTTP/1.1".into()), "{event}");
        assert!(event["duration_ms"].as_f64() >= event["latency_ms"].as_f64(), "{event}");
    }
    let log = bridge.log();
    assert_eq!(log.matches(&format!("\"trace\":\"{TRACE}\"")).count(), 2, "one each: {log}");
    assert!(!log.contains("s3cret"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_answer_names_the_trace_to_look_for_and_only_to_who_traces() {
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let bridge = Setup::before(nobody).start_alone();
    for method in METHODS {
        let failed = ask(&bridge, method, &format!("traceparent: {GIVEN}\r\n")).await;
        assert_eq!(failed.status, 503);
        let trace = failed.header("x-cutover-trace").unwrap().to_owned();
        assert!(trace.starts_with(&format!("00-{TRACE}-")), "{failed:?}");
        let span = trace[36..52].to_owned();
        eventually("the log has it", || async { bridge.log().contains(&span).then_some(()) }).await;
        assert_eq!(ask(&bridge, method, "").await.header("x-cutover-trace"), None);
    }
}
