//! One reading of arguments, and what it has to ask.

use std::{cell::RefCell, collections::HashMap};

use super::{Fault, Item};

/// Something that only a database can answer, such as whether an asset exists.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Question {
    /// What is asked, as the field names it: `asset`, `counterparty`.
    pub hook: &'static str,
    /// About which value.
    pub value: String,
}

/// Answers: the argument to take, or the message to refuse it with.
pub type Known = HashMap<Question, Result<Item, String>>;

/// One reading. It is pure: what it does not know it asks, and is begun again with the answers, so that every message
/// stands where legacy puts it.
#[derive(Debug)]
pub struct Pass<'k> {
    /// Seconds since 1970.
    pub now: i64,
    known: &'k Known,
    asked: RefCell<Vec<Question>>,
}

impl<'k> Pass<'k> {
    /// Begins a reading.
    #[must_use]
    pub fn new(now: i64, known: &'k Known) -> Self {
        Self { now, known, asked: RefCell::default() }
    }

    /// The answer to a question. As long as there is none, null stands for it; the reading will not count.
    ///
    /// # Errors
    /// The answer is a refusal.
    pub fn look_up(&self, hook: &'static str, value: &str) -> Result<Item, Fault> {
        let question = Question { hook, value: value.to_owned() };
        match self.known.get(&question) {
            Some(Ok(item)) => Ok(item.clone()),
            Some(Err(message)) => Err(Fault::message(message)),
            None => {
                let mut asked = self.asked.borrow_mut();
                if !asked.contains(&question) {
                    asked.push(question);
                }
                Ok(Item::Null)
            }
        }
    }

    /// What was asked and not known.
    #[must_use]
    pub fn asked(self) -> Vec<Question> {
        self.asked.into_inner()
    }
}
