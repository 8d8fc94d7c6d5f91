//! The newest groups, beyond which nothing is shown.

use crate::{
    db::{DbError, Transaction},
    handlers::{
        cells::{self, Halt, Reading},
        rows::total,
    },
};

/// A group, by what places it: its newest event, and of those of one moment the one that was added last.
struct Place {
    timestamp: i64,
    sequence_index: i64,
    identifier: i64,
    group: String,
}

/// The newest groups as JSON; `None` if there are no more groups than these. Which they are does not depend on what is
/// asked: all events count, those of the future too.
pub(super) fn newest(transaction: &Transaction<'_>, most: usize, groups: i64) -> Reading<Option<String>> {
    if usize::try_from(groups).is_ok_and(|groups| groups <= most) {
        return Ok(None);
    }
    transaction.remembered(&format!("the newest {most} groups of events"), || Ok(Some(find(transaction, most)?)))
}

/// All events, the latest first.
pub(super) const BACKWARDS: &str = "SELECT timestamp, sequence_index, identifier, event_identifier FROM history_events \
     ORDER BY timestamp DESC, identifier DESC";

fn find(transaction: &Transaction<'_>, most: usize) -> Reading<String> {
    // By an index, backwards: it is read no further than to the last of these groups.
    let mut statement = transaction.prepare_cached(BACKWARDS)?;
    let mut rows = statement.query([])?;
    let mut places: Vec<Place> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    while let Some(row) = rows.next()? {
        let timestamp = cells::int(row, 0)?;
        // Those of the moment of the last one may still come before it.
        if places.len() >= most && places.get(most.saturating_sub(1)).is_none_or(|last| timestamp < last.timestamp) {
            break;
        }
        let group = cells::text(row, 3)?;
        if seen.contains(group) {
            continue;
        }
        seen.insert(group.to_owned());
        let (sequence_index, identifier) = (cells::int(row, 1)?, cells::int(row, 2)?);
        places.push(Place { timestamp, sequence_index, identifier, group: group.to_owned() });
    }
    places.sort_by_key(|place| {
        (std::cmp::Reverse(place.timestamp), place.sequence_index, std::cmp::Reverse(place.identifier))
    });
    let groups: Vec<&str> = places.iter().take(most).map(|place| place.group.as_str()).collect();
    serde_json::to_string(&groups).map_err(|_| Halt::Odd("a group that JSON has no form for"))
}

/// How many groups there are.
pub(super) fn groups(transaction: &Transaction<'_>) -> Result<i64, DbError> {
    total(transaction, "SELECT COUNT(DISTINCT event_identifier) FROM history_events")
}
