//! The legacy wire format: Python's JSON, the envelope, status lines, CORS.
//!
//! - [`json`]: `json.dumps` with its default separators and ASCII escapes
//! - [`answer`]: the envelope, and an answer as a handler gives it
//! - [`status`]: reason phrases as the legacy server writes them
//! - [`cors`]: what legacy's CORS configuration makes of an Origin

pub mod answer;
pub mod cors;
pub mod json;
pub mod status;

pub use answer::{Answer, Style};
pub use cors::Cors;
