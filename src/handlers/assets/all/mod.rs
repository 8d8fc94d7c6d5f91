//! `/api/1/assets/all`
//!
//! - [`list`]: assets with their details, filtered, ordered, by pages
//! - [`write`](mod@write): one added, edited, deleted
//! - `arguments`: an asset as a client gives it
//! - `given`: the same, read
//! - `add`, `edit`: what becomes of it in global.db
//! - `underlying`: the tokens that it consists of

mod add;
mod arguments;
mod edit;
mod given;
pub mod list;
mod underlying;
pub mod write;
