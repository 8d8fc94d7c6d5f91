//! So many messages, as fast as they are taken or at a fixed pace.

use std::time::Duration;

use bench_common::Error;
use serde::{Deserialize, Serialize};

use crate::{
    clock::now_ns,
    message::{Stamp, Template},
};

/// What a publisher is told.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Order {
    /// How many subscribers it has.
    Subscribers,
    /// Publish messages.
    Publish(Messages),
}

/// Messages to publish.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Messages {
    /// Number of the first one.
    first: u64,
    /// How many.
    messages: u64,
    /// At this pace; as fast as they are taken without one.
    per_second: Option<f64>,
    /// How many are handed over at once.
    batch: Option<usize>,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Published {
    /// From before the first message until the last one was handed over.
    pub seconds: f64,
}

impl Messages {
    /// Hands them over, in batches, when it is time for each.
    ///
    /// # Errors
    ///
    /// If `hand_over` fails, or the pace is none.
    #[allow(clippy::cast_precision_loss, reason = "no run lasts 2^52 ns")]
    pub fn publish(self, mut hand_over: impl FnMut(Vec<String>) -> Result<(), Error>) -> Result<Published, Error> {
        let template = Template::default();
        let apart = self.per_second.map(|rate| Duration::try_from_secs_f64(1.0 / rate)).transpose()?;
        let apart_ns = apart.map(|apart| u64::try_from(apart.as_nanos())).transpose()?;
        let batch = self.batch.unwrap_or(1).max(1);
        let began = now_ns();
        let numbers: Vec<u64> = (self.first..self.first + self.messages).collect();
        for some in numbers.chunks(batch) {
            if let Some(apart_ns) = apart_ns {
                sleep_until(began + apart_ns * (some[0] - self.first));
            }
            let texts = some.iter().map(|number| template.text(Stamp { number: *number, at_ns: now_ns() }));
            hand_over(texts.collect())?;
        }
        Ok(Published { seconds: (now_ns() - began) as f64 / 1e9 })
    }
}

#[allow(clippy::disallowed_methods, reason = "there is no runtime here")]
fn sleep_until(at_ns: u64) {
    std::thread::sleep(Duration::from_nanos(at_ns.saturating_sub(now_ns())));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published(per_second: Option<f64>, batch: Option<usize>) -> (Vec<usize>, Vec<Stamp>) {
        let (mut sizes, mut stamps) = (Vec::new(), Vec::new());
        let template = Template::default();
        Messages { first: 5, messages: 5, per_second, batch }
            .publish(|texts| {
                sizes.push(texts.len());
                for text in texts {
                    stamps.push(template.read(text.as_bytes())?);
                }
                Ok(())
            })
            .unwrap();
        (sizes, stamps)
    }

    #[test]
    fn messages_are_numbered_and_come_in_batches() {
        let (sizes, stamps) = published(None, Some(2));
        assert_eq!(sizes, [2, 2, 1]);
        assert!(stamps.iter().map(|stamp| stamp.number).eq(5..10));
    }

    #[test]
    fn no_message_comes_before_its_time() {
        let (_, stamps) = published(Some(500.0), None);
        for (number, stamp) in (0..).zip(&stamps) {
            assert!(stamp.at_ns - stamps[0].at_ns + 1_000_000 >= 2_000_000 * number, "{stamps:?}");
        }
    }
}
