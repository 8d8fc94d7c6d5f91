//! The route table: what is migrated, how far, and which request is whose.
//!
//! - [`overrides`]: where routes are that were moved while running
//! - [`pattern`]: one method and path pattern, as Flask's converters match it
//! - [`target`]: a request target as the WSGI server and Flask's router see it
//! - [`patterns`]: patterns compiled for look-up
//! - [`matcher`]: those of the routes
//! - [`endpoints`]: those of the whole backend, migrated or not
//! - [`route`]: one migrated endpoint
//! - [`table`]: the routes, validated
//! - [`selection`]: some routes, by their names
//! - [`snapshot`]: configuration and table as one value, loaded from all layers
//! - [`live`]: the current snapshot, swapped atomically
//! - [`reload`]: what makes it change: file events, a content poll, SIGHUP

pub mod endpoints;
pub mod live;
pub mod matcher;
pub mod overrides;
pub mod pattern;
pub mod patterns;
pub mod reload;
pub mod route;
pub mod selection;
pub mod snapshot;
pub mod table;
pub mod target;

pub use endpoints::Endpoints;
pub use live::Live;
pub use route::Route;
pub use selection::Selection;
pub use snapshot::Snapshot;
pub use table::RouteTable;
