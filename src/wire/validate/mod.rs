//! Arguments as legacy checks them: marshmallow's schemas as plain data, its messages to the letter.
//!
//! A handler declares a [`Schema`] as a constant and has it read by `Context::arguments`; what comes back is a
//! [`Record`] of typed arguments, or the answer that legacy gives to wrong ones.
//!
//! - [`schema`]: fields in order, checks across them, a last step
//! - [`mod@field`]: name, kind, what holds when it is absent or null
//! - [`kind`]: what a field takes; [`shape`]: what that looks like on the wire
//! - [`texts`], [`amounts`], [`times`], [`addresses`], [`members`], [`lists`]: the kinds
//! - [`validator`]: what is asked of a value that was read
//! - [`pass`]: one reading, and the questions that only a database answers
//! - [`item`]: arguments once they are read
//! - [`fault`]: what goes wrong, and how messages are gathered

pub mod addresses;
pub mod amounts;
#[cfg(test)]
mod examples;
pub mod fault;
pub mod field;
pub mod item;
pub mod kind;
pub mod lists;
pub mod members;
pub mod pass;
pub mod schema;
pub mod shape;
pub mod texts;
pub mod times;
pub mod validator;

pub use fault::Fault;
pub use field::{Fallback, Field, each, field};
pub use item::{Item, Mistyped, Record};
pub use kind::Kind;
pub use members::{Limit, Members};
pub use pass::{Known, Pass, Question};
pub use schema::Schema;
pub use shape::Shape;
pub use validator::Validator;
