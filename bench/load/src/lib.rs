//! What the load generator and its upstream both have to know.
//!
//! - [`payload`]: bodies that either side can write and check without having seen them

pub mod payload;
