//! From a file to entries.

use std::{path::Path, time::UNIX_EPOCH};

use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

use super::{
    Entry, HarError, Recording, entry::RESERVED, error::Stop, moment, node::Node, outline::Outline, request, response,
    write::CREATOR,
};

/// Reads a file. It is held in memory as a whole.
///
/// # Errors
/// It can not be read, is no HAR, or is cut off; or a field of it has a wrong type. Each says where.
pub fn read(path: &Path) -> Result<Recording, HarError> {
    let bytes = std::fs::read(path).map_err(|error| HarError::Read(error).within(path))?;
    from_slice(&bytes).map_err(|error| error.within(path))
}

/// Reads what was in a file.
///
/// # Errors
/// It is no HAR, or is cut off; or a field of it has a wrong type. Each says where.
pub fn from_slice(bytes: &[u8]) -> Result<Recording, HarError> {
    let outline = Outline::of(text(bytes)?)?;
    let creator = outline.creator.and_then(|creator| serde_json::from_str::<Creator>(creator.get()).ok());
    let creator = creator.unwrap_or_default().name;
    let mut recording =
        Recording { entries: Vec::with_capacity(outline.entries.len()), creator, passed_over: Vec::new() };
    let exact = recording.creator == CREATOR;
    for (place, raw) in outline.entries.into_iter().enumerate() {
        match entry(raw, place, exact) {
            Ok(entry) => recording.entries.push(entry),
            Err(Stop::PassedOver(reason)) => recording.passed_over.push((place, reason)),
            Err(Stop::Wrong(error)) => return Err(error),
        }
    }
    Ok(recording)
}

/// Reads what [`super::line`] wrote.
///
/// # Errors
/// It is no such line.
pub fn from_line(text: &str) -> Result<Entry, HarError> {
    let raw = serde_json::from_str(text).map_err(|fault| HarError::Json { entries: 0, fault })?;
    entry(raw, 0, true).map_err(|stop| match stop {
        Stop::Wrong(error) => error,
        Stop::PassedOver(why) => HarError::NotHar(format!("an entry that can not be made again: {why}")),
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Creator {
    name: String,
}

/// The text of a file, or what else it is by its first bytes.
fn text(bytes: &[u8]) -> Result<&str, HarError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).or_else(|error| {
        // Cut off within a character: where that is, is found as for any other end.
        if error.error_len().is_none()
            && let Ok(whole) = std::str::from_utf8(&bytes[..error.valid_up_to()])
        {
            return Ok(whole);
        }
        let what = match bytes {
            [0x1f, 0x8b, ..] => "a gzip archive, to be unpacked first",
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "a text in UTF-16, to be saved as UTF-8 first",
            _ => return Err(HarError::NotHar(format!("binary: no UTF-8 at byte {}", error.valid_up_to()))),
        };
        Err(HarError::NotHar(what.to_owned()))
    })
}

fn entry(raw: &RawValue, place: usize, exact: bool) -> Result<Entry, Stop> {
    let value: Value = serde_json::from_str(raw.get())
        .map_err(|error| Stop::PassedOver(format!("it is not to be read: {error}, from its beginning")))?;
    let node = Node::of(&value, format!("log.entries[{place}]"))?;
    let answer = node.object("response")?;
    let asked = node.object("request")?.ok_or_else(|| request::missing(&node))?;
    let (origin, request) = request::read(&asked, exact)?;
    let status = answer.as_ref().map(response::status).transpose()?.flatten();
    if !exact && status == Some(101) {
        return Err(Stop::PassedOver("its answer switches to another protocol".to_owned()));
    }
    let head = request.method == "HEAD";
    let native = match node.object("_native")? {
        Some(native) => response::read(Some(&native), head, exact)?.ok(),
        None => None,
    };
    Ok(Entry {
        started: started(&node)?,
        took: moment::span(node.number("time")?.unwrap_or(0.0)),
        origin,
        response: response::read(answer.as_ref(), head, exact)?,
        request,
        native,
        sequence: sequence(&node)?,
        volatile: node.flag("_volatile")?.unwrap_or(false),
        comment: node.text("comment")?.map(str::to_owned),
        notes: if exact { notes(&node) } else { Map::new() },
    })
}

fn started(node: &Node<'_>) -> Result<std::time::SystemTime, HarError> {
    let field = "startedDateTime";
    let Some(text) = node.text(field)? else { return Ok(UNIX_EPOCH) };
    moment::read(text).ok_or_else(|| node.wrong_text(field, "a date and time as in ISO 8601", text))
}

fn sequence(node: &Node<'_>) -> Result<Option<(u64, u64)>, HarError> {
    match (node.count("_sequence")?, node.count("_step")?) {
        (Some(sequence), Some(step)) => Ok(Some((sequence, step))),
        (Some(_), None) => Err(node.wrong("_step", "a whole number, as there is a _sequence")),
        (None, _) => Ok(None),
    }
}

/// What was attached to an entry. Other tools attach more than is worth keeping.
fn notes(node: &Node<'_>) -> Map<String, Value> {
    let own = |key: &str| key.starts_with('_') && !RESERVED.contains(&key);
    node.fields().iter().filter(|(key, _)| own(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
}
