//! The OpenAPI 3.1 document of the native routes, made from what the handlers declare.
//!
//! Nothing is written down twice: paths, methods and path variables are the handlers' routes; arguments are the schemas
//! that they are read by ([`crate::handlers::Handler::takes`]); statuses and results are those that a handler declares
//! ([`crate::handlers::Handler::refuses`], [`crate::handlers::Handler::gives`]), and in debug builds is held to.
//!
//! The types are utoipa's: its builders write 3.1, with `type` as a list and `prefixItems`. Its macros, which read Rust
//! types, have nothing to read here, since what is declared is data.
//!
//! - [`document`]: the whole, put together
//! - `operation`: one handler
//! - `arguments`: parameters and bodies
//! - `fields`: the JSON Schema of a field and of a schema
//! - `responses`: what is answered, by status; `results`: the JSON Schema of a result

mod arguments;
pub mod document;
mod fields;
mod operation;
mod responses;
mod results;

pub use document::document;
