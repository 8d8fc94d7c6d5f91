//! docs/security.md and docs/legacy-quirks.md, held against the tests they name; and the statements, held against what was
//! reviewed.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use regex::Regex;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All source files below a directory, with their paths from the root.
fn sources(directory: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join(directory)).unwrap() {
        let path = directory.join(entry.unwrap().file_name());
        if root().join(&path).is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push((path.display().to_string(), std::fs::read_to_string(root().join(&path)).unwrap()));
        }
    }
    found.sort();
    found
}

/// A test as documents name it: a file of tests/ or a module of the library, and the name.
fn named() -> Regex {
    Regex::new(r"`([a-z_]+(?:::[a-z_0-9]+)*)::([a-z_0-9]{20,})`").unwrap()
}

/// Says which of the tests that a document names do not exist; gives the document, and how many it names.
fn with_tests_that_exist(document: &str) -> (String, usize) {
    let page = std::fs::read_to_string(root().join(document)).unwrap();
    let (tests, library) = (sources(Path::new("tests")), sources(Path::new("src")));
    let mut count = 0;
    for found in named().captures_iter(&page) {
        let (place, test) = (&found[1], &found[2]);
        count += 1;
        let within = [
            (&tests, format!("tests/{}.rs", place.replace("::", "/"))),
            (&library, format!("src/{}.rs", place.replace("::", "/"))),
            (&library, format!("src/{}/mod.rs", place.replace("::", "/"))),
        ];
        let texts: Vec<&str> = within
            .iter()
            .flat_map(|(files, name)| files.iter().filter(move |(path, _)| path == name))
            .map(|(_, text)| text.as_str())
            .collect();
        assert!(!texts.is_empty(), "there is no {place}, which {document} names");
        let function = format!("fn {test}(");
        let at = texts.iter().find_map(|text| Some((text, text.find(&function)?)));
        let (text, at) = at.unwrap_or_else(|| panic!("{place} has no {test}, which {document} names"));
        let before: String = text[..at].lines().rev().take(4).collect();
        assert!(before.contains("test") || text[..at].contains("proptest! {"), "{place}::{test} is no test");
    }
    (page, count)
}

#[test]
fn every_test_that_the_list_of_quirks_names_exists_and_every_quirk_names_one() {
    let (page, count) = with_tests_that_exist("docs/legacy-quirks.md");
    assert!(count > 20, "{count}");
    let named = named();
    for row in
        page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---") && !line.starts_with("| quirk"))
    {
        assert!(named.is_match(row), "no test is named: {row}");
    }
}

#[test]
fn every_test_that_the_threat_model_names_exists_and_every_threat_names_one() {
    let (page, count) = with_tests_that_exist("docs/security.md");
    assert!(count > 40, "{count}");
    let named = named();
    // Rows of tables are threats, with a defence and a test each.
    for row in page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| ---") && !line.starts_with("| threat"))
    {
        assert_eq!(row.matches(" | ").count(), 2, "{row}");
        assert!(named.is_match(row), "no test is named: {row}");
    }
}

