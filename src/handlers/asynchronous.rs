//! Endpoints that legacy also answers by a task of its own (`async_query`), which has to be legacy's task.

use super::Unanswered;
use crate::wire::validate::{Fallback, Field, Record, Schema, field, texts::BOOLEAN};

/// The field.
pub(super) const ASYNC_QUERY: Field = field("async_query", BOOLEAN).or(Fallback::Bool(false));

/// A schema with this field alone.
pub(super) static ASYNC_QUERY_ALONE: Schema = Schema::new(&[ASYNC_QUERY]);

/// Declines what asks for a task.
pub(super) fn at_once(arguments: &Record) -> Result<(), Unanswered> {
    if arguments.flag("async_query")? {
        return Err(Unanswered::declined("it asks for a task of legacy's"));
    }
    Ok(())
}
