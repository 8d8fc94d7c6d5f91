//! `cutover status`: the state of a running bridge, in short.

use std::{fmt::Write, process::ExitCode};

use anyhow::Context;
use clap::Args;

use super::{
    admin_client::{
        BridgeOptions, block_on, refused,
        told::Overview,
        words::{ago, lasting, now, share},
    },
    journal,
    shared::print,
};
use crate::parity::report::{grouped, visible};

/// Options of `cutover status`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Status {
    /// The bridge's answer as JSON instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    bridge: BridgeOptions,
}

const EXAMPLES: &str = "\
Examples:
  cutover status
  cutover status --admin http://127.0.0.1:4301 --token-file admin.token
  cutover status --json | jq '.attention[].text'

Exit status: 0 shown, 1 the bridge refuses and says why, 2 it could not be asked.";

impl Status {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let bridge = self.bridge.bridge()?;
        let answer = match block_on(bridge.ask("GET", "/api/overview", None))? {
            Ok(answer) => answer,
            Err(why) => return Ok(refused(&why)),
        };
        let text = if self.json {
            serde_json::to_string_pretty(&answer)? + "\n"
        } else {
            let overview: Overview = serde_json::from_value(answer)
                .context("what the bridge answered is not what was expected; is it of another version?")?;
            let at = overview.at.unwrap_or_else(now);
            shown(&overview, &bridge.url, at)
        };
        print(&text)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The overview as text.
fn shown(overview: &Overview, url: &str, now: f64) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:12} {value}");
    };
    let ready = if overview.ready { "ready" } else { "NOT READY" };
    let up = lasting(overview.uptime_seconds);
    line("bridge", &format!("{ready}, version {} at {url}, up {up}", visible(&overview.version)));
    let legacy = visible(&overview.legacy.url);
    line(
        "legacy",
        &overview.legacy.away_seconds.map_or_else(
            || format!("reachable at {legacy}"),
            |away| format!("AWAY for {}, expected at {legacy}", lasting(away)),
        ),
    );
    let engaged = "ENGAGED: every request goes to legacy; cutover flag --all resume releases it";
    line("kill switch", if overview.kill_switch { engaged } else { "released" });
    if let Some(all) = &overview.all {
        line("flags.all", &format!("{} overrides the mode of every route", visible(all)));
    }
    let package = if overview.package.attached { "attached" } else { "not attached" };
    line("session", &format!("{}; package inside legacy {package}", visible(&overview.session)));
    line("writes", &format!("native writes {}", visible(&overview.native_writes)));
    let by_mode = counted(["legacy", "shadow", "canary", "verify", "native"], &overview.endpoints.by_mode);
    let (total, migrated) = (grouped(overview.endpoints.total), grouped(overview.endpoints.migrated));
    line("endpoints", &format!("{migrated} of {total} migrated: {by_mode}"));
    let native = overview.share_native.map(|native| format!("{} answered natively", share(Some(native))));
    line("traffic", &format!("{} in the last 10 minutes", native.as_deref().unwrap_or("none")));
    let words = crate::parity::Verdict::WORDS;
    let verdicts = counted(words, &overview.verdicts);
    let verdicts = if verdicts.is_empty() { String::new() } else { format!(": {verdicts}") };
    line("match rate", &format!("{}{verdicts}", share(overview.match_rate)));
    text + &attention(overview, now) + &changes(overview)
}

/// `3 legacy, 1 native`; what is 0 is left out.
fn counted<'a>(words: impl IntoIterator<Item = &'a str>, counts: &std::collections::BTreeMap<String, u64>) -> String {
    let counts = words.into_iter().filter_map(|word| Some((word, *counts.get(word)?))).filter(|(_, count)| *count > 0);
    counts.map(|(word, count)| format!("{} {word}", grouped(count))).collect::<Vec<_>>().join(", ")
}

fn attention(overview: &Overview, now: f64) -> String {
    if overview.attention.is_empty() {
        return "\nnothing needs attention\n".to_owned();
    }
    overview.attention.iter().fold("\nneeds attention\n".to_owned(), |mut text, one| {
        let since = one.at.map_or_else(String::new, |at| format!(" ({})", ago(Some(at), now)));
        let _ = writeln!(text, "  {}{since}", visible(&one.text));
        if let Some(remedy) = &one.remedy {
            let _ = writeln!(text, "      {}", visible(remedy));
        }
        text
    })
}

fn changes(overview: &Overview) -> String {
    if overview.changes.is_empty() {
        return String::new();
    }
    let oldest_first: Vec<_> = overview.changes.iter().rev().collect();
    format!("\nlatest changes\n{}", journal::table_of(&oldest_first))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(overview: serde_json::Value) -> String {
        shown(&serde_json::from_value(overview).unwrap(), "http://127.0.0.1:4301", 1_763_770_000.0)
    }

    #[test]
    fn a_bridge_that_needs_attention_says_what_and_the_remedy() {
        insta::assert_snapshot!(text(json!({
            "version": "0.1.0", "uptime_seconds": 11_532.1, "ready": true, "kill_switch": true, "all": null,
            "native_writes": "guarded", "legacy": {"url": "http://127.0.0.1:4242", "away_seconds": 12.0}, "session": "user",
            "package": {"attached": true},
            "endpoints": {"total": 264, "migrated": 129,
                "by_mode": {"legacy": 100, "shadow": 10, "canary": 4, "verify": 0, "native": 15}},
            "at": 1_763_770_000.0, "share_native": 0.372, "match_rate": 0.9998,
            "verdicts": {"matched": 4700, "ignored": 2, "mismatched": 1, "skipped": 0},
            "attention": [
                {"kind": "tripped", "route": "tags_list", "at": 1_763_769_300.0,
                    "text": "tags_list was rolled back: 3 of 40 comparisons mismatched", "remedy": "look at its samples, then: cutover flag tags_list rearm"},
                {"kind": "legacy", "route": null, "at": null, "text": "legacy is away", "remedy": "start it"},
            ],
            "changes": [
                {"id": 13, "at": "2026-11-22T01:02:04.000Z", "by": {"kind": "signal", "name": null}, "action": "kill",
                    "route": null, "old": null, "new": null, "reason": "SIGNAL", "why": "SIGUSR1", "evidence": null},
                {"id": 12, "at": "2026-11-22T01:02:03.456Z", "by": {"kind": "person", "name": "ann"}, "action": "set",
                    "route": "tags_list", "old": {"mode": "legacy", "percent": 0}, "new": {"mode": "canary", "percent": 10},
                    "reason": "MANUAL", "why": "a week without a mismatch", "evidence": null},
            ],
        })));
    }

    #[test]
    fn a_bridge_that_has_just_begun_has_little_to_say() {
        insta::assert_snapshot!(text(json!({
            "version": "0.1.0", "uptime_seconds": 1.0, "ready": false, "kill_switch": false, "all": "native",
            "native_writes": "off", "legacy": {"url": "http://127.0.0.1:4242", "away_seconds": null}, "session": "unknown",
            "package": {"attached": false}, "endpoints": {"total": 264, "migrated": 129, "by_mode": {"native": 129}},
            "share_native": null, "match_rate": null, "verdicts": {}, "attention": [], "changes": [],
        })));
    }
}
