//! A bound on the log: of lines from one place in the code so many a second are written, and of the others how many there
//! were. Whatever goes wrong with every request would fill a disk otherwise.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock, Weak},
    thread::Thread,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tracing::{Event, Level, Metadata, Subscriber, callsite::Identifier};
use tracing_subscriber::layer::{Context, Filter};

/// What the bound holds for.
const SECOND: Duration = Duration::from_secs(1);
/// Lines that tell of the others. There is one for each place and second.
const TARGET: &str = "cutover::log";
/// Whose lines are never left out: what was left out, what was changed of the rollout and why, and writes that may be
/// half done. None of them comes with every request.
const AUDIT: [&str; 3] = [TARGET, "cutover::rollout", "cutover::handlers::stop"];

/// Lets so many lines a second of each place pass. Details (`debug` and below) pass always: somebody asked for them.
#[derive(Debug, Clone)]
pub struct Flood {
    most: u32,
    places: Arc<Mutex<HashMap<Identifier, Place>>>,
    teller: Arc<OnceLock<Thread>>,
}

/// One place in the code that writes to the log; there are as many as there are in the code.
#[derive(Debug)]
struct Place {
    began: Instant,
    written: u32,
    left_out: u64,
    what: String,
}

impl Flood {
    /// At most so many.
    #[must_use]
    pub fn new(most: u32) -> Self {
        Self { most, places: Arc::default(), teller: Arc::default() }
    }

    /// Tells of what was left out, a line a second at most for each place, for as long as the filter is there.
    pub fn tell(&self) {
        let places = Arc::downgrade(&self.places);
        let told = std::thread::Builder::new().name("log".to_owned()).spawn(move || tell(&places));
        if let Ok(thread) = told {
            let _ = self.teller.set(thread.thread().clone());
        }
    }

    fn passes(&self, metadata: &Metadata<'_>, now: Instant) -> bool {
        if *metadata.level() > Level::INFO || AUDIT.iter().any(|target| metadata.target().starts_with(target)) {
            return true;
        }
        let mut places = self.places.lock();
        let place = places.entry(metadata.callsite()).or_insert_with(|| Place {
            began: now,
            written: 0,
            left_out: 0,
            what: format!("{}:{}", metadata.target(), metadata.line().unwrap_or_default()),
        });
        // Who tells of what was left out begins the next second; without such a thread there is no waiting for it.
        let bound = if place.left_out == 0 { SECOND } else { SECOND * 2 };
        if now.saturating_duration_since(place.began) >= bound {
            (place.began, place.written) = (now, 0);
        }
        if place.written < self.most {
            place.written += 1;
            return true;
        }
        place.left_out = place.left_out.saturating_add(1);
        // The first one, and now and then another: the thread may have been about to begin.
        let some = place.left_out.is_power_of_two();
        drop(places);
        if let Some(teller) = self.teller.get().filter(|_| some) {
            teller.unpark();
        }
        false
    }
}

/// Takes what was left out of places whose second is over, which begins another.
fn left_out(places: &Mutex<HashMap<Identifier, Place>>, now: Instant) -> (Vec<(String, u64)>, bool) {
    let mut waits = false;
    let mut places = places.lock();
    let full = places.values_mut().filter(|place| place.left_out > 0);
    let over = full.filter_map(|place| {
        if now.saturating_duration_since(place.began) < SECOND {
            waits = true;
            return None;
        }
        (place.began, place.written) = (now, 0);
        Some((place.what.clone(), std::mem::take(&mut place.left_out)))
    });
    (over.collect(), waits)
}

fn tell(places: &Weak<Mutex<HashMap<Identifier, Place>>>) {
    let mut waits = false;
    loop {
        // Woken by the first line that is left out.
        if waits {
            std::thread::park_timeout(SECOND / 10);
        } else {
            std::thread::park();
        }
        let Some(places) = places.upgrade() else { return };
        let over;
        (over, waits) = left_out(&places, Instant::now());
        for (place, count) in over {
            tracing::warn!(target: TARGET, place, count, "further lines of this place were left out of the log (log.max_repeats)");
        }
    }
}

impl<S: Subscriber> Filter<S> for Flood {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        true
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        self.passes(event.metadata(), Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use tracing_subscriber::{Layer as _, fmt, layer::SubscriberExt as _};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Written {
        fn lines(&self, with: &str) -> usize {
            String::from_utf8(self.0.lock().clone()).unwrap().lines().filter(|line| line.contains(with)).count()
        }
    }

    #[test]
    fn of_a_flood_the_first_lines_are_written_and_the_others_counted() {
        let (flood, written) = (Flood::new(3), Written::default());
        let to = written.clone();
        let layer = fmt::layer().with_ansi(false).with_writer(move || to.clone()).with_filter(flood.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            for number in 0..1000 {
                tracing::warn!(number, "again");
                tracing::debug!(number, "detail");
            }
            tracing::warn!("once");
        });
        assert_eq!(["again", "detail", "once"].map(|what| written.lines(what)), [3, 1000, 1]);
        let now = Instant::now();
        let (over, waits) = left_out(&flood.places, now + SECOND);
        assert_eq!(over.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [997]);
        assert!(!waits && over[0].0.contains("flood"), "{over:?}");
    }

    #[test]
    fn the_next_second_has_lines_of_its_own() {
        let flood = Flood::new(1);
        tracing::subscriber::with_default(tracing_subscriber::registry(), || {
            let probe = tracing::warn_span!("probe");
            let (metadata, began) = (probe.metadata().unwrap(), Instant::now());
            let passed = [0, 10, 999].map(|millis| flood.passes(metadata, began + Duration::from_millis(millis)));
            assert_eq!(passed, [true, false, false]);
            assert_eq!(left_out(&flood.places, began + SECOND).0.len(), 1);
            assert!(flood.passes(metadata, began + SECOND));
            assert!(flood.passes(metadata, began + SECOND * 5), "nothing was left out: nobody has to tell of it first");
        });
    }
}
