//! Endpoints that are also answered by a task (`async_query`).

use super::{Stop, handler::Outcome, stop::Later};
use crate::wire::validate::{Fallback, Field, Record, Schema, field, texts::BOOLEAN};

/// The field.
pub(super) const ASYNC_QUERY: Field = field("async_query", BOOLEAN).or(Fallback::Bool(false));

/// A schema with this field alone.
pub(super) static ASYNC_QUERY_ALONE: Schema = Schema::new(&[ASYNC_QUERY]);

/// The work's outcome, or the work as a task where that is asked for. What legacy refuses before it begins a task is to be
/// refused before.
pub(super) async fn answered(arguments: &Record, work: impl Future<Output = Outcome> + Send + 'static) -> Outcome {
    if arguments.flag("async_query")? {
        return Err(Stop::Later(Later(Box::pin(work))));
    }
    work.await
}
