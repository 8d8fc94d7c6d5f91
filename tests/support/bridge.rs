//! The bridge, as a process of its own.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    os::fd::{AsFd, AsRawFd, OwnedFd},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::Arc,
};

use parking_lot::Mutex;
use rustix::io::FdFlags;
use serde_json::Value;
use tempfile::TempDir;

use super::{eventually, raw};

/// How a bridge is started.
#[derive(Default)]
pub struct Setup {
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    routes: String,
    directory: Option<PathBuf>,
    admin: Option<String>,
    listen: Option<String>,
    under: Vec<String>,
    handed_down: Vec<OwnedFd>,
}

impl Setup {
    /// In front of a legacy address.
    pub fn before(legacy: SocketAddr) -> Self {
        Self::default().arguments(&["--legacy", &format!("http://{legacy}")])
    }

    /// More arguments of `cutover serve`.
    pub fn arguments(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|a| (*a).to_owned()));
        self
    }

    /// With the admin API at another address than a free port of 127.0.0.1.
    pub fn admin(mut self, address: &str) -> Self {
        self.admin = Some(address.to_owned());
        self
    }

    /// Listening at another address than a free port of 127.0.0.1.
    pub fn listen(mut self, address: &str) -> Self {
        self.listen = Some(address.to_owned());
        self
    }

    /// Run by a command that becomes it (exec), as in `["setpriv", "--reuid=65534"]`.
    pub fn under(mut self, command: &[&str]) -> Self {
        self.under = command.iter().map(|word| (*word).to_owned()).collect();
        self
    }

    /// With these sockets handed down as systemd does it (`sd_listen_fds(3)`), by these names if there are any.
    pub fn handing_down(mut self, sockets: &[&dyn AsFd], names: Option<&str>) -> Self {
        // Far from those that the shell and the protocol use.
        let high = |socket: &&dyn AsFd| rustix::io::fcntl_dupfd_cloexec(socket.as_fd(), 100).unwrap();
        self.handed_down = sockets.iter().map(high).collect();
        let moved = self.handed_down.iter().enumerate().map(|(at, socket)| {
            let (from, to) = (socket.as_raw_fd(), 3 + at);
            format!(" {to}<&{from} {from}<&-")
        });
        let moved = moved.collect::<Vec<_>>().concat();
        let names = names.map(|names| format!(" LISTEN_FDNAMES={names}")).unwrap_or_default();
        let count = sockets.len();
        let script = format!("exec{moved}; export LISTEN_PID=$$ LISTEN_FDS={count}{names}; exec \"$@\"");
        // A plain sh may know descriptors of one digit alone.
        self.under(&["bash", "-c", &script, "bash"])
    }

    /// With legacy's data directory.
    pub fn data(self, directory: &Path) -> Self {
        self.arguments(&["--data-dir", directory.to_str().unwrap()])
    }

    /// An environment variable.
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// With its descriptors to be seen ([`Bridge::open_files`]) by whoever is not root.
    pub fn inspected(self) -> Self {
        self.environment("CUTOVER_PROCESS__DUMPABLE", "true")
    }

    /// The text of routes.toml.
    pub fn routes(mut self, text: &str) -> Self {
        text.clone_into(&mut self.routes);
        self
    }

    /// In a directory that is there before it and after it. What its routes.toml says stays, unless it is given anew.
    pub fn within(mut self, directory: &Path) -> Self {
        self.directory = Some(directory.to_owned());
        self
    }

    /// Starts it and waits until it listens and has asked legacy once, if legacy is there.
    pub async fn start(self) -> Bridge {
        let bridge = self.start_alone();
        bridge
            .until("the bridge has asked legacy", |status| {
                status["legacy"]["away_seconds"].is_null() && status["ready"] == true
            })
            .await;
        bridge
    }

    /// Starts it without waiting for legacy.
    pub fn start_alone(self) -> Bridge {
        let own = self.directory.is_none().then(|| TempDir::new().unwrap());
        let directory = self.directory.clone().unwrap_or_else(|| own.as_ref().unwrap().path().to_owned());
        let file = directory.join("routes.toml");
        if own.is_some() || !self.routes.is_empty() {
            std::fs::write(&file, &self.routes).unwrap();
        }
        let mut child = self.spawn(&file);
        let log = Arc::new(Mutex::new(String::new()));
        let (stderr, into) = (child.stderr.take().unwrap(), Arc::clone(&log));
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let mut log = into.lock();
                log.push_str(&line);
                log.push('\n');
            }
        });
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut address = |prefix: &str| -> SocketAddr {
            let line =
                lines.next().and_then(Result::ok).unwrap_or_else(|| panic!("no line {prefix:?}: {}", log.lock()));
            line.strip_prefix(prefix).unwrap_or_else(|| panic!("{line}")).parse().unwrap()
        };
        let listen = address("cutover listening on http://");
        let admin = address("cutover admin on http://");
        Bridge { child, address: listen, admin, file, log, _directory: own }
    }

    /// Starts one that can not run, and gives what it says on its way out.
    pub fn fails(self) -> String {
        let directory = TempDir::new().unwrap();
        let file = directory.path().join("routes.toml");
        std::fs::write(&file, &self.routes).unwrap();
        let mut child = self.spawn(&file);
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        if !line.is_empty() {
            child.kill().unwrap();
        }
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), line.as_str()), (Some(2), ""), "{said}");
        said
    }

    fn spawn(&self, file: &Path) -> Child {
        let mut words = self.under.iter().map(String::as_str).chain([env!("CARGO_BIN_EXE_cutover")]);
        let passed_on = |flags| {
            self.handed_down.iter().for_each(|socket| rustix::io::fcntl_setfd(socket, flags).unwrap());
        };
        passed_on(FdFlags::empty());
        let child = Command::new(words.next().unwrap())
            .args(words)
            .args(["serve", "--listen", self.listen.as_deref().unwrap_or("127.0.0.1:0")])
            .args(["--admin", self.admin.as_deref().unwrap_or("127.0.0.1:0")])
            .arg("--config")
            .arg(file)
            .args(&self.arguments)
            .env("CUTOVER_LOG__LEVEL", "cutover=debug,info")
            .env("CUTOVER_LOG__FORMAT", "text")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        passed_on(FdFlags::CLOEXEC);
        child
    }
}

