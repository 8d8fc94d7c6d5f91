//! `cutover parity record`, as a process of its own.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use cutover::parity::har::{self, Entry};

use super::{bridge::Bridge, eventually};

/// A running recorder, ended when it is dropped.
pub struct Recorder {
    child: Child,
    stdout: BufReader<std::process::ChildStdout>,
    /// The file it writes.
    pub out: PathBuf,
}

/// How a recorder ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
}

impl Recorder {
    /// Records what passes through a bridge, from when this returns.
    pub fn of(bridge: &Bridge, out: &Path, arguments: &[&str]) -> Self {
        let admin = format!("http://{}", bridge.admin);
        Self::start(out, &[&["--admin", &admin], arguments].concat())
    }

    /// Starts one and waits until it records.
    pub fn start(out: &Path, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cutover"))
            .args(["parity", "record", "--out"])
            .arg(out)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("recording "), "{line}");
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdout, out: out.to_owned() }
    }

    /// Of one that stands alone: where it listens.
    pub fn address(&mut self) -> SocketAddr {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.trim().strip_prefix("cutover listening on http://").unwrap_or_else(|| panic!("{line}")).parse().unwrap()
    }

    /// What is in the file; it is a whole HAR at any moment.
    pub fn entries(&self) -> Vec<Entry> {
        har::read(&self.out).unwrap().entries
    }

    /// Waits until there are so many entries.
    pub async fn until(&self, count: usize) -> Vec<Entry> {
        eventually("the entries", || async { Some(self.entries()).filter(|entries| entries.len() >= count) }).await
    }

    /// Sends it a signal, as in `INT`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end.
    pub fn ended(mut self) -> Ended {
        let mut stdout = String::new();
        self.stdout.read_to_string(&mut stdout).unwrap();
        Ended { code: self.child.wait().unwrap().code(), stdout }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
