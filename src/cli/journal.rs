//! `cutover journal`: every change of a running bridge's routes, the oldest first.

use std::{fmt::Write, process::ExitCode, time::Duration};

use anyhow::Context;
use clap::Args;
use futures_util::StreamExt;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::{
    admin_client::{
        Bridge, BridgeOptions, block_on,
        lines::{Events, lines},
        refused,
        told::Entry,
        words::{moment, nothing, setting_of, who},
    },
    shared::print,
    table::table,
};
use crate::parity::report::visible;

/// Options of `cutover journal`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Journal {
    /// Only changes of this route
    #[arg(long, value_name = "NAME")]
    route: Option<String>,
    /// The latest so many
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    limit: u64,
    /// Go on with changes as they happen, until Ctrl-C
    #[arg(long)]
    follow: bool,
    /// A JSON object a line instead of a table
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    bridge: BridgeOptions,
}

const EXAMPLES: &str = "\
Examples:
  cutover journal
  cutover journal --route tags_list --limit 100
  cutover journal --follow
  cutover journal --limit 10000 --json | jq 'select(.by.kind == \"guardrail\")'

Exit status: 0 shown, 1 the bridge refuses and says why, 2 it could not be asked.";

/// Pause before a bridge that went away is asked again.
const PAUSE: Duration = Duration::from_secs(1);
/// Entries in a page.
const PAGE: u64 = 1000;

impl Journal {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let bridge = self.bridge.bridge()?;
        block_on(async {
            // Before the first look at the journal, so that nothing falls between the two.
            let events = if self.follow { Some(self.events(&bridge).await?) } else { None };
            let entries = match self.entries(&bridge, self.limit, 0).await? {
                Ok(entries) => entries,
                Err(why) => return Ok(refused(&why)),
            };
            let mut last = newest(&entries);
            if !entries.is_empty() || !self.follow {
                print(&self.text(&entries, true)?)?;
            }
            let Some(mut events) = events else { return Ok(ExitCode::SUCCESS) };
            loop {
                while let Some(entry) = events.next().await {
                    self.more(&[entry], &mut last)?;
                }
                eprintln!("cutover: the bridge at {} went away; waiting for it", bridge.url);
                events = self.again(&bridge).await;
                // What happened meanwhile.
                if let Ok(Ok(missed)) = self.entries(&bridge, PAGE, last).await {
                    self.more(&missed, &mut last)?;
                }
            }
        })
    }

    /// Prints those that were not printed yet.
    fn more(&self, entries: &[Value], last: &mut u64) -> anyhow::Result<()> {
        let fresh: Vec<Value> =
            entries.iter().filter(|entry| id(entry) > *last && self.wants(entry)).cloned().collect();
        *last = (*last).max(newest(entries));
        if fresh.is_empty() { Ok(()) } else { print(&self.text(&fresh, false)?) }
    }

    fn wants(&self, entry: &Value) -> bool {
        self.route.as_deref().is_none_or(|route| entry["route"] == route)
    }

    /// The latest entries above a number, the oldest first; or why the bridge refuses.
    async fn entries(&self, bridge: &Bridge, limit: u64, above: u64) -> anyhow::Result<Result<Vec<Value>, String>> {
        let mut entries = Vec::new();
        let mut before: Option<u64> = None;
        while (entries.len() as u64) < limit {
            let page = PAGE.min(limit - entries.len() as u64);
            let mut target = format!("/api/journal?limit={page}");
            if let Some(route) = &self.route {
                let _ = write!(target, "&route={}", utf8_percent_encode(route, NON_ALPHANUMERIC));
            }
            if let Some(before) = before {
                let _ = write!(target, "&before={before}");
            }
            let mut answer = match bridge.ask("GET", &target, None).await? {
                Ok(answer) => answer,
                Err(why) => return Ok(Err(why)),
            };
            let Some(found) = answer["entries"].as_array_mut().map(std::mem::take) else { break };
            let done = found.is_empty() || found.iter().any(|entry| id(entry) <= above);
            entries.extend(found.into_iter().filter(|entry| id(entry) > above));
            before = answer["next"].as_u64();
            if done || before.is_none() {
                break;
            }
        }
        entries.reverse();
        Ok(Ok(entries))
    }

    async fn events(&self, bridge: &Bridge) -> anyhow::Result<Changes> {
        let body = bridge.stream("/api/events?topics=changes", "text/event-stream").await?;
        let mut events = Events::default();
        let told = lines(body).filter_map(move |line| {
            let entry = events.take(&line).filter(|(name, _)| name == "change");
            std::future::ready(entry.and_then(|(_, data)| serde_json::from_str::<Value>(&data).ok()))
        });
        Ok(Box::pin(told))
    }

    /// The same, as soon as the bridge is there again.
    async fn again(&self, bridge: &Bridge) -> Changes {
        loop {
            tokio::time::sleep(PAUSE).await;
            if let Ok(events) = self.events(bridge).await {
                return events;
            }
        }
    }

    fn text(&self, entries: &[Value], header: bool) -> anyhow::Result<String> {
        if self.json {
            return Ok(entries.iter().fold(String::new(), |text, entry| text + &entry.to_string() + "\n"));
        }
        let read = |entry: &Value| serde_json::from_value::<Entry>(entry.clone());
        let entries: Result<Vec<Entry>, _> = entries.iter().map(read).collect();
        let entries = entries.context("what the bridge answered is no journal; is it of another version?")?;
        if entries.is_empty() {
            return Ok("nothing was changed yet\n".to_owned());
        }
        let text = table_of(&entries.iter().collect::<Vec<_>>());
        Ok(if header { text } else { text.split_inclusive('\n').skip(1).collect() })
    }
}

