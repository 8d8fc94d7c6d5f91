//! Every endpoint that rotki's API has, migrated or not.

/// A line each: method and path, as [`crate::routes::endpoints`] reads them.
pub const ROTKI: &str = include_str!("endpoints.txt");
