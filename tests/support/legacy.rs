//! The legacy backend of compat/legacy, as a process of its own.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

/// The seeded user with data.
pub const USER: &str = "ada";
/// Its password.
pub const PASSWORD: &str = "p'w ö 1";

/// Routes without arguments that it has and the bridge has handlers for; others have handlers that it knows nothing of.
pub const ROUTES: [&str; 7] = [
    "/api/1/ping",
    "/api/1/info",
    "/api/1/users",
    "/api/1/settings",
    "/api/1/tags",
    "/api/1/assets/types",
    "/api/1/locations/all",
];

/// A running legacy, killed when it is dropped.
pub struct Legacy {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    directory: PathBuf,
    /// Arguments of Python that have it run by something else.
    under: Vec<String>,
    _temporary: Option<TempDir>,
}

impl Legacy {
    /// With a seeded data directory of its own.
    pub fn start() -> Self {
        Self::seeded(Vec::new())
    }

    /// The same, with the package in it that talks to the bridge at this socket.
    pub fn with_package(socket: &Path) -> Self {
        let bridge = format!("unix:{}", socket.display());
        Self::seeded(["-m", "cutover_compat", "--bridge", &bridge, "--"].map(ToOwned::to_owned).to_vec())
    }

    fn seeded(under: Vec<String>) -> Self {
        let temporary = TempDir::new().unwrap();
        let directory = temporary.path().join("data");
        let (child, address) = spawn(&under, &directory, 0, &["--seed-data", "small"]);
        Self { child, address, directory, under, _temporary: Some(temporary) }
    }

    /// On a data directory that is there already.
    pub fn on(directory: &Path, arguments: &[&str]) -> Self {
        let (child, address) = spawn(&[], directory, 0, arguments);
        Self { child, address, directory: directory.to_owned(), under: Vec::new(), _temporary: None }
    }

    /// Its data directory.
    pub fn data(&self) -> &Path {
        &self.directory
    }

    /// Sends it a signal, as in `STOP`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Ends it without a word, as a crash does.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it again on the same port and data.
    pub fn restart(&mut self) {
        self.kill();
        let (child, address) = spawn(&self.under, &self.directory, self.address.port(), &[]);
        self.child = child;
        assert_eq!(address, self.address);
    }
}

impl Drop for Legacy {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(under: &[String], directory: &Path, port: u16, arguments: &[&str]) -> (Child, SocketAddr) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join(".venv/bin/python");
    assert!(
        python.exists(),
        "there is no .venv with the legacy backend in it; run scripts/test, or scripts/setup alone"
    );
    let mut child = Command::new(python)
        .args(under)
        .args(["-m", "legacy", "--api-cors", "*", "--rest-api-port", &port.to_string(), "--data-dir"])
        .arg(directory)
        .args(arguments)
        .env("PYTHONPATH", root.join("compat"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address =
        line.trim().strip_prefix("legacy listening on http://").unwrap_or_else(|| panic!("legacy said {line:?}"));
    (child, address.parse().unwrap())
}