/// Places where a statement is put together, and what is put into it: texts of the program's own, checked names of
/// columns, numbers. No text of a client. Whoever adds one has looked at it, and at `tests/hostile.rs`.
const REVIEWED: &[(&str, &str)] = &[
    ("src/db/cipher.rs", "digest.name() page kdf hmac"),
    ("src/db/open.rs", "more PAGES"),
    ("src/handlers/accounting/conflicts.rs", "COLUMNS end Link::COLUMNS"),
    ("src/handlers/accounting/export.rs", "COLUMNS Link::COLUMNS"),
    ("src/handlers/accounting/rules.rs", "conditions.join(\" AND \") COLUMNS filter end Link::COLUMNS"),
    (
        "src/handlers/assets/custom/list.rs",
        "COLUMNS.terms(&arguments, \"a.name ASC\")? TABLES clause order limit offset",
    ),
    ("src/handlers/assets/cut.rs", "columns from(self.filter, &[&clause]) from whole needed clause order"),
    ("src/handlers/assets/levenshtein.rs", "TABLES self.filter.clause()"),
    ("src/handlers/assets/mappings.rs", "TABLES membership.condition()"),
    ("src/handlers/assets/prices/list.rs", "order filter.clause()"),
    ("src/handlers/assets/query.rs", "terms ties(arguments)?"),
    ("src/handlers/assets/search.rs", "terms ties(&arguments) TABLES order limit filter.clause()"),
    ("src/handlers/assets/symbols/list.rs", "columns table clause order limit offset"),
    ("src/handlers/calendar/entries.rs", "condition order COLUMNS.join(\",\") all"),
    ("src/handlers/calendar/write.rs", "table"),
    ("src/handlers/filter.rs", "self.conditions.join(\" AND \")"),
    (
        "src/handlers/history/events/list/found.rs",
        "what joined(wanted) filter.clause() source order wanted.met.columns() end",
    ),
    ("src/handlers/history/events/list/walk.rs", "joined(wanted) filter.clause() order wanted.met.columns()"),
    ("src/handlers/names/addressbook/list.rs", "conditions.join(\" AND \") filter end"),
    ("src/handlers/notes/list.rs", "columns FREE notes filter.clause() order cut"),
    ("src/handlers/ordering.rs", "terms order limit offset"),
    ("src/handlers/reports/events.rs", "condition end"),
    ("src/handlers/reports/list.rs", "COLUMNS"),
    ("src/handlers/tags/write.rs", "columns.join(\", \")"),
    ("src/jobs/calendar_reminders.rs", "columns.join(\", \")"),
    ("src/parity/evidence/heads.rs", "COLUMNS"),
    ("src/parity/evidence/reader.rs", "pragma"),
    ("src/parity/evidence/store.rs", "PAGE"),
];

/// The arguments of a macro behind its text.
fn arguments(text: &str) -> Vec<String> {
    let (mut depth, mut quoted, mut found, mut argument) = (0, false, Vec::new(), String::new());
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted && depth == 0 => break,
            ')' | ']' | '}' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                found.push(std::mem::take(&mut argument));
                continue;
            }
            _ => {}
        }
        argument.push(c);
    }
    found.push(argument);
    let tidy = found.iter().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    tidy.filter(|text| !text.is_empty()).collect()
}

#[test]
fn statements_are_put_together_in_reviewed_places_alone_out_of_reviewed_parts() {
    let text =
        Regex::new(r#"(?s)(?:format|write|writeln|format_args)!\(\s*(?:&mut \w+,\s*|\w+,\s*)?"((?:[^"\\]|\\.)*)""#)
            .unwrap();
    let statement = Regex::new(
        r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|WHERE|ORDER BY|LIMIT|OFFSET|PRAGMA|ATTACH|SAVEPOINT|ROLLBACK TO|RELEASE|VALUES)\b",
    )
    .unwrap();
    let part = Regex::new(r"\{([a-zA-Z_0-9]*)(?::[^{}]*)?\}").unwrap();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, source) in sources(Path::new("src")) {
        // What tests put together is theirs.
        let source = source.split("#[cfg(test)]").next().unwrap();
        for written in text.captures_iter(source).filter(|written| statement.is_match(&written[1])) {
            let parts = found.entry(path.clone()).or_default();
            parts
                .extend(part.captures_iter(&written[1]).map(|part| part[1].to_owned()).filter(|name| !name.is_empty()));
            parts.extend(arguments(&source[written.get(0).unwrap().end()..]));
        }
    }
    for (path, parts) in &found {
        let reviewed = REVIEWED.iter().find(|(known, _)| known == path);
        let reviewed = reviewed.unwrap_or_else(|| panic!("{path} puts a statement together, of {parts:?}")).1;
        for part in parts {
            let known =
                reviewed == part || reviewed.split(' ').any(|known| known == part) || reviewed.contains(part.as_str());
            assert!(known, "{path} puts {part} into a statement; reviewed were: {reviewed}");
        }
    }
    for (path, _) in REVIEWED {
        assert!(found.contains_key(*path), "{path} puts no statement together any more");
    }
}
