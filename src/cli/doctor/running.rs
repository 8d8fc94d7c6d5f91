//! What is at the admin address, and what a bridge there says of itself.

use std::collections::BTreeSet;

use super::{
    facts::{Facts, Found, Running},
    finding::Finding,
};

const CHECK: &str = "bridge";
/// Kinds of what wants attention that nothing is wrong with.
const FINE: [&str; 2] = ["held", "ready"];

pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    match &facts.bridge {
        Found::Nobody(url) => {
            vec![Finding::note(CHECK, format!("none runs at {url}; the rest is looked at without it"))]
        }
        Found::Silent(why) => {
            let remedy =
                "give its token with --token-file FILE, or its address with --admin URL; or end what else is there";
            vec![Finding::wrong(CHECK, format!("a bridge at the admin address can not be asked: {why}"), remedy)]
        }
        Found::Running(running) => told(running, env!("CARGO_PKG_VERSION")),
    }
}

fn told(running: &Running, own: &str) -> Vec<Finding> {
    let (url, version) = (&running.url, &running.overview.version);
    let mut findings = vec![Finding::ok(CHECK, format!("runs at {url}, version {version}"))];
    if version != own {
        let text = format!("the bridge that runs is version {version}, this command is version {own}");
        findings.push(Finding::wrong(CHECK, text, "restart the bridge, so that the installed version runs"));
    }
    for item in &running.overview.attention {
        let remedy = item.remedy.clone().unwrap_or_default();
        findings.push(if FINE.contains(&item.kind.as_str()) {
            Finding::note(CHECK, format!("{} {remedy}", item.text))
        } else {
            Finding::wrong(CHECK, &item.text, remedy)
        });
    }
    findings.extend(declined(running));
    findings
}

/// Routes that decline because a database is of another version: the users' show when they are read.
fn declined(running: &Running) -> Vec<Finding> {
    let routes = running.routes.as_array().map(Vec::as_slice).unwrap_or_default();
    let why: BTreeSet<&str> = routes.iter().filter_map(|route| route["declined"].as_str()).collect();
    let finding = |why: &str| {
        let count = routes.iter().filter(|route| route["declined"] == why).count();
        let remedy = "nothing breaks, and nothing of these is native: use a bridge that was made for this version of the backend";
        Finding::wrong(CHECK, format!("{count} routes are forwarded: {why}"), remedy)
    };
    why.into_iter().map(finding).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::finding::Level, *};

    #[test]
    fn what_wants_attention_is_wrong_and_what_waits_for_a_person_is_not() {
        let facts = Facts::of("", Err("away")).with(
            json!({}),
            json!([{"declined": "x has version 50"}, {"declined": "x has version 50"}, {"declined": null}]),
            json!({"version": "0.0.1", "attention": [
                {"kind": "ready", "text": "tags_list is through.", "remedy": "Promote it."},
                {"kind": "legacy", "text": "Legacy is away.", "remedy": "Start it."},
            ]}),
        );
        let findings = check(&facts);
        let levels: Vec<Level> = findings.iter().map(|finding| finding.level).collect();
        assert_eq!(levels, [Level::Ok, Level::Wrong, Level::Note, Level::Wrong, Level::Wrong]);
        assert_eq!(findings[3].remedy.as_deref(), Some("Start it."));
        assert_eq!(findings[4].text, "2 routes are forwarded: x has version 50");
    }

    #[test]
    fn a_bridge_that_has_not_been_started_is_no_fault() {
        assert_eq!(check(&Facts::of("", Err("away")))[0].level, Level::Note);
    }
}
