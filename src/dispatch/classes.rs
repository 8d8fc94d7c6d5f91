//! The places that handlers take, by class: a hundred slow searches leave the quick reads theirs.

use serde_json::{Map, Value, json};

use crate::{
    admission::{Admission, Admitted, Turned, Wait},
    config::settings::Native,
    handlers::{Class, Unanswered},
};

/// The places of each class.
#[derive(Debug)]
pub struct Classes {
    rooms: [Room; 3],
}

#[derive(Debug)]
struct Room {
    places: usize,
    admission: Admission,
    /// Tasks take one of these first, so that many of them leave places to those who wait for an answer.
    tasks: Admission,
}

impl Classes {
    /// As configured; `readers` is the number of reader threads of a database.
    #[must_use]
    pub fn new(native: &Native, readers: usize) -> Self {
        let searches = native.max_searches.unwrap_or_else(|| readers.saturating_sub(1).max(1));
        let rooms = [native.max_reads, searches, native.max_writes].map(|places| {
            let tasks = Admission::new((places / 2).max(1));
            Room { places, admission: Admission::new(places), tasks }
        });
        Self { rooms }
    }

    /// A place for a handler of this class; none for one that takes none.
    ///
    /// # Errors
    /// The request is legacy's: no place was free in time, or too many wait for one.
    pub(super) async fn enter(&self, class: Class, native: &Native) -> Result<Option<Admitted>, Unanswered> {
        let Some(room) = self.room(class) else { return Ok(None) };
        let wait = Wait { time: native.queue_timeout, most: Some(native.max_waiting) };
        room.admission.enter(wait).await.map(Some).map_err(|turned| {
            Unanswered::declined(match turned {
                Turned::Crowded(most) => format!("{most} requests wait for a handler (native.max_waiting)"),
                Turned::Late(bound) => format!("no handler was free within {bound:?} (native.queue_timeout)"),
            })
        })
    }

    /// The same for a task, which may wait as long as it takes: their number has a bound of its own. No more than half of
    /// the places are theirs, and no more than so many of them wait with the requests.
    pub(super) async fn enter_as_task(&self, class: Class) -> Option<(Admitted, Admitted)> {
        let room = self.room(class)?;
        let task = room.tasks.enter(Wait::default()).await.ok()?;
        Some((task, room.admission.enter(Wait::default()).await.ok()?))
    }

    fn room(&self, class: Class) -> Option<&Room> {
        let limited = Class::LIMITED.iter().zip(&self.rooms).find(|((limited, _), _)| *limited == class);
        limited.map(|(_, room)| room)
    }

    /// Each class with how many of its places are taken, and how many requests wait for one.
    pub fn usage(&self) -> impl Iterator<Item = (&'static str, usize, usize)> {
        Class::LIMITED.iter().zip(&self.rooms).map(|((_, word), room)| {
            (*word, room.places.saturating_sub(room.admission.free()), room.admission.waiting())
        })
    }

    /// The same for the admin API, with how many places there are.
    #[must_use]
    pub fn shown(&self) -> Value {
        let each = self.usage().zip(&self.rooms).map(|((word, taken, waiting), room)| {
            (word.to_owned(), json!({"places": room.places, "taken": taken, "waiting": waiting}))
        });
        Value::Object(each.collect::<Map<_, _>>())
    }
}
