//! The OpenAPI 3.1 document of the admin API.
//!
//! - `operations`: every endpoint, a line each, with what it takes and gives
//! - `document`: the whole, put together
//! - `schemas.json`: what the bodies look like

mod document;
mod operations;

pub(crate) use document::whole;
pub(super) use document::{document, native};
