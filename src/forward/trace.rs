//! Trace context as it crosses the bridge: legacy is told of the bridge's own span as the one that asks.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::headers::drop_fields;
use crate::{
    config::settings::TraceContext,
    telemetry::trace::{Parent, Trace},
};

/// Of whose trace a request is a part.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// What those who trace say to each other about it.
pub const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
/// In a failure answer of the bridge's: the trace in which to look for it.
pub const TRACE: HeaderName = HeaderName::from_static("x-cutover-trace");

/// Makes a request part of a trace, if it is to be, in the fields that legacy gets. One field that is not to the letter,
/// or two of them, are none, and what `tracestate` says belongs to nothing then (section 4.3).
pub fn join(headers: &mut HeaderMap, context: TraceContext) -> Option<Trace> {
    if context == TraceContext::Off {
        return None;
    }
    let mut lines = headers.get_all(TRACEPARENT).iter();
    let (first, further) = (lines.next(), lines.next());
    if first.is_none() && context == TraceContext::Given {
        return None;
    }
    let parent = first.filter(|_| further.is_none()).and_then(|value| Parent::read(value.as_bytes()));
    let trace = parent.map_or_else(Trace::begin, Trace::under);
    if parent.is_none() {
        drop_fields(headers, |name| name == TRACESTATE);
    }
    if let Ok(value) = HeaderValue::from_str(&trace.to_string()) {
        headers.insert(TRACEPARENT, value);
    }
    Some(trace)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn joined(context: TraceContext, lines: &[(&'static str, &'static str)]) -> (Option<Trace>, Vec<String>) {
        let of =
            |(name, value): &(&'static str, &'static str)| (name.parse().unwrap(), HeaderValue::from_static(value));
        let mut headers = HeaderMap::new();
        for (name, value) in lines.iter().map(of) {
            let name: HeaderName = name;
            headers.append(name, value);
        }
        let trace = join(&mut headers, context);
        (trace, headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect())
    }

    #[test]
    fn a_trace_goes_on_with_the_bridges_span_and_its_state_as_it_came() {
        let (trace, lines) = joined(
            TraceContext::Given,
            &[("traceparent", GIVEN), ("a", "b"), ("tracestate", "x=1"), ("tracestate", "y")],
        );
        let trace = trace.unwrap();
        assert_eq!(trace.id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(lines, [&format!("traceparent: {trace}"), "a: b", "tracestate: x=1", "tracestate: y"]);
    }

    #[test]
    fn a_bad_context_or_two_are_none_and_a_new_one_is_made_without_their_state() {
        for bad in [&[("traceparent", "00-x")][..], &[("traceparent", GIVEN), ("traceparent", GIVEN)]] {
            let (trace, lines) = joined(TraceContext::Given, &[bad, &[("tracestate", "x=1")]].concat());
            let trace = trace.unwrap();
            assert!(trace.parent.is_none() && trace.id() != "4bf92f3577b34da6a3ce929d0e0e4736");
            assert_eq!(lines, [format!("traceparent: {trace}")]);
        }
    }

    #[test]
    fn without_one_nothing_is_added_unless_it_is_to_be_always_and_off_touches_nothing() {
        let state = [("tracestate", "x=1")];
        assert_eq!(joined(TraceContext::Given, &state), (None, vec!["tracestate: x=1".to_owned()]));
        let (trace, lines) = joined(TraceContext::Always, &state);
        assert_eq!(lines, [format!("traceparent: {}", trace.unwrap())]);
        assert_eq!(joined(TraceContext::Off, &[("traceparent", "bad")]), (None, vec!["traceparent: bad".to_owned()]));
    }
}
