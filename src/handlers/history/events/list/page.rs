//! A page put together.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::{
    assets::Assets,
    found::{Found, find},
    kinds,
    shown::{Entry, Item, Shown, nested},
    status::statuses,
    stored::{self, Stored},
    wanted::Wanted,
};
use crate::{
    db::Transaction,
    handlers::{
        Unanswered,
        cells::{self, Halt, Reading},
        rows::odd,
    },
    wire::Answer,
};

/// Everything that one transaction has of a page.
#[derive(Debug)]
pub(super) struct Page {
    found: Found,
    grouped: bool,
    /// All events of its groups.
    pub events: Vec<Stored>,
    /// The status of each.
    statuses: Vec<&'static str>,
    /// Groups that accounting leaves out.
    ignored: HashSet<String>,
}

#[derive(Debug, Serialize)]
struct Shape<'e> {
    entries: Vec<Item<'e>>,
    entries_found: i64,
    entries_limit: usize,
    entries_total: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    entries_found_total: Option<i64>,
}

impl Page {
    /// Reads it.
    pub(super) fn read(transaction: &Transaction<'_>, wanted: &Wanted, most: usize) -> Reading<Self> {
        let found = find(transaction, wanted, most)?;
        let mut groups: Vec<&str> = found.page.iter().map(|event| event.group.as_str()).collect();
        groups.sort_unstable();
        groups.dedup();
        let groups = serde_json::to_string(&groups).map_err(|_| Halt::Odd("a group that JSON has no form for"))?;
        let events = stored::of_groups(transaction, &groups)?;
        let statuses = statuses(transaction, &events)?;
        let mut statement = transaction.prepare_cached(
            "SELECT identifier FROM ignored_actions WHERE identifier IN (SELECT value FROM json_each(?))",
        )?;
        let mut rows = statement.query([&groups])?;
        let mut ignored = HashSet::new();
        while let Some(row) = rows.next()? {
            ignored.insert(cells::string(row, 0)?);
        }
        Ok(Self { found, grouped: wanted.grouped, events, statuses, ignored })
    }

    /// The answer to a user of whom no more than so many groups are shown, without premium or with it.
    ///
    /// # Errors
    /// An event of one of the groups is stored in a form that legacy judges by itself: it leaves such ones out, and
    /// complains where the user sees it.
    pub(super) fn answer(&self, assets: &Assets, limit: usize, premium: bool) -> Result<Answer, Unanswered> {
        let shown: Vec<Shown> =
            self.events.iter().map(|event| kinds::shown(event, assets)).collect::<Result<_, _>>()?;
        let mut places = HashMap::new();
        let mut sizes: HashMap<&str, usize> = HashMap::new();
        for (at, event) in self.events.iter().enumerate() {
            places.insert(event.identifier, at);
            *sizes.entry(&event.group).or_default() += 1;
        }
        let mut entries = Vec::with_capacity(self.found.page.len());
        for found in &self.found.page {
            let at = *places.get(&found.identifier).ok_or_else(odd)?;
            let (event, shown) = (&self.events[at], &shown[at]);
            let size = sizes.get(event.group.as_str()).copied().unwrap_or_default();
            entries.push(Entry {
                event: shown,
                ignored_in_accounting: self.ignored.contains(&event.group),
                customized: event.customized,
                hidden: event.validator.is_some() && event.sequence_index == 1 && size > 2,
                grouped_events_num: self.grouped.then_some(found.number),
                event_accounting_rule_status: self.statuses[at],
                has_details: shown.has_details,
            });
        }
        Ok(Answer::ok(&Shape {
            entries: nested(entries),
            entries_found: self.found.within_limit,
            entries_limit: limit,
            entries_total: self.found.all,
            entries_found_total: (!premium).then_some(self.found.matching),
        })?)
    }
}
