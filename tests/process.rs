//! What other processes see of the bridge's memory: nothing, and a crash leaves none of it behind.
#![cfg(target_os = "linux")]

use std::{
    os::unix::{fs::MetadataExt, process::ExitStatusExt},
    path::Path,
    process::Command,
};

use crate::support::{
    bridge::{Bridge, Setup},
    upstream::Upstream,
};
use tempfile::TempDir;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const NOBODY: &str = "65534";
/// Commands that run what follows as another user, without root's rights.
const AS_NOBODY: [&str; 4] = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

fn is_root() -> bool {
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

/// A line of `/proc/PID/FILE`.
fn line(bridge: &Bridge, file: &str, name: &str) -> String {
    let text = std::fs::read_to_string(format!("/proc/{}/{file}", bridge.pid())).unwrap();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{text}"));
    line[name.len()..].split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bridge_allows_itself_no_core_file_and_nobody_its_files_whatever_it_was_started_with() {
    let upstream = Upstream::always(OK).await;
    let generous = ["sh", "-c", "umask 000; ulimit -c $(ulimit -H -c); exec \"$@\"", "sh"];
    let bridge = Setup::before(upstream.address).under(&generous).start_alone();
    assert_eq!(line(&bridge, "limits", "Max core file size"), "0 0 bytes");
    assert_eq!(line(&bridge, "status", "Umask:"), "0077");
    drop(bridge);
    let open = Setup::before(upstream.address).under(&generous).environment("CUTOVER_PROCESS__DUMPABLE", "true");
    let bridge = open.start_alone();
    assert_eq!(line(&bridge, "status", "Umask:"), "0077", "files are nobody's business even then");
}

/// Whether another process of the same user reads what needs the right to trace the bridge: its environment, its memory.
fn is_seen(bridge: &Bridge) -> bool {
    let file = format!("/proc/{}/environ", bridge.pid());
    let words: &[&str] = if is_root() { &AS_NOBODY } else { &["env"] };
    let read = Command::new(words[0]).args(&words[1..]).args(["cat", &file]).output().unwrap();
    let denied = String::from_utf8_lossy(&read.stderr).contains("Permission denied");
    assert_ne!(read.status.success(), denied, "{read:?}");
    read.status.success()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_of_the_same_user_can_not_look_into_the_bridges_memory() {
    let upstream = Upstream::always(OK).await;
    for dumpable in [false, true] {
        let directory = TempDir::new().unwrap();
        let mut setup = Setup::before(upstream.address)
            .within(directory.path())
            .routes("# none\n")
            .environment("CUTOVER_PROCESS__DUMPABLE", if dumpable { "true" } else { "false" });
        if is_root() {
            // Root may look into every process.
            let tries = ["test", "-x", env!("CARGO_BIN_EXE_cutover")];
            let may = Command::new(AS_NOBODY[0]).args(&AS_NOBODY[1..]).args(tries).status();
            if !may.is_ok_and(|status| status.success()) {
                eprintln!("skipped: no other user can be taken here, or none that reaches the binary");
                return;
            }
            let given = Command::new("chown").arg(NOBODY).arg(directory.path()).status();
            assert!(given.unwrap().success());
            setup = setup.under(&AS_NOBODY);
        }
        let bridge = setup.start_alone();
        let user = line(&bridge, "status", "Uid:");
        assert!(!user.starts_with("0 "), "{user}");
        assert_eq!(is_seen(&bridge), dumpable);
        let owner = std::fs::metadata(format!("/proc/{}/mem", bridge.pid())).unwrap().uid();
        assert_eq!(owner == 0, !dumpable, "owned by {owner}");
    }
}

/// Files that a crash has left in a directory.
fn cores(directory: &Path) -> Vec<String> {
    let names = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter_map(|name| name.into_string().ok()).filter(|name| name.contains("core")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_that_crashes_leaves_no_copy_of_its_memory() {
    let upstream = Upstream::always(OK).await;
    for dumpable in ["false", "true"] {
        let directory = TempDir::new().unwrap();
        let place = directory.path().to_str().unwrap();
        let generous = ["sh", "-c", "cd \"$0\" && ulimit -c unlimited; exec \"$@\"", place];
        let bridge = Setup::before(upstream.address)
            .under(&generous)
            .environment("CUTOVER_PROCESS__DUMPABLE", dumpable)
            .start_alone();
        let limit = line(&bridge, "limits", "Max core file size");
        bridge.signal("ABRT");
        let ended = bridge.ended();
        assert_eq!(ended.signal(), Some(6), "{ended:?}");
        if dumpable == "false" {
            assert!(!ended.core_dumped(), "{ended:?}");
            assert_eq!(cores(directory.path()), Vec::<String>::new());
        } else if !limit.starts_with("unlimited") || !ended.core_dumped() {
            eprintln!("this machine lets no process dump its core ({limit}): nothing was to be prevented");
        }
    }
}
