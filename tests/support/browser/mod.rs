//! A real browser, driven over the Chrome `DevTools` Protocol: headless, with a profile of its own, gone when dropped.
//!
//! - [`launch`]: finding it, starting it, ending it
//! - [`page`]: what a person would do with a page, and what it says
//! - [`devtools`]: the connection that both use

pub mod devtools;
pub mod launch;
pub mod page;
