//! Events, and whether something comes or goes with each of them.

use rusqlite::{ToSql, params_from_iter};

use crate::{
    db::{DbError, Transaction},
    handlers::{
        Unanswered, filter,
        rows::{self, Row, odd},
    },
    schema::{
        constants::TYPE_MAPPINGS,
        enums::member,
        events::{EVENT_SUBTYPES, EVENT_TYPES},
        locations::{EXCHANGES, by_letter},
    },
    wire::Decimal,
};

/// What a move does to the balance of its asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    In,
    Out,
    /// Nothing, as far as is known.
    Neither,
}

/// An event.
#[derive(Debug)]
pub(super) struct Move {
    pub(super) identifier: i64,
    /// `event_identifier`: what it has in common with the events that belong to it.
    pub(super) group: String,
    /// Milliseconds since 1970.
    pub(super) time: i64,
    /// As it is stored.
    pub(super) asset: String,
    pub(super) amount: Decimal,
    pub(super) direction: Direction,
}

/// The end of the year 9999, after which legacy has no dates.
const LAST: i64 = 253_402_300_799_999;

/// Events of assets, or of all that are not ignored, in the order in which they happened. What is laid aside and taken
/// back is no event here.
pub(super) fn read(
    transaction: &Transaction<'_>,
    (from, to): (i64, i64),
    assets: Option<&[String]>,
) -> Result<Result<Vec<Move>, Unanswered>, DbError> {
    const ALL: &str = "SELECT identifier, event_identifier, timestamp, location, asset, amount, type, subtype \
                       FROM history_events WHERE ignored = 0 AND subtype NOT IN ('deposit asset', 'remove asset') \
                       AND timestamp BETWEEN ? AND ? ORDER BY timestamp, identifier";
    const SOME: &str = "SELECT identifier, event_identifier, timestamp, location, asset, amount, type, subtype \
                        FROM history_events WHERE ignored = 0 AND subtype NOT IN ('deposit asset', 'remove asset') \
                        AND timestamp BETWEEN ? AND ? AND asset IN (SELECT value FROM json_each(?)) \
                        ORDER BY timestamp, identifier";
    let mut values: Vec<Box<dyn ToSql>> = vec![Box::new(from), Box::new(to)];
    if let Some(assets) = assets {
        let names: Vec<&str> = assets.iter().map(String::as_str).collect();
        match filter::list(&names) {
            Ok(names) => values.push(Box::new(names)),
            Err(declined) => return Ok(Err(declined)),
        }
    }
    let statement = if assets.is_some() { SOME } else { ALL };
    let rows = rows::select(transaction, statement, params_from_iter(values))?;
    Ok(rows.iter().map(Move::of).collect())
}

impl Move {
    fn of(row: &Row) -> Result<Self, Unanswered> {
        let time = row.int(2)?;
        if !(0..=LAST).contains(&time) {
            return Err(odd());
        }
        let location = by_letter(row.text(3)?).ok_or_else(odd)?;
        let event_type = member(row.text(6)?, EVENT_TYPES).ok_or_else(odd)?;
        let subtype = member(row.text(7)?, EVENT_SUBTYPES).ok_or_else(odd)?;
        Ok(Self {
            identifier: row.int(0)?,
            group: row.text(1)?.to_owned(),
            time,
            asset: row.text(4)?.to_owned(),
            amount: row.amount(5)?,
            direction: direction(event_type, subtype, location),
        })
    }

    /// Seconds since 1970.
    pub(super) fn second(&self) -> i64 {
        self.time / 1000
    }
}

/// What events of this kind do. Some are something else on an exchange.
fn direction(event_type: &str, subtype: &str, location: &str) -> Direction {
    if event_type == "informational" {
        return Direction::Neither;
    }
    let categories = &TYPE_MAPPINGS["global_mappings"][event_type][subtype];
    let of_exchange = categories.get("exchange").filter(|_| EXCHANGES.contains(&location));
    let category = of_exchange.or_else(|| categories.get("default")).and_then(|category| category.as_str());
    let direction = category.map(|category| &TYPE_MAPPINGS["event_category_details"][category]["direction"]);
    match direction.and_then(|direction| direction.as_str()) {
        Some("in") => Direction::In,
        Some("out") => Direction::Out,
        _ => Direction::Neither,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_comes_or_goes_by_kind_and_place() {
        for (event_type, subtype, location, expected) in [
            ("receive", "none", "ethereum", Direction::In),
            ("spend", "fee", "ethereum", Direction::Out),
            ("informational", "remove asset", "ethereum", Direction::Neither),
            ("trade", "reward", "ethereum", Direction::Neither),
        ] {
            assert_eq!(direction(event_type, subtype, location), expected, "{event_type} {subtype} {location}");
        }
        // Whatever is something else on an exchange is in the table.
        let kinds = TYPE_MAPPINGS["global_mappings"].as_object().unwrap();
        let exchange = kinds.iter().flat_map(|(_, subtypes)| subtypes.as_object().unwrap().values());
        assert!(exchange.filter(|categories| categories.get("exchange").is_some()).count() > 0);
    }
}
