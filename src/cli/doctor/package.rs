//! The package inside the legacy process: wanted, and there.

use serde_json::Value;

use super::{facts::Facts, finding::Finding};
use crate::{compat::Part, config::NativeWrites};

const CHECK: &str = "package";

pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    let Some(socket) = &facts.config.compat.socket else { return vec![without(facts)] };
    let Some(running) = facts.running() else {
        let text =
            format!("the bridge will listen for it at {}; whether it is there shows when both run", socket.display());
        return vec![Finding::note(CHECK, text)];
    };
    let compat = &running.status["compat"];
    if compat["attached"] != true {
        let text = format!("compat.socket is {}, and the package inside legacy is not attached", socket.display());
        let remedy = "start legacy with cutover_compat loaded, as the same user; docs/compat.md says how";
        return vec![Finding::wrong(CHECK, text, remedy)];
    }
    let (backend, pid) = (compat["backend"].as_str().unwrap_or("?"), &compat["pid"]);
    let mut findings = vec![Finding::ok(CHECK, format!("attached: {backend}, process {pid}"))];
    let off: Vec<&str> =
        Part::ALL.map(Part::as_str).into_iter().filter(|part| is_off(&compat["parts"][*part])).collect();
    if !off.is_empty() {
        findings.push(Finding::note(
            CHECK,
            format!("parts of it that are off: {}; docs/compat.md says what each does", off.join(", ")),
        ));
    }
    findings
}

/// A switch that is off, or a list with nothing in it.
fn is_off(part: &Value) -> bool {
    *part == false || part.as_array().is_some_and(Vec::is_empty)
}

/// No socket for it is configured.
fn without(facts: &Facts) -> Finding {
    let config = &facts.config;
    let tasks = config.native_tasks().words();
    let wanted = if config.flags.native_writes == NativeWrites::Guarded {
        "flags.native_writes is \"guarded\": routes that write stay legacy's".to_owned()
    } else if tasks.is_empty() {
        return Finding::note(CHECK, "compat.socket is not set: the bridge does without the package inside legacy");
    } else {
        format!("background tasks in mode native stay legacy's: {}", tasks.join(", "))
    };
    let remedy =
        "set compat.socket, restart the bridge, and start legacy with cutover_compat loaded; docs/compat.md says how";
    Finding::wrong(CHECK, format!("without compat.socket, {wanted}"), remedy)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::finding::Level, *};

    fn said(toml: &str, compat: Option<Value>) -> Vec<Level> {
        let mut facts = Facts::of(toml, Err("away"));
        if let Some(compat) = compat {
            facts = facts.with(json!({"compat": compat}), json!([]), json!({}));
        }
        check(&facts).iter().map(|finding| finding.level).collect()
    }

    #[test]
    fn it_is_missed_only_where_something_needs_it() {
        assert_eq!(said("", None), [Level::Note]);
        assert_eq!(said("[flags]\nnative_writes = \"guarded\"", None), [Level::Wrong]);
        let socket = "[compat]\nsocket = \"/run/x\"";
        assert_eq!(said(socket, None), [Level::Note]);
        assert_eq!(said(socket, Some(json!({"attached": false}))), [Level::Wrong]);
        let parts =
            json!({"notifier": true, "session": true, "caches": ["assets"], "transactions": true, "tasks": ["x"]});
        let mut compat = json!({"attached": true, "backend": "rotki", "pid": 7, "parts": parts});
        assert_eq!(said(socket, Some(compat.clone())), [Level::Ok]);
        compat["parts"]["tasks"] = json!([]);
        assert_eq!(said(socket, Some(compat)), [Level::Ok, Level::Note]);
    }
}
