//! The endpoints.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{Json, extract::State};
use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::shared::{Failed, Shared, failed};

/// How every answer begins and ends.
#[derive(Serialize)]
pub(crate) struct Envelope<T> {
    result: T,
    message: &'static str,
}

type Answer<T> = Result<Json<Envelope<T>>, Failed>;

fn answer<T>(result: T) -> Answer<T> {
    Ok(Json(Envelope { result, message: "" }))
}

#[derive(Serialize)]
pub(crate) struct Tag {
    name: String,
    description: Option<String>,
    background_color: String,
    foreground_color: String,
}

pub(crate) async fn tags(State(shared): State<Arc<Shared>>) -> Answer<Map<String, Value>> {
    let tags = shared.ask(|connection, _| {
        let sql = "SELECT name, description, background_color, foreground_color FROM tags ORDER BY rowid";
        let mut select = connection.prepare_cached(sql)?;
        let tags = select.query_map([], |row| {
            Ok(Tag {
                name: row.get(0)?,
                description: row.get(1)?,
                background_color: row.get(2)?,
                foreground_color: row.get(3)?,
            })
        })?;
        tags.collect::<rusqlite::Result<Vec<_>>>()
    });
    let mut by_name = Map::new();
    for tag in tags.await? {
        by_name.insert(tag.name.clone(), serde_json::to_value(tag).map_err(failed)?);
    }
    answer(by_name)
}

/// The defaults, and over them the rows, each as its default is written.
pub(crate) async fn settings(State(shared): State<Arc<Shared>>) -> Answer<Map<String, Value>> {
    let settings = shared.ask(|connection, shared| {
        let mut settings = shared.defaults.clone();
        for table in ["settings", "key_value_cache"] {
            let mut select = connection.prepare_cached(&format!("SELECT name, value FROM {table}"))?;
            let mut rows = select.query([])?;
            while let Some(row) = rows.next()? {
                let (name, stored): (String, Option<String>) = (row.get(0)?, row.get(1)?);
                if let Some(shown) = settings.get_mut(&name) {
                    *shown = setting(shown, stored);
                }
            }
        }
        Ok(settings)
    });
    answer(settings.await?)
}

fn setting(default: &Value, stored: Option<String>) -> Value {
    let Some(stored) = stored else { return Value::Null };
    match default {
        Value::Bool(_) => Value::Bool(stored == "True"),
        Value::String(_) => Value::String(stored),
        _ => serde_json::from_str(&stored).unwrap_or(Value::Null),
    }
}

#[derive(Deserialize)]
pub(crate) struct Page {
    limit: i64,
    offset: i64,
}

#[derive(Serialize)]
pub(crate) struct Note {
    identifier: i64,
    title: String,
    content: String,
    location: String,
    last_update_timestamp: i64,
    is_pinned: bool,
}

#[derive(Serialize)]
pub(crate) struct Found<T> {
    entries: Vec<T>,
    entries_found: i64,
    entries_total: i64,
    entries_limit: i64,
}

/// A page of the ten newest, and how many there are, as for a user without premium.
pub(crate) async fn notes(State(shared): State<Arc<Shared>>, Json(page): Json<Page>) -> Answer<Found<Note>> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(failed)?.as_secs();
    let now = i64::try_from(now).map_err(failed)?;
    let found = shared.ask(move |connection, _| {
        let columns = "identifier, title, content, location, last_update_timestamp, is_pinned";
        let mut select = connection.prepare_cached(&format!(
            "SELECT {columns} FROM (SELECT {columns} FROM user_notes ORDER BY last_update_timestamp DESC LIMIT 10) \
             WHERE last_update_timestamp <= ?1 ORDER BY last_update_timestamp DESC LIMIT ?2 OFFSET ?3"
        ))?;
        let entries = select.query_map(params![now, page.limit, page.offset], note)?.collect::<Result<_, _>>()?;
        let sql = "SELECT count(*) FROM user_notes WHERE last_update_timestamp <= ?1";
        let entries_found = connection.prepare_cached(sql)?.query_row([now], |row| row.get(0))?;
        let sql = "SELECT count(*) FROM user_notes";
        let entries_total = connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(Found { entries, entries_found, entries_total, entries_limit: 10 })
    });
    answer(found.await?)
}

fn note(row: &Row<'_>) -> rusqlite::Result<Note> {
    Ok(Note {
        identifier: row.get(0)?,
        title: row.get(1)?,
        content: row.get(2)?,
        location: row.get(3)?,
        last_update_timestamp: row.get(4)?,
        is_pinned: row.get(5)?,
    })
}

#[derive(Deserialize)]
pub(crate) struct Described {
    description: String,
    limit: i64,
    offset: i64,
}

#[derive(Serialize)]
pub(crate) struct Entry {
    identifier: i64,
    name: String,
    description: Option<String>,
    timestamp: i64,
    auto_delete: bool,
}

/// Calendar entries of this description, for which there is no index: slow, where there are many entries.
pub(crate) async fn calendar(State(shared): State<Arc<Shared>>, Json(wanted): Json<Described>) -> Answer<Found<Entry>> {
    let found = shared.ask(move |connection, _| {
        let mut select = connection.prepare_cached(
            "SELECT identifier, name, description, timestamp, auto_delete FROM calendar \
             WHERE timestamp >= 0 AND description = ?1 ORDER BY timestamp DESC LIMIT ?2 OFFSET ?3",
        )?;
        let entries = select.query_map(params![wanted.description, wanted.limit, wanted.offset], |row| {
            Ok(Entry {
                identifier: row.get(0)?,
                name: row.get(1)?,
                description: row.get(2)?,
                timestamp: row.get(3)?,
                auto_delete: row.get(4)?,
            })
        })?;
        let entries = entries.collect::<Result<_, _>>()?;
        let sql = "SELECT count(*) FROM calendar WHERE timestamp >= 0 AND description = ?1";
        let entries_found = connection.prepare_cached(sql)?.query_row([&wanted.description], |row| row.get(0))?;
        let sql = "SELECT count(*) FROM calendar";
        let entries_total = connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(Found { entries, entries_found, entries_total, entries_limit: -1 })
    });
    answer(found.await?)
}
