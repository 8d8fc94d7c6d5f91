//! What legacy does by itself from time to time, done natively in its place.
//!
//! - [`job`]: what a job is: whether it is due, and then what is to be done
//! - [`due`]: the notes that legacy keeps of last runs
//! - [`calendar_reminders`], [`past_calendar_events`], [`owned_assets`], [`spam_tokens`]: one each
//! - [`checkpoints`]: the write-ahead logs, copied back into the databases
//! - `spam`: what a spam token looks like

pub mod calendar_reminders;
pub mod checkpoints;
mod due;
pub mod job;
pub mod owned_assets;
pub mod past_calendar_events;
mod spam;
pub mod spam_tokens;

pub use job::{Effect, Job, Memory, Work};

/// Every job.
pub const ALL: &[Job] =
    &[calendar_reminders::JOB, past_calendar_events::JOB, owned_assets::JOB, spam_tokens::JOB, checkpoints::JOB];
