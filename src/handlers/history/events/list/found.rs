//! The events that match, and how many there are.

use std::collections::{HashMap, hash_map::Entry};

use rusqlite::{params_from_iter, types::Value};

use super::{
    limit,
    matched::{Match, joined},
    walk,
    wanted::Wanted,
};
use crate::{
    db::Transaction,
    handlers::{
        cells::{self, Halt, Reading},
        filter::Filter,
        rows::{count, total},
    },
};

/// Most events of a page. Legacy remembers no more of them, and shows others in its own way.
pub(super) const MOST: usize = 1_500;

/// A page, and what is counted beside it.
#[derive(Debug)]
pub(super) struct Found {
    pub page: Vec<Match>,
    /// `entries_found`
    pub within_limit: i64,
    /// `entries_found_total`
    pub matching: i64,
    /// `entries_total`
    pub all: i64,
}

/// Finds what is wanted in the newest groups, as many as `most`.
pub(super) fn find(transaction: &Transaction<'_>, wanted: &Wanted, most: usize) -> Reading<Found> {
    let groups = limit::groups(transaction)?;
    let all = if wanted.grouped { groups } else { total(transaction, "SELECT COUNT(*) FROM history_events")? };
    let filter = bounded(transaction, wanted)?;
    let what = if wanted.grouped { "COUNT(DISTINCT h.event_identifier)" } else { "COUNT(*)" };
    let matching = format!("SELECT {what} FROM history_events h{} {}", joined(wanted), filter.clause());
    let matching = count(transaction, &matching, &filter.values)?;
    let newest = limit::newest(transaction, most, groups)?;
    let unlimited = newest.is_none();
    let near = unlimited && walk::is_near(wanted, matching, all);
    let shown = match (wanted.grouped, near) {
        (true, true) => sorted(walk::first(transaction, wanted, &filter)?, wanted),
        (true, false) => sorted(of_groups(events(transaction, wanted, &filter, newest.as_deref(), false)?), wanted),
        (false, _) => events(transaction, wanted, &filter, newest.as_deref(), near)?,
    };
    let most_found = i64::try_from(most).unwrap_or(i64::MAX);
    let within_limit = match i64::try_from(shown.len()).unwrap_or(i64::MAX) {
        _ if unlimited || matching <= most_found => matching,
        0 if wanted.grouped => most_found,
        shown => shown,
    };
    let page = paged(shown, wanted, unlimited);
    if page.len() > MOST {
        return Err(Halt::Odd("a page of more events than legacy remembers"));
    }
    Ok(Found { page, within_limit, matching, all })
}

/// The conditions, with those bounds in time that leave something out. The end is the present moment where none is given;
/// it is put back to the event before it, so that what was counted can be remembered.
fn bounded(transaction: &Transaction<'_>, wanted: &Wanted) -> Reading<Filter> {
    let mut filter = wanted.filter.clone();
    let [from, to] = wanted.times;
    if from > total(transaction, "SELECT ifnull(MIN(timestamp), 0) FROM history_events")? {
        filter.and_with("h.timestamp >= ?", from);
    }
    let mut until = transaction.prepare_cached("SELECT MAX(timestamp) FROM history_events WHERE timestamp <= ?")?;
    let latest = until.query_row([to], |row| Ok(cells::maybe_int(row, 0)))??.unwrap_or(to);
    if latest < total(transaction, "SELECT ifnull(MAX(timestamp), 0) FROM history_events")? {
        filter.and_with("h.timestamp <= ?", latest);
    }
    Ok(filter)
}

/// The events that match: of these groups, if only those are shown. Sorted, and cut to the page if the database can do
/// that; groups are only met.
fn events(
    transaction: &Transaction<'_>,
    wanted: &Wanted,
    filter: &Filter,
    groups: Option<&str>,
    near: bool,
) -> Reading<Vec<Match>> {
    let mut values: Vec<Value> = groups.map(|groups| Value::from(groups.to_owned())).into_iter().collect();
    values.extend(filter.values.iter().cloned());
    if is_cut(wanted, groups.is_some()) {
        let (length, offset) = wanted.page.unwrap_or((None, 0));
        // One more than is shown tells that there are more.
        let length = length.unwrap_or(usize::MAX).min(MOST + 1);
        values.extend([length, offset].map(|number| Value::from(i64::try_from(number).unwrap_or(i64::MAX))));
    }
    let source = match (groups, near) {
        (Some(_), _) => Source::Groups,
        (None, true) => Source::Times,
        (None, false) => Source::Any,
    };
    let mut statement = transaction.prepare_cached(&statement(wanted, filter, source))?;
    let mut rows = statement.query(params_from_iter(&values))?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.push(Match {
            identifier: cells::int(row, 0)?,
            group: cells::string(row, 1)?,
            timestamp: cells::int(row, 2)?,
            sequence_index: cells::int(row, 3)?,
            number: 1,
        });
    }
    Ok(events)
}

