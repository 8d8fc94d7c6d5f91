//! The backend: that it answers, what it is, and that it works on the directory that the bridge reads.

use std::path::Path;

use super::{facts::Facts, finding::Finding};
use crate::schema::version::LEGACY;

const CHECK: &str = "backend";

pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    let authority = &facts.authority;
    let answer = match &facts.info {
        Ok(answer) => answer,
        Err(why) => {
            let remedy =
                "start it, or say in legacy.url where it listens; until then what is not native is answered 503 or 504";
            return vec![Finding::wrong(CHECK, format!("nothing answers at http://{authority}: {why}"), remedy)];
        }
    };
    if answer.by_bridge {
        let text = format!("what answers at http://{authority} is a bridge: requests would go round in a circle");
        return vec![Finding::wrong(
            CHECK,
            text,
            "set legacy.url to the backend's own port (4242 unless it was changed)",
        )];
    }
    let Some(result) = answer.result() else {
        let status = answer.status;
        let text =
            format!("what answers at http://{authority} does not say what it is: GET /api/1/info has status {status}");
        let remedy =
            "if rotki is there, look into its log; if it is no rotki, everything is forwarded and nothing is native";
        return vec![Finding::wrong(CHECK, text, remedy)];
    };
    let version = result["version"]["our_version"].as_str().unwrap_or_default();
    let mut findings = vec![of_version(version, authority)];
    findings.extend(directory(facts));
    findings.extend(facts.websocket.as_ref().map(|opened| match opened {
        Ok(()) => Finding::ok(CHECK, format!("its websocket opens: ws://{authority}/ws")),
        Err(why) => {
            let text = format!("its websocket at ws://{authority}/ws does not open: {why}");
            Finding::wrong(
                CHECK,
                text,
                "clients hear nothing from it; look into its log, and whether a proxy is in between",
            )
        }
    }));
    findings
}

fn of_version(version: &str, authority: &str) -> Finding {
    if version.trim_start_matches('v') == LEGACY {
        return Finding::ok(CHECK, format!("version {version} answers at http://{authority}"));
    }
    // As rotki says that is run from its source, without being installed.
    let source = if version == "0.0.0" { " (one that runs from its source)" } else { "" };
    let text = format!(
        "version {version}{source} answers at http://{authority}; handlers were written for {LEGACY}. What counts is the version of \
         each database: those of another are left alone, and their routes forwarded"
    );
    Finding::note(CHECK, text)
}

fn directory(facts: &Facts) -> Option<Finding> {
    let theirs = facts.legacys_directory()?;
    let (shown, Some(ours)) = (theirs.display(), facts.config.data.directory.as_deref()) else {
        let text = format!(
            "data.directory is not set, and nothing that needs a database is native; the backend's is {}",
            theirs.display()
        );
        return Some(Finding::note(CHECK, text));
    };
    if same(&theirs, ours) {
        return Some(Finding::ok(CHECK, format!("it works in data.directory, {shown}")));
    }
    if !theirs.exists() {
        let text = format!(
            "it works in {shown}, which is not seen from here (a container?); data.directory is {}",
            ours.display()
        );
        return Some(Finding::note(CHECK, text));
    }
    let text = format!("it works in {shown}, but data.directory is {}", ours.display());
    Some(Finding::wrong(
        CHECK,
        text,
        format!("set data.directory to {shown}: native routes would answer from other files"),
    ))
}

fn same(one: &Path, other: &Path) -> bool {
    one == other || matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests {
    use super::{super::finding::Level, *};

    fn levels(toml: &str, info: Result<&str, &str>) -> Vec<Level> {
        check(&Facts::of(toml, info)).iter().map(|finding| finding.level).collect()
    }

    fn info(version: &str, directory: &str) -> String {
        serde_json::json!({"result": {"version": {"our_version": version}, "data_directory": directory}}).to_string()
    }

    #[test]
    fn the_version_that_handlers_know_is_fine_and_another_is_a_note() {
        assert_eq!(levels("data = \"/tmp\"", Ok(&info("1.40.1", "/tmp"))), [Level::Ok; 3]);
        assert_eq!(levels("data = \"/tmp/.\"", Ok(&info("v1.40.1", "/tmp"))), [Level::Ok; 3]);
        assert_eq!(levels("data = \"/tmp\"", Ok(&info("1.41.0", "/tmp")))[0], Level::Note);
    }

    #[test]
    fn another_data_directory_than_the_backends_is_wrong_where_both_can_be_seen() {
        assert_eq!(levels("data = \"/tmp\"", Ok(&info("1.40.1", "/")))[1], Level::Wrong);
        assert_eq!(levels("data = \"/tmp\"", Ok(&info("1.40.1", "/nowhere/at/all")))[1], Level::Note);
        assert_eq!(levels("", Ok(&info("1.40.1", "/tmp")))[1], Level::Note);
    }

    #[test]
    fn nobody_and_somebody_else_are_wrong() {
        assert_eq!(levels("", Err("refused")), [Level::Wrong]);
        assert_eq!(levels("", Ok("hello")), [Level::Wrong]);
        let mut facts = Facts::of("", Ok(&info("1.40.1", "/tmp")));
        facts.info.as_mut().unwrap().by_bridge = true;
        assert!(check(&facts)[0].text.contains("in a circle"));
    }
}
