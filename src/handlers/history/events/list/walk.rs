//! The first groups of a page of all groups, found from its end in time: it goes no further than to the page's end, while
//! legacy puts all groups together first.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashSet},
};

use rusqlite::{params_from_iter, types::Value};

use super::{
    matched::{Match, joined},
    wanted::Wanted,
};
use crate::{
    db::Transaction,
    handlers::{
        cells::{self, Reading},
        filter::Filter,
    },
};

/// What it takes to look at a group, in events that are only passed by.
const LOOK: i64 = 15;

/// Whether the end of the page is so near that the way to it is shorter than one through everything that matches.
pub(super) fn is_near(wanted: &Wanted, matching: i64, all: i64) -> bool {
    let Some((Some(length), offset)) = wanted.page else { return false };
    let end = i64::try_from(offset.saturating_add(length)).unwrap_or(i64::MAX);
    let between = all / matching.max(1);
    end.saturating_mul(LOOK.saturating_add(between)) < matching
}

/// The statement that goes through the events that match, from the end in time that the page begins with.
pub(super) fn path(wanted: &Wanted, filter: &Filter) -> String {
    let order = if wanted.ascending == Some(true) { "ASC" } else { "DESC" };
    format!(
        "SELECT h.event_identifier, h.timestamp FROM history_events h INDEXED BY idx_history_events_timestamp{} {} \
         ORDER BY h.timestamp {order}",
        joined(wanted),
        filter.clause(),
    )
}

/// The statement that finds what matches of one group, in the order in which it is met. The group is bound last.
pub(super) fn look(wanted: &Wanted, filter: &Filter) -> String {
    let mut filter = filter.clone();
    filter.and("h.event_identifier = ?");
    format!(
        "SELECT h.identifier, h.timestamp, h.sequence_index FROM history_events h \
         INDEXED BY sqlite_autoindex_history_events_1{} {} ORDER BY {}",
        joined(wanted),
        filter.clause(),
        wanted.met.columns(),
    )
}

/// At least the groups up to the end of the page, in no order.
pub(super) fn first(transaction: &Transaction<'_>, wanted: &Wanted, filter: &Filter) -> Reading<Vec<Match>> {
    let Some((Some(length), offset)) = wanted.page else { return Ok(Vec::new()) };
    let end = offset.saturating_add(length);
    let ascending = wanted.ascending == Some(true);
    let mut path = transaction.prepare_cached(&path(wanted, filter))?;
    let mut look = transaction.prepare_cached(&look(wanted, filter))?;
    let mut events = path.query(params_from_iter(&filter.values))?;
    let mut groups: Vec<Match> = Vec::new();
    let mut seen: HashSet<String> = HashSet::new();
    // The event that speaks for a group may lie further on, and others come before it.
    let mut ahead: BinaryHeap<Reverse<i64>> = BinaryHeap::new();
    let mut passed = 0;
    while let Some(event) = events.next()? {
        let place = |moment: i64| if ascending { moment } else { -moment };
        let here = place(cells::int(event, 1)?);
        while ahead.peek().is_some_and(|Reverse(next)| *next < here) {
            ahead.pop();
            passed += 1;
        }
        if passed >= end {
            break;
        }
        let group = cells::text(event, 0)?;
        if seen.contains(group) {
            continue;
        }
        seen.insert(group.to_owned());
        if let Some(speaker) = speaker(&mut look, group, filter)? {
            ahead.push(Reverse(place(speaker.timestamp)));
            groups.push(speaker);
        }
    }
    Ok(groups)
}

/// The event that speaks for a group, and how many of the group match.
fn speaker(look: &mut rusqlite::Statement<'_>, group: &str, filter: &Filter) -> Reading<Option<Match>> {
    let mut values: Vec<Value> = filter.values.clone();
    values.push(group.to_owned().into());
    let mut rows = look.query(params_from_iter(&values))?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let mut speaker = Match {
        identifier: cells::int(row, 0)?,
        group: group.to_owned(),
        timestamp: cells::int(row, 1)?,
        sequence_index: cells::int(row, 2)?,
        number: 1,
    };
    while rows.next()?.is_some() {
        speaker.number += 1;
    }
    Ok(Some(speaker))
}
