//! What the pages for people say is so: links lead somewhere, messages are those of the source, examples are valid.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::support::bridge::run;
use regex::Regex;
use tempfile::TempDir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder whose name ends so.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            found.extend(files(&entry, ending));
        } else if entry.to_str().unwrap().ends_with(ending) {
            found.push(entry);
        }
    }
    found
}

fn pages() -> Vec<PathBuf> {
    let mut pages = files(&root().join("docs"), ".md");
    pages.push(root().join("README.md"));
    pages
}

/// A page's blocks of this language, and the page without any block.
fn blocks(text: &str, language: &str) -> (Vec<String>, String) {
    let (mut blocks, mut rest, mut block) = (Vec::new(), String::new(), None::<(bool, String)>);
    for line in text.lines() {
        match (&mut block, line.strip_prefix("```")) {
            (None, Some(of)) => block = Some((of == language, String::new())),
            (Some((wanted, body)), Some(_)) => {
                if *wanted {
                    blocks.push(std::mem::take(body));
                }
                block = None;
            }
            (Some((_, body)), None) => body.extend([line, "\n"]),
            (None, None) => rest.extend([line, "\n"]),
        }
    }
    (blocks, rest)
}

/// The names of a page's headings, as they are linked to.
fn anchors(page: &Path) -> BTreeSet<String> {
    let text = blocks(&fs::read_to_string(page).unwrap(), "").1;
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let kept = |letter: &char| letter.is_alphanumeric() || "-_ ".contains(*letter);
    headings.map(|heading| heading.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")).collect()
}

#[test]
fn every_link_of_a_page_leads_to_a_file_and_a_heading_that_there_are() {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let mut lost = Vec::new();
    for page in pages() {
        let text = blocks(&fs::read_to_string(&page).unwrap(), "").1;
        for target in link.captures_iter(&text).map(|found| found.get(1).unwrap().as_str()) {
            if target.starts_with("http") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let to = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            let found = to.exists() && (anchor.is_empty() || anchors(&to).contains(anchor));
            if !found {
                lost.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
}

#[test]
fn every_message_of_the_index_of_errors_is_one_that_the_source_has() {
    let sources = files(&root().join("src"), ".rs");
    let source: String = sources.into_iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let source = Regex::new(r"\\\n\s*").unwrap().replace_all(&source, "").replace("\\\"", "\"");
    let index = fs::read_to_string(root().join("docs/guides/errors.md")).unwrap();
    let rows: Vec<&str> = index.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    assert!(rows.len() > 100, "{}", rows.len());
    for message in rows {
        for part in message.split('…').map(|part| part.trim_matches([' ', ':', '(', ')', '"', ';', ',', '.'])) {
            assert!(source.contains(part), "nothing says {part:?} of {message:?}");
        }
    }
}

#[test]
fn every_toml_of_the_guides_and_of_deploy_is_valid() {
    let folder = TempDir::new().unwrap();
    let pages = files(&root().join("docs/guides"), ".md");
    let mut all: Vec<String> =
        pages.iter().flat_map(|page| blocks(&fs::read_to_string(page).unwrap(), "toml").0).collect();
    all.extend(files(&root().join("deploy"), ".toml").iter().map(|file| fs::read_to_string(file).unwrap()));
    assert!(all.len() >= 4, "{all:?}");
    for toml in all {
        let file = folder.path().join("routes.toml");
        fs::write(&file, &toml).unwrap();
        let checked = run(&["check", file.to_str().unwrap()]);
        let said = String::from_utf8(checked.stdout).unwrap();
        assert!(checked.status.success(), "{said}{toml}");
    }
}

#[test]
fn every_variable_that_deploy_sets_is_a_key_of_the_configuration() {
    let keys = fs::read_to_string(root().join("docs/routes.md")).unwrap();
    let variable = Regex::new(r"CUTOVER_([A-Z]+)__([A-Z_]+)").unwrap();
    let mut found = 0;
    for file in files(&root().join("deploy"), "") {
        let text = fs::read_to_string(&file).unwrap();
        for name in variable.captures_iter(&text) {
            let key = format!("| `{}.{}` |", name[1].to_lowercase(), name[2].to_lowercase());
            assert!(keys.contains(&key), "{}: {}", file.display(), &name[0]);
            found += 1;
        }
    }
    assert!(found > 10, "{found}");
}
