//! Reading samples.

use rusqlite::{Connection, OptionalExtension, Row};

use super::{
    EvidenceError, Exchange, Sample, SampleHead, load,
    moment::{from_millis, from_row},
    pack::{self, Head},
};
use crate::{config::Mode, parity::Request};

const COLUMNS: &str = "route, noise, kind, path, id, mode, at, method, target, bytes";

/// The samples of a route, or all, the latest first.
pub(super) fn list(connection: &Connection, route: Option<&str>) -> Result<Vec<SampleHead>, EvidenceError> {
    let sql = format!("SELECT {COLUMNS} FROM sample WHERE ?1 IS NULL OR route = ?1 ORDER BY id DESC");
    let rows = || {
        let mut statement = connection.prepare(&sql)?;
        statement.query_map([route], head)?.collect::<rusqlite::Result<Vec<_>>>()
    };
    let rows = rows().map_err(EvidenceError::sqlite("reading samples"))?;
    rows.into_iter().collect()
}

fn head(row: &Row<'_>) -> rusqlite::Result<Result<SampleHead, EvidenceError>> {
    let (mode, word) = mode(row, 5)?;
    let (Some(place), Some(mode)) = (load::place(row)?, mode) else {
        return Ok(Err(EvidenceError::Row(format!("a sample of an unknown kind or mode ({word})"))));
    };
    Ok(Ok(SampleHead {
        id: row.get(4)?,
        route: row.get(0)?,
        place,
        mode,
        at: from_millis(row.get(6)?),
        method: row.get(7)?,
        target: row.get(8)?,
        bytes: from_row(row.get(9)?),
    }))
}

fn mode(row: &Row<'_>, column: usize) -> rusqlite::Result<(Option<Mode>, String)> {
    let word: String = row.get(column)?;
    Ok((Mode::ALL.into_iter().find(|mode| mode.as_str() == word), word))
}

/// One sample, if there is one of this number.
pub(super) fn one(connection: &Connection, id: i64) -> Result<Option<Sample>, EvidenceError> {
    let sql =
        "SELECT route, mode, at, verdict, method, target, head, request, expected, actual FROM sample WHERE id = ?";
    let row = connection.query_row(sql, [id], |row| sample(row, id)).optional();
    row.map_err(EvidenceError::sqlite("reading a sample"))?
        .transpose()
        .map_err(|fault| EvidenceError::Row(format!("sample {id}: {fault}")))
}

fn sample(row: &Row<'_>, id: i64) -> rusqlite::Result<Result<Sample, String>> {
    let (mode, word) = mode(row, 1)?;
    let (route, at, verdict): (_, i64, String) = (row.get(0)?, row.get(2)?, row.get(3)?);
    let (method, target, head): (_, _, String) = (row.get(4)?, row.get(5)?, row.get(6)?);
    let (request, expected, actual): (Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>) =
        (row.get(7)?, row.get(8)?, row.get(9)?);
    let read = || {
        let mut head: Head = serde_json::from_str(&head).map_err(|error| error.to_string())?;
        let answer = |status: Option<pack::Status>, body: Option<Vec<u8>>| -> Result<_, String> {
            status.map(|status| Ok(status.with(pack::unpacked(&body.unwrap_or_default())?))).transpose()
        };
        let verdict = head.verdict(&verdict)?;
        let exchange = Exchange {
            mode: mode.ok_or_else(|| format!("{word:?} is no mode"))?,
            at: from_millis(at),
            request: Request { method, target, headers: head.headers, body: pack::unpacked(&request)? },
            expected: answer(head.expected, expected)?,
            actual: answer(head.actual, actual)?,
            version: head.version,
        };
        Ok(Sample { id, route, verdict, exchange })
    };
    Ok(read())
}