type Changes = std::pin::Pin<Box<dyn futures_util::Stream<Item = Value> + Send>>;

fn id(entry: &Value) -> u64 {
    entry["id"].as_u64().unwrap_or(0)
}

fn newest(entries: &[Value]) -> u64 {
    entries.iter().map(id).max().unwrap_or(0)
}

/// Entries as a table.
pub(super) fn table_of(entries: &[&Entry]) -> String {
    let header = ["ID", "AT (UTC)", "ROUTE", "CHANGE", "BY", "WHY"];
    let rows = entries.iter().map(|entry| {
        let route = entry.route.as_deref().map_or_else(nothing, |route| visible(route).into_owned());
        let why = entry.why.as_deref().filter(|why| !why.is_empty());
        let why = why.map_or_else(nothing, |why| visible(why).into_owned());
        [entry.id.to_string(), moment(&entry.at), route, change(entry), who(&entry.by), why]
    });
    table(header, rows)
}

/// `set: legacy → canary 10%`.
fn change(entry: &Entry) -> String {
    let action = visible(&entry.action).replace('_', "-");
    match (&entry.old, &entry.new) {
        (Some(old), Some(new)) if old != new => {
            format!("{action}: {} → {}", setting_of(Some(old)), setting_of(Some(new)))
        }
        _ => action,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_journal_is_a_table_with_what_became_of_what() {
        let entries: Vec<Entry> = serde_json::from_value(json!([
            {"id": 9, "at": "2026-11-22T01:02:03.456Z", "by": {"kind": "person", "name": "ann"}, "action": "set",
                "route": "tags_list", "old": {"mode": "legacy", "percent": 0}, "new": {"mode": "canary", "percent": 0.01},
                "reason": "MANUAL", "why": "a week\nwithout a mismatch", "evidence": null},
            {"id": 10, "at": "2026-11-22T01:03:03Z", "by": {"kind": "guardrail", "name": null}, "action": "rollback",
                "route": "tags_list", "old": {"mode": "canary", "percent": 0.01}, "new": {"mode": "legacy", "percent": 0},
                "reason": "GUARDRAIL", "why": "3 of 40 comparisons mismatched"},
            {"id": 11, "at": "2026-11-22T01:04:03Z", "by": {"kind": "person", "name": null}, "action": "step_back",
                "route": "info", "old": {"mode": "native"}, "new": {"mode": "native"}, "reason": "MANUAL", "why": ""},
            {"id": 12, "at": "2026-11-22T01:05:03Z", "by": {"kind": "signal", "name": null}, "action": "kill", "route": null,
                "old": null, "new": null, "reason": "SIGNAL", "why": "SIGUSR1"},
        ]))
        .unwrap();
        insta::assert_snapshot!(table_of(&entries.iter().collect::<Vec<_>>()));
    }
}