/// A running bridge, ended when it is dropped.
pub struct Bridge {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// Its admin API.
    pub admin: SocketAddr,
    /// Its routes.toml.
    pub file: PathBuf,
    log: Arc<Mutex<String>>,
    _directory: Option<TempDir>,
}

impl Bridge {
    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().clone()
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal, as in `USR1`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Ends it without a word, as a crash does.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Ends it as an operator does, and waits until it is through.
    pub fn stop(self) {
        self.signal("TERM");
        assert!(self.wait(), "an orderly end");
    }

    /// Waits for its end and gives whether it was orderly.
    pub fn wait(self) -> bool {
        self.ended().success()
    }

    /// Waits for its end and gives how it ended.
    pub fn ended(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Its own account of its state.
    pub async fn status(&self) -> Value {
        let answer = raw::get(self.admin, "/api/status").await;
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// Waits until its state is as wanted.
    pub async fn until(&self, what: &str, wanted: impl Fn(&Value) -> bool) {
        eventually(what, || async { wanted(&self.status().await).then_some(()) }).await;
    }

    /// Writes routes.toml the way editors do, and waits until it is in force.
    pub async fn reconfigure(&self, text: &str) {
        let before = self.status().await["configuration"]["generation"].clone();
        let aside = self.file.with_extension("new");
        std::fs::write(&aside, text).unwrap();
        std::fs::rename(&aside, &self.file).unwrap();
        self.until("the new configuration is in force", |status| status["configuration"]["generation"] != before).await;
    }

    /// Descriptors of the process that lead to a path with this in it; of one that was started to be inspected.
    pub fn open_files(&self, part: &str) -> Vec<String> {
        let descriptors = std::fs::read_dir(format!("/proc/{}/fd", self.pid())).unwrap();
        descriptors
            .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
            .map(|path| path.display().to_string())
            .filter(|path| path.contains(part))
            .collect()
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- log of the bridge\n{}", self.log());
        }
        self.kill();
    }
}

/// Runs a command of the binary to its end.
pub fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cutover")).args(arguments).output().unwrap()
}
