//! `/api/1/external_services`
//!
//! - [`list`]: what is stored for each service
//! - [`write`](mod@write): keys stored, and deleted

pub mod list;
pub mod write;
