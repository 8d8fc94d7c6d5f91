//! What the snapshots have of an asset, and when they were taken.
//!
//! The key of the table begins with the timestamp, and an asset is one of many of each moment. So the moments are stepped
//! through one after the other, and the asset is looked up at each: what is read grows with the number of snapshots, and
//! not with everything in them.

use super::series::{Moments, word};
use crate::{
    db::{DbError, Transaction},
    handlers::{
        Unanswered,
        rows::{self, Row, odd},
    },
};

/// Begins a statement that may select from `moments`: those at which there is a snapshot, from ?1 to ?2.
macro_rules! moments {
    ($select:literal) => {
        concat!(
            "WITH RECURSIVE moments(at) AS \
             (SELECT MIN(timestamp) FROM timed_balances WHERE timestamp BETWEEN ?1 AND ?2 UNION ALL \
             SELECT (SELECT MIN(timestamp) FROM timed_balances WHERE timestamp > at AND timestamp <= ?2) \
             FROM moments WHERE at IS NOT NULL) ",
            $select
        )
    };
}

/// The balances of an asset under either of two names.
const BALANCES: &str = moments!(
    "SELECT timestamp, amount, usd_value FROM moments CROSS JOIN timed_balances \
     ON timestamp = at AND currency IN (?3, ?4) AND category = 'A' ORDER BY timestamp, currency"
);

/// Rows of all that is asked about.
pub(super) struct Found {
    /// Timestamp, amount and value, of each asset.
    pub(super) balances: Vec<Vec<Row>>,
    moments: Option<MomentRows>,
}

struct MomentRows {
    times: Vec<Row>,
    categories: Vec<Row>,
    last: Vec<Row>,
}

/// Reads the balances of each asset from one moment to another. With `staked`, staked ETH is among those of ETH; with
/// `zeros`, the moments are read too, if there is any balance.
pub(super) fn read(
    transaction: &Transaction<'_>,
    (from, to): (i64, i64),
    assets: &[String],
    staked: bool,
    zeros: bool,
) -> Result<Found, DbError> {
    let of = |asset: &String| {
        let other = if staked && asset.eq_ignore_ascii_case("ETH") { "ETH2" } else { asset };
        rows::select(transaction, BALANCES, (from, to, asset, other))
    };
    let balances = assets.iter().map(of).collect::<Result<Vec<_>, _>>()?;
    let moments = match zeros && balances.iter().any(|rows| !rows.is_empty()) {
        true => Some(read_moments(transaction, (from, to))?),
        false => None,
    };
    Ok(Found { balances, moments })
}

fn read_moments(transaction: &Transaction<'_>, (from, to): (i64, i64)) -> Result<MomentRows, DbError> {
    let times = moments!("SELECT at FROM moments WHERE at IS NOT NULL ORDER BY at");
    let times = rows::select(transaction, times, (from, to))?;
    // In the order of the key, as legacy comes across them.
    let categories = "SELECT category FROM timed_balances WHERE timestamp BETWEEN ?1 AND ?2 \
                      ORDER BY timestamp, currency, category LIMIT ?3";
    let last = "SELECT category FROM timed_balances WHERE timestamp BETWEEN ?1 AND ?2 \
                ORDER BY timestamp DESC, currency DESC, category DESC LIMIT 1";
    let count = i64::try_from(times.len()).unwrap_or(i64::MAX);
    let categories = rows::select(transaction, categories, (from, to, count))?;
    Ok(MomentRows { times, categories, last: rows::select(transaction, last, (from, to))? })
}

impl Found {
    /// The moments, if they were read.
    ///
    /// # Errors
    /// A category that legacy does not know, or a moment that is none.
    pub(super) fn moments(&self) -> Result<Option<Moments>, Unanswered> {
        let Some(rows) = &self.moments else { return Ok(None) };
        let category = |row: &Row| word(row.text(0)?).ok_or_else(odd);
        let last = rows.last.first().ok_or_else(odd)?;
        Ok(Some(Moments {
            times: rows.times.iter().map(|row| row.int(0)).collect::<Result<_, _>>()?,
            categories: rows.categories.iter().map(category).collect::<Result<_, _>>()?,
            last: if category(last)? == "asset" { "A" } else { "B" },
        }))
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn moments_are_stepped_through_by_the_key_and_no_row_of_another_asset_is_read() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE timed_balances (category CHAR(1) NOT NULL DEFAULT('A'), timestamp INTEGER, currency TEXT, \
                 amount TEXT, usd_value TEXT, PRIMARY KEY (timestamp, currency, category))",
            )
            .unwrap();
        let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {BALANCES}")).unwrap();
        let steps = explain.query_map((0, 9, "ETH", "ETH2"), |row| row.get::<_, String>(3)).unwrap();
        let searches: Vec<String> = steps.map(Result::unwrap).filter(|step| step.contains("timed_balances")).collect();
        assert_eq!(searches.len(), 3, "{searches:?}");
        assert!(searches[..2].iter().all(|step| step.contains("COVERING INDEX")), "{searches:?}");
        assert!(searches[2].ends_with("(timestamp=? AND currency=? AND category=?)"), "{searches:?}");
    }
}
