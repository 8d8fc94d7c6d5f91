//! Tasks: what runs without a request that waits for it.
//!
//! - [`manager`]: spawns tasks, knows them, ends them, says when one has failed
//! - [`tracked`]: one task: its name, its age, its state
//! - `ending`: how a task ends, and how often which way
//! - [`failure`]: what ended a task that failed
//! - [`rhythm`], [`schedule`]: what runs periodically, and when
//! - [`ids`]: the ids of tasks that clients ask for
//! - [`outcome`]: what a client finds when such a task is done
//! - [`table`]: which of them there are, and whose
//! - [`queries`]: `async_query`: a handler's work as a task

mod ending;
pub mod failure;
pub mod ids;
pub mod manager;
pub mod outcome;
pub mod queries;
pub mod rhythm;
pub mod schedule;
pub mod table;
pub mod tracked;

pub use failure::TaskError;
pub use manager::Tasks;
pub use outcome::Outcome;
pub use queries::Queries;
