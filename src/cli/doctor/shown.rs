//! Findings as text, and as JSON.

use std::fmt::Write;

use serde_json::json;

use super::finding::{Finding, Level};
use crate::parity::report::visible;

/// A line each, the remedy below, and what it comes to at the end.
pub(super) fn text(findings: &[Finding]) -> String {
    let mut text = String::new();
    let mut before = "";
    for finding in findings {
        // A check is named once, as a heading is.
        let check = if finding.check == before { "" } else { finding.check };
        before = finding.check;
        let level = match finding.level {
            Level::Ok => "ok",
            Level::Note => "note",
            Level::Wrong => "WRONG",
        };
        let _ = writeln!(text, "{check:14} {level:6} {}", visible(&finding.text));
        if let Some(remedy) = &finding.remedy {
            let _ = writeln!(text, "{:21} → {}", "", visible(remedy));
        }
    }
    let wrong = findings.iter().filter(|finding| finding.level == Level::Wrong).count();
    text + &match wrong {
        0 => "\nnothing is wrong\n".to_owned(),
        1 => "\n1 thing is wrong\n".to_owned(),
        wrong => format!("\n{wrong} things are wrong\n"),
    }
}

/// For programs.
pub(super) fn json(findings: &[Finding]) -> anyhow::Result<String> {
    let ok = findings.iter().all(|finding| finding.level != Level::Wrong);
    Ok(serde_json::to_string_pretty(&json!({"ok": ok, "findings": findings}))? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_has_its_remedy_below_and_is_counted() {
        let findings = [
            Finding::ok("ports", "127.0.0.1:4300 is free"),
            Finding::wrong("ports", "127.0.0.1:4301 is taken\u{1b}[31m", "choose another"),
            Finding::note("package", "none"),
        ];
        insta::assert_snapshot!(text(&findings), @r"
        ports          ok     127.0.0.1:4300 is free
                       WRONG  127.0.0.1:4301 is taken\u{1b}[31m
                              → choose another
        package        note   none

        1 thing is wrong
        ");
        assert!(text(&findings[..1]).ends_with("\nnothing is wrong\n"));
        let json: serde_json::Value = serde_json::from_str(&json(&findings).unwrap()).unwrap();
        assert_eq!((&json["ok"], &json["findings"][1]["level"]), (&false.into(), &"wrong".into()));
        assert_eq!(json["findings"][0]["remedy"], serde_json::Value::Null);
    }
}
