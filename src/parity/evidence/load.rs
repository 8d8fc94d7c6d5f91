//! Reading all that is counted in a file.

use std::{collections::BTreeMap, sync::Arc};

use rusqlite::{Connection, Row};

use super::{
    EvidenceError,
    index::Index,
    ledger::Stored,
    moment::{from_millis, from_row},
    place::Place,
};

/// What is in a file, without the samples themselves.
#[derive(Default)]
pub(super) struct Loaded {
    pub(super) routes: Vec<Stored>,
    pub(super) index: Index,
    pub(super) rollouts: BTreeMap<String, String>,
}

/// Reads it, in one transaction.
pub(super) fn all(connection: &Connection) -> Result<Loaded, EvidenceError> {
    let failed = EvidenceError::sqlite("reading the counts");
    let snapshot = connection.unchecked_transaction().map_err(&failed)?;
    let mut routes = BTreeMap::new();
    for row in rows(&snapshot, "SELECT name, since, counts FROM route", |row| {
        Ok((row.get::<_, String>(0)?, from_millis(row.get(1)?), row.get::<_, String>(2)?))
    })? {
        let (route, since, counts) = row;
        let counts = serde_json::from_str(&counts).map_err(|error| EvidenceError::Row(format!("{route}: {error}")))?;
        routes.insert(route.clone(), Stored { route, since, counts, places: Vec::new() });
    }
    for (route, place, count, last) in
        rows(&snapshot, "SELECT route, noise, kind, path, count, last FROM place", |row| {
            Ok((row.get::<_, String>(0)?, place(row)?, from_row(row.get(4)?), from_millis(row.get(5)?)))
        })?
    {
        if let (Some(place), Some(stored)) = (place, routes.get_mut(&route)) {
            stored.places.push((place, count, last));
        }
    }
    let mut index = Index::default();
    for (route, place, id, bytes) in
        rows(&snapshot, "SELECT route, noise, kind, path, id, bytes FROM sample ORDER BY id", |row| {
            Ok((row.get::<_, Arc<str>>(0)?, place(row)?, row.get(4)?, from_row(row.get(5)?)))
        })?
    {
        let place = place.ok_or_else(|| EvidenceError::Row("a sample of an unknown kind".into()))?;
        index.restore((route, place), id, bytes);
    }
    let rollouts = rows(&snapshot, "SELECT route, evidence FROM rollout", |row| Ok((row.get(0)?, row.get(1)?)))?;
    let rollouts = rollouts.into_iter().collect();
    Ok(Loaded { routes: routes.into_values().collect(), index, rollouts })
}

/// The place in the columns noise, kind and path, which follow the first one.
pub(super) fn place(row: &Row<'_>) -> rusqlite::Result<Option<Place>> {
    Ok(Place::from_row(row.get(1)?, &row.get::<_, String>(2)?, row.get(3)?))
}

fn rows<T>(
    connection: &Connection,
    sql: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, EvidenceError> {
    let rows = || connection.prepare(sql)?.query_map([], read)?.collect::<rusqlite::Result<Vec<T>>>();
    rows().map_err(EvidenceError::sqlite("reading the counts"))
}
