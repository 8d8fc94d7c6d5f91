//! Answers that a connection remembers until somebody commits, so that a page which is asked for all the time is put
//! together once.

use serde::Serialize;

use super::cells::{Halt, Reading};
use crate::{
    db::{Remembered, Transaction},
    wire::Answer,
};

impl Remembered for Answer {
    fn bytes(&self) -> usize {
        self.body.len()
    }
}

/// The answer 200 with what is read, or was when it was last asked for under this key, if nobody has committed since.
/// The key begins with the handler's name, and says everything that decides the answer but what is stored.
///
/// # Errors
/// As the reading.
pub(super) fn answer<T: Serialize>(
    transaction: &Transaction<'_>,
    key: &str,
    read: impl FnOnce() -> Reading<T>,
) -> Reading<Answer> {
    transaction.remembered(key, || Answer::ok(&read()?).map_err(|_| Halt::Odd("what JSON has no form for")))
}
