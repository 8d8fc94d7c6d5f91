//! What a shell completes, asked of the shell; and the manual, as the reader of manuals shows it.

use std::process::Command;

use crate::support::bridge::run;

/// Whether a program is there to be run.
fn has(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        println!("skipped: there is no {program} here");
    }
    there
}

#[test]
fn bash_completes_commands_options_and_the_words_of_options() {
    if !has("bash") {
        return;
    }
    let directory = tempfile::TempDir::new().unwrap();
    let script = directory.path().join("cutover");
    std::fs::write(&script, run(&["completions", "bash"]).stdout).unwrap();
    // As bash itself calls it (bash(1), "Programmable Completion"): the command, the word so far, the one before.
    let asks = r#"
        . "$0"
        handler=$(complete -p cutover | sed 's/.*-F \([^ ]*\).*/\1/')
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        "$handler" cutover "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}""#;
    for (words, wanted, unwanted) in [
        (&["cutover", ""][..], &["serve", "check", "parity", "completions"][..], &["--json"][..]),
        (&["cutover", "pa"], &["parity"], &["serve"]),
        (&["cutover", "serve", "--da"], &["--data-dir"], &["--admin"]),
        (&["cutover", "parity", ""], &["record", "replay", "learn", "report"], &["serve"]),
        (&["cutover", "completions", "z"], &["zsh"], &["bash"]),
    ] {
        let asked = Command::new("bash").args(["--norc", "-c", asks]).arg(&script).args(words).output().unwrap();
        let said = String::from_utf8_lossy(&asked.stdout).into_owned();
        let said: Vec<&str> = said.lines().collect();
        for word in wanted {
            assert!(said.contains(word), "{words:?}: {said:?} {}", String::from_utf8_lossy(&asked.stderr));
        }
        assert!(unwanted.iter().all(|word| !said.contains(word)), "{words:?}: {said:?}");
    }
}

#[test]
fn every_shell_gets_a_script_and_an_unknown_one_the_list() {
    for (shell, part) in
        [("bash", "complete -F"), ("zsh", "#compdef cutover"), ("fish", "complete -c cutover"), ("elvish", "edit:")]
    {
        let output = run(&["completions", shell]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && text.contains(part), "{shell}");
    }
    let output = run(&["completions", "csh"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && text.contains("bash") && text.contains("fish"), "{text}");
}

#[test]
fn there_is_a_manual_page_for_every_command_and_nothing_is_wrong_with_it() {
    let directory = tempfile::TempDir::new().unwrap();
    let output = run(&["man", directory.path().to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    let mut pages: Vec<String> = std::fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    for page in ["cutover.1", "cutover-serve.1", "cutover-flag.1", "cutover-parity.1", "cutover-parity-learn.1"] {
        assert!(pages.iter().any(|found| found == page), "{page} of {pages:?}");
    }
    assert!(!pages.iter().any(|page| page.contains("help")), "{pages:?}");
    if !has("groff") {
        return;
    }
    for page in &pages {
        // Every warning that there is, on what a terminal would show.
        let shown = Command::new("groff")
            .args(["-man", "-Tutf8", "-ww", "-P-cbuo"])
            .arg(directory.path().join(page))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&shown.stdout).into_owned();
        assert_eq!(String::from_utf8_lossy(&shown.stderr), "", "{page}");
        assert!(["NAME", "SYNOPSIS", "OPTIONS"].iter().all(|section| text.contains(section)), "{page}: {text}");
    }
}

#[test]
fn the_manual_goes_nowhere_where_there_is_no_folder() {
    let output = run(&["man", "/nowhere/at/all"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && text.starts_with("cutover: writing to /nowhere/at/all"), "{text}");
}
