//! Tasks that clients ask for, legacy's and ours, as one list to the client.
//!
//! - [`asked`]: which requests are about them
//! - [`beginning`]: a handler's work, begun as a task
//! - [`adopting`]: a task of legacy's in place of one that could not be done here
//! - [`listing`]: `GET /tasks`: both lists in one
//! - [`taking`]: `GET` and `DELETE /tasks/{id}`
//! - [`following`]: tasks end with their user's session

pub mod adopting;
pub mod asked;
pub mod beginning;
pub mod following;
pub mod listing;
pub mod taking;

pub use adopting::Adopted;
