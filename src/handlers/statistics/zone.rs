//! Whether a day here is a day in legacy.

use std::sync::OnceLock;

use crate::{
    db::{DbError, Transaction},
    handlers::Context,
    session::zone::Zone,
};

/// The zone of this process, which does not change.
static OWN: OnceLock<Zone> = OnceLock::new();

/// The zone that SQLite works with here.
pub(super) fn own(transaction: &Transaction<'_>) -> Result<&'static Zone, DbError> {
    if let Some(zone) = OWN.get() {
        return Ok(zone);
    }
    let mut select = transaction.prepare_cached(
        "WITH RECURSIVE steps(at) AS (SELECT ?1 UNION ALL SELECT at + ?3 FROM steps WHERE at + ?3 < ?2) \
         SELECT at, unixepoch(at, 'unixepoch', 'localtime') - at FROM steps",
    )?;
    let rows = select.query_map([Zone::YEARS.start, Zone::YEARS.end, Zone::STEP], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
    })?;
    let zone = Zone::of(rows.collect::<Result<Vec<_>, _>>()?);
    Ok(OWN.get_or_init(|| zone))
}

/// Whether it is legacy's too.
pub(super) fn is_legacys(context: &Context, own: &Zone) -> bool {
    context.session().with_facts(|facts| facts.zone() == Some(own))
}
