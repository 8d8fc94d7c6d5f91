//! Whether accounting has a rule for an event, or has it processed with another.

use std::collections::HashMap;

use rusqlite::OptionalExtension as _;

use super::stored::Stored;
use crate::{
    db::Transaction,
    handlers::cells::{self, Reading},
};

const HAS_RULE: &str = "has rule";
const PROCESSED: &str = "processed";
const NOT_PROCESSED: &str = "not processed";

/// What a rule is for if it is for any counterparty.
const ANYBODY: &str = "NONE";
/// The treatment of a swap: what follows is a part of it.
const SWAP: &str = "A";

/// What decides about the rules of an event: as it is shown, not as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Subject {
    type_: String,
    subtype: String,
    counterparty: String,
}

impl Subject {
    fn of(event: &Stored) -> Self {
        let (mut type_, mut subtype) = (event.type_.as_str(), event.subtype.as_str());
        match event.entry_type {
            6 if subtype != "fee" => subtype = if type_ == "deposit" { "deposit asset" } else { "remove asset" },
            7 => type_ = "trade",
            _ => {}
        }
        let counterparty = match (event.entry_type, &event.transaction) {
            (2 | 8, Some(transacted)) => transacted.counterparty.as_deref(),
            _ => None,
        };
        let counterparty = counterparty.unwrap_or(ANYBODY).to_owned();
        Self { type_: type_.to_owned(), subtype: subtype.to_owned(), counterparty }
    }
}

/// The status of each event, in their order. They are all events of their groups, group by group.
pub(super) fn statuses(transaction: &Transaction<'_>, events: &[Stored]) -> Reading<Vec<&'static str>> {
    let mut rules = Rules { transaction, known: HashMap::new() };
    let mut statuses = vec![NOT_PROCESSED; events.len()];
    let mut at = 0;
    while let Some(event) = events.get(at) {
        let (status, parts) = status(event, &events[at + 1..], &mut rules)?;
        statuses[at] = status;
        statuses[at + 1..=at + parts].fill(PROCESSED);
        at += 1 + parts;
    }
    Ok(statuses)
}

/// The status of one, and how many of those behind it are processed with it.
fn status(event: &Stored, behind: &[Stored], rules: &mut Rules<'_, '_>) -> Reading<(&'static str, usize)> {
    let of_validator = matches!(event.entry_type, 3..=5);
    let of_evm = matches!(event.entry_type, 2 | 8);
    if event.type_ == "informational" || of_validator || (of_evm && event.group.starts_with("BP1_")) {
        return Ok((PROCESSED, 0));
    }
    let subject = Subject::of(event);
    let is_gas = subject.counterparty == "gas";
    let Some(rule) = rules.find(subject)? else { return Ok((NOT_PROCESSED, 0)) };
    let of_group = |other: &&Stored| other.group == event.group;
    let parts = match behind.first().filter(of_group) {
        Some(_) if rule.is_swap && !is_gas => {
            let is_fee = |other: &Stored| Subject::of(other).subtype == "fee";
            1 + usize::from(behind.get(1).filter(of_group).is_some_and(is_fee))
        }
        _ => 0,
    };
    Ok((HAS_RULE, parts))
}

/// A rule of accounting.
#[derive(Debug, Clone, Copy)]
struct Rule {
    /// Whether it has the events behind processed with it.
    is_swap: bool,
}

/// Rules as they are asked for.
struct Rules<'r, 't> {
    transaction: &'r Transaction<'t>,
    known: HashMap<Subject, Option<Rule>>,
}

impl Rules<'_, '_> {
    /// Its rule, if there is one: that of its counterparty, or else that of anybody's.
    fn find(&mut self, subject: Subject) -> Reading<Option<Rule>> {
        if let Some(known) = self.known.get(&subject) {
            return Ok(*known);
        }
        // One of its own comes first.
        let mut statement = self.transaction.prepare_cached(
            "SELECT accounting_treatment FROM accounting_rules \
             WHERE type = ?1 AND subtype = ?2 AND counterparty IN (?3, ?4) ORDER BY counterparty = ?3 DESC LIMIT 1",
        )?;
        let bound = [&subject.type_, &subject.subtype, &subject.counterparty, ANYBODY];
        let found = statement.query_row(bound, |row| Ok(cells::maybe_string(row, 0))).optional()?.transpose()?;
        let found = found.map(|treatment| Rule { is_swap: treatment.as_deref() == Some(SWAP) });
        self.known.insert(subject, found);
        Ok(found)
    }
}
