//! Spans for whoever collects them: OTLP over HTTP, in JSON (feature `otlp`).
//!
//! By hand rather than by the `OpenTelemetry` crates: one kind of span, made from the one event of a request and sent by the
//! client that is here for webhooks, against three dozen further crates and a second pipeline beside `tracing`.
//!
//! - [`span`]: an event as a span, with the attributes of the semantic conventions for HTTP
//! - [`export`]: batches, and who sends them

pub mod export;
pub mod span;

pub use export::Spans;
