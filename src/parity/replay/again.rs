//! The same asked several times, for what a server does not repeat.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use rand::seq::SliceRandom;

use super::{Asked, Target, plan::Step};
use crate::parity::{Response, Rulebook, compare};

/// What came of asking one request several times.
#[derive(Debug)]
pub struct Repeated {
    /// The request, with its route.
    pub step: Arc<Step>,
    /// The first answer.
    pub first: Option<Response>,
    /// How many answers there were.
    pub answers: usize,
    /// Those that differ from the first one, whatever the route's rules say of it.
    pub others: Vec<Response>,
    /// Why there was no answer, the last time there was none.
    pub failed: Option<String>,
}

impl Repeated {
    fn take(&mut self, asked: Asked) {
        let answer = match asked {
            Asked::Answered(answer, _) => answer,
            Asked::Declined(why) | Asked::Failed(why) => return self.failed = Some(why),
            Asked::NotNative => return self.failed = Some("no handler answers it".to_owned()),
        };
        self.answers += 1;
        match &self.first {
            None => self.first = Some(answer),
            Some(first) => {
                let compared = compare(first, &answer, &Rulebook::default());
                if !compared.is_ok_and(|compared| compared.differences.is_empty()) {
                    self.others.push(answer);
                }
            }
        }
    }
}

/// Asks every step so many times, `jobs` at once, and calls `done` after each answer. They are asked in rounds, in one
/// shuffled order: between two asks of the same request all others are asked, so that as much time passes as can.
///
/// Keeps one answer of every request, and those that differ from it. Dropping the future gives up what is under way.
pub async fn again<T: Target>(
    steps: &[Arc<Step>],
    target: &T,
    times: usize,
    jobs: usize,
    done: impl Fn(),
) -> Vec<Repeated> {
    let blank = |step: &Arc<Step>| Repeated {
        step: Arc::clone(step),
        first: None,
        answers: 0,
        others: Vec::new(),
        failed: None,
    };
    let mut repeated: Vec<Repeated> = steps.iter().map(blank).collect();
    repeated.shuffle(&mut rand::rng());
    for _ in 0..times {
        let requests: Vec<(usize, Arc<Step>)> =
            repeated.iter().enumerate().map(|(place, one)| (place, Arc::clone(&one.step))).collect();
        let ask = |(place, step): (usize, Arc<Step>)| async move { (place, target.ask(&step.entry.request).await) };
        let mut answers = stream::iter(requests).map(ask).buffer_unordered(jobs.max(1));
        while let Some((place, asked)) = answers.next().await {
            if let Some(one) = repeated.get_mut(place) {
                one.take(asked);
            }
            done();
        }
    }
    repeated.sort_by_key(|one| one.step.number);
    repeated
}