/// Whether the database cuts the page: of all groups, where events are wanted.
fn is_cut(wanted: &Wanted, limited: bool) -> bool {
    !limited && !wanted.grouped
}

/// By what events are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// By these groups. They are few, and by the index over groups their events are found at once. Left to itself SQLite
    /// takes that over ignored ones, through nearly all events for each group.
    Groups,
    /// By time, which they are sorted by: it is read no further than the page's end.
    Times,
    /// As SQLite sees fit.
    Any,
}

/// The statement that finds them.
pub(super) fn statement(wanted: &Wanted, filter: &Filter, by: Source) -> String {
    let source = match by {
        Source::Groups => {
            "json_each(?) g CROSS JOIN history_events h INDEXED BY sqlite_autoindex_history_events_1 \
             ON h.event_identifier = g.value"
        }
        Source::Times => "history_events h INDEXED BY idx_history_events_timestamp",
        Source::Any => "history_events h",
    };
    let order = match (wanted.grouped, wanted.ascending) {
        (true, _) => "",
        (false, None) => "h.timestamp DESC, h.sequence_index ASC, ",
        (false, Some(true)) => "h.timestamp ASC, ",
        (false, Some(false)) => "h.timestamp DESC, ",
    };
    let end = if is_cut(wanted, by == Source::Groups) { " LIMIT ? OFFSET ?" } else { "" };
    format!(
        "SELECT h.identifier, h.event_identifier, h.timestamp, h.sequence_index FROM {source}{} {} \
         ORDER BY {order}{}{end}",
        joined(wanted),
        filter.clause(),
        wanted.met.columns(),
    )
}

/// Of each group the event that was met first, with the number of those that match.
fn of_groups(events: Vec<Match>) -> Vec<Match> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut groups: Vec<Match> = Vec::new();
    for event in events {
        match places.entry(event.group.clone()) {
            Entry::Occupied(place) => groups[*place.get()].number += 1,
            Entry::Vacant(place) => {
                place.insert(groups.len());
                groups.push(event);
            }
        }
    }
    groups
}

/// Groups in the order of a page.
fn sorted(mut groups: Vec<Match>, wanted: &Wanted) -> Vec<Match> {
    groups.sort_by(|a, b| if wanted.backwards { b.group.cmp(&a.group) } else { a.group.cmp(&b.group) });
    match wanted.ascending {
        None => groups.sort_by_key(|group| (std::cmp::Reverse(group.timestamp), group.sequence_index)),
        Some(true) => groups.sort_by_key(|group| group.timestamp),
        Some(false) => groups.sort_by_key(|group| std::cmp::Reverse(group.timestamp)),
    }
    groups
}

/// The page, where the database has not cut it already.
fn paged(shown: Vec<Match>, wanted: &Wanted, unlimited: bool) -> Vec<Match> {
    match wanted.page {
        Some((length, offset)) if wanted.grouped || !unlimited => {
            shown.into_iter().skip(offset).take(length.unwrap_or(usize::MAX)).collect()
        }
        _ => shown,
    }
}

/// A page of all groups, found from its end in time and found by putting all groups together.
#[cfg(test)]
pub(super) fn both_ways(transaction: &Transaction<'_>, wanted: &Wanted) -> Reading<[Vec<(i64, i64)>; 2]> {
    let filter = bounded(transaction, wanted)?;
    let near = walk::first(transaction, wanted, &filter)?;
    let all = of_groups(events(transaction, wanted, &filter, None, false)?);
    let page =
        |groups| paged(sorted(groups, wanted), wanted, true).iter().map(|one| (one.identifier, one.number)).collect();
    Ok([near, all].map(page))
}
