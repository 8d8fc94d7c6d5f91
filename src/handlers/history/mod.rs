//! `/api/1/history`
//!
//! - [`facts`]: kinds of events, products, counterparties, what was skipped
//! - [`events`]: a page of them; some added, edited, deleted; the details of one

pub mod events;
pub mod facts;
