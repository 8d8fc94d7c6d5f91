//! A real browser, driven over the Chrome `DevTools` Protocol: headless, with a profile of its own, gone when dropped.

mod devtools;
mod launch;
mod page;

pub use launch::Browser;
pub use page::Scheme;
