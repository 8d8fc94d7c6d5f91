//! The addresses that the bridge listens on: free, its own, or somebody else's. The notifier is at the public one.

use std::{
    fs, io,
    net::SocketAddr,
    os::unix::{fs::FileTypeExt, net::UnixStream},
    path::Path,
};

use super::{
    access,
    facts::{Facts, Found},
    finding::Finding,
    listening::{self, Listener},
};
use crate::files;

const CHECK: &str = "ports";
/// Longest path of a Unix socket (`sun_path` of unix(7) with its end), less the process id that it is made under.
const LONGEST: usize = 107 - ".4194304".len();

pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    let config = &facts.config;
    let (listen, admin) = (config.listen.address, config.admin.address);
    let runs = !matches!(facts.bridge, Found::Nobody(_));
    let bridges = bridges(facts, admin);
    let mut findings = vec![of("listen.address", listen, runs, &bridges), of("admin.address", admin, runs, &bridges)];
    if let Some(socket) = &config.compat.socket {
        findings.push(of_socket(socket, runs));
    }
    findings
}

/// Who answered as a bridge does, whatever its program is called.
fn bridges(facts: &Facts, admin: SocketAddr) -> Vec<u32> {
    let there = format!(":{}", admin.port());
    match &facts.bridge {
        Found::Running(bridge) if bridge.url.trim_end_matches('/').ends_with(&there) => {
            listening::on(admin).map_or_else(Vec::new, |found| found.processes.iter().map(|(pid, _)| *pid).collect())
        }
        _ => Vec::new(),
    }
}

fn of(key: &str, address: SocketAddr, runs: bool, bridges: &[u32]) -> Finding {
    if address.port() == 0 {
        return Finding::ok(CHECK, format!("{key}: a free one is picked at the start, and printed"));
    }
    match (listening::on(address), runs) {
        (Some(listener), true) => held(key, address, &listener, bridges),
        (Some(listener), false) => taken(key, address, &listener.to_string()),
        (None, true) => Finding::note(
            CHECK,
            format!(
                "nobody listens on {address} ({key}): the bridge that runs was started with other settings than these"
            ),
        ),
        (None, false) => free(key, address),
    }
}

/// By the bridge that runs, unless it can be seen that it is another process.
fn held(key: &str, address: SocketAddr, listener: &Listener, bridges: &[u32]) -> Finding {
    match listener.is_cutover(bridges) {
        Some(false) => taken(key, address, &listener.to_string()),
        _ => Finding::ok(CHECK, format!("{address} ({key}) is the bridge's: {listener}")),
    }
}

fn taken(key: &str, address: SocketAddr, who: &str) -> Finding {
    let remedy = format!("stop that one, or set {key} to another port, and point clients there");
    Finding::wrong(CHECK, format!("{address} ({key}) is taken: {who} listens on it"), remedy)
}

/// Nobody listens there; whether we may, only trying tells.
fn free(key: &str, address: SocketAddr) -> Finding {
    let (what, remedy) = match std::net::TcpListener::bind(address).map_err(|error| error.kind()) {
        Ok(_) => return Finding::ok(CHECK, format!("{address} ({key}) is free")),
        Err(io::ErrorKind::AddrInUse) => return taken(key, address, "a process that is not seen from here"),
        Err(io::ErrorKind::AddrNotAvailable) => {
            ("this machine has no such address", "one of its own, 127.0.0.1 or 0.0.0.0")
        }
        Err(io::ErrorKind::PermissionDenied) => {
            ("ports below 1024 need rights that this user lacks", "a port above 1023")
        }
        Err(_) => ("the system refuses it", "another address"),
    };
    Finding::wrong(CHECK, format!("{address} ({key}) can not be listened on: {what}"), format!("set {key} to {remedy}"))
}

/// The Unix socket for the package.
fn of_socket(path: &Path, runs: bool) -> Finding {
    let shown = path.display();
    let wrong = |text: String, remedy: &str| Finding::wrong(CHECK, format!("{shown} (compat.socket) {text}"), remedy);
    if path.as_os_str().len() > LONGEST {
        return wrong(
            format!("is longer than {LONGEST} bytes, which a socket's path may have"),
            "choose a shorter path",
        );
    }
    match fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => {
            wrong("is a file, and no socket".to_owned(), "move it away, or choose another path")
        }
        Ok(_) => match UnixStream::connect(path) {
            Ok(_) if runs => Finding::ok(CHECK, format!("{shown} (compat.socket) is the bridge's")),
            Ok(_) => {
                wrong("is taken: another process listens on it".to_owned(), "stop that one, or choose another path")
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                Finding::ok(CHECK, format!("{shown} (compat.socket) was left behind, and is replaced at the start"))
            }
            Err(error) => wrong(format!("can not be connected to: {error}"), "run this as the bridge's user"),
        },
        Err(_) if access::may_make_files(files::directory(path)) => {
            Finding::ok(CHECK, format!("{shown} (compat.socket) can be made"))
        }
        Err(_) => {
            let remedy =
                format!("make {} a directory that the bridge's user may write", files::directory(path).display());
            wrong("can not be made".to_owned(), &remedy)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::finding::Level, *};

    #[test]
    fn a_port_is_free_or_taken_by_somebody_with_a_name() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let taken = of("listen.address", address, false, &[]);
        let us = format!("process {}", std::process::id());
        assert!(taken.level == Level::Wrong && taken.text.contains(&us), "{taken:?}");
        assert_eq!(of("listen.address", address, true, &[]).level, Level::Wrong, "a bridge runs, but this is none");
        let of_the_bridge = of("listen.address", address, true, &[std::process::id()]);
        assert_eq!(of_the_bridge.level, Level::Ok, "whatever its program is called");
        drop(listener);
        assert_eq!(of("listen.address", address, false, &[]).level, Level::Ok);
        assert_eq!(of("listen.address", address, true, &[]).level, Level::Note);
        assert_eq!(of("listen.address", "127.0.0.1:0".parse().unwrap(), false, &[]).level, Level::Ok);
        let elsewhere = of("listen.address", "192.0.2.1:4300".parse().unwrap(), false, &[]);
        assert!(elsewhere.level == Level::Wrong && elsewhere.text.contains("no such address"), "{elsewhere:?}");
    }

    #[test]
    fn a_socket_is_free_left_behind_taken_or_no_socket() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("s");
        let said = |runs| of_socket(&path, runs);
        assert!(said(false).text.ends_with("can be made"));
        let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        assert_eq!((said(false).level, said(true).level), (Level::Wrong, Level::Ok));
        drop(listener);
        assert!(said(false).text.contains("left behind"));
        fs::remove_file(&path).unwrap();
        fs::write(&path, "").unwrap();
        assert!(said(false).text.contains("no socket"));
        let long = directory.path().join("x".repeat(100));
        assert_eq!(of_socket(&long, false).level, Level::Wrong);
        assert_eq!(of_socket(Path::new("/nowhere/at/all"), false).level, Level::Wrong);
    }
}
