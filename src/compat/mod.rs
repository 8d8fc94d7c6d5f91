//! The package inside the legacy process: whether it is connected, and what it is told.
//!
//! - [`attachment`]: whether it is connected

pub mod attachment;

pub use attachment::Attachment;
