//! Other processes that work on a test's files: Python with legacy's driver, and this test's own binary under a limit
//! or with mounts of its own. They say what they did in lines, and are told in lines to go on.

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
};

/// What a line begins with that is meant for the parent; libtest prints its own between them.
const MARK: &str = "@ ";
/// Tells a child test where its files are. Without it nobody has started it, and it has nothing to do.
const DIRECTORY: &str = "CUTOVER_TEST_DIRECTORY";

/// A process, killed when it is dropped.
pub struct Process {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    is_test: bool,
    /// Whether libtest says that it ran one, and it passed.
    passed: bool,
}

/// What libtest says then; of a name that there is not it says `ok. 0 passed`, and ends well.
const PASSED: &str = "test result: ok. 1 passed";

impl Process {
    /// Python with legacy's driver to import. None, said on stderr, if this checkout has no environment for it.
    pub fn python(script: &str, directory: &Path) -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = root.join(".venv/bin/python");
        if !python.exists() {
            eprintln!("skipped: there is no .venv with the legacy backend in it; run scripts/setup");
            return None;
        }
        let mut command = Command::new(python);
        command.args(["-u", "-c", script]).arg(directory).env("PYTHONPATH", root.join("compat"));
        Some(Self::start(command, false))
    }

    /// An ignored test of this binary (`file::name`), which finds its directory with [`directory`]. `under` are words of
    /// a command that runs it, if any.
    pub fn test(name: &str, under: &[&str], directory: &Path) -> Self {
        let own = std::env::current_exe().unwrap();
        let mut command = match under {
            [] => Command::new(own),
            [program, arguments @ ..] => {
                let mut command = Command::new(program);
                command.args(arguments).arg(own);
                command
            }
        };
        command.args(["--exact", name, "--ignored", "--nocapture"]).env(DIRECTORY, directory);
        Self::start(command, true)
    }

    fn start(mut command: Command, is_test: bool) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { input: child.stdin.take(), child, output, is_test, passed: false }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next thing it says; `None` after its end.
    pub fn next(&mut self) -> Option<String> {
        loop {
            let mut line = String::new();
            // The last line of one that was killed may be half a line.
            if self.output.read_line(&mut line).unwrap() == 0 || !line.ends_with('\n') {
                return None;
            }
            self.passed |= line.starts_with(PASSED);
            if let Some(said) = line.strip_prefix(MARK) {
                return Some(said.trim_end().to_owned());
            }
        }
    }

    /// Waits until it says this, and nothing else before.
    pub fn says(&mut self, expected: &str) {
        assert_eq!(self.next().as_deref(), Some(expected));
    }

    pub fn tell(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Ends it without a word (SIGKILL).
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end, which is a good one.
    pub fn succeeds(&mut self) {
        self.input = None;
        let mut said = Vec::new();
        while let Some(line) = self.next() {
            said.push(line);
        }
        let status: ExitStatus = self.child.wait().unwrap();
        assert!(status.success(), "{status}, after {said:?}");
        assert!(self.passed || !self.is_test, "no test of this name was run, after {said:?}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// In a child test: where its files are; `None` if nobody started it for a purpose.
pub fn directory() -> Option<PathBuf> {
    std::env::var_os(DIRECTORY).map(PathBuf::from)
}

/// In a child test: says something to the parent. On a line of its own, because libtest has begun one.
pub fn say(what: &str) {
    let mut output = std::io::stdout().lock();
    write!(output, "\n{MARK}{what}\n").unwrap();
    output.flush().unwrap();
}

/// In a child test: waits for a line from the parent.
pub fn told() -> String {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

/// Runs a child test that mounts file systems of its own, which are gone when it ends. Says so if this machine does not
/// allow that.
pub fn with_own_mounts(name: &str, directory: &Path) {
    let own = ["unshare", "--map-root-user", "--mount"];
    let probe = "mount -t tmpfs -o size=64k none \"$0\"";
    let allowed = Command::new(own[0]).args(&own[1..]).args(["sh", "-c", probe]).arg(directory).output();
    match allowed {
        Ok(output) if output.status.success() => Process::test(name, &own, directory).succeeds(),
        other => eprintln!("skipped: mounting is not allowed here: {other:?}"),
    }
}

/// Runs a child test that sees no process but its own, as in a container. Says so if this machine does not allow that.
pub fn without_others(name: &str, directory: &Path) {
    let alone = ["unshare", "--map-root-user", "--pid", "--fork", "--mount-proc"];
    match Command::new(alone[0]).args(&alone[1..]).arg("true").output() {
        Ok(output) if output.status.success() => Process::test(name, &alone, directory).succeeds(),
        other => eprintln!("skipped: a namespace of processes is not allowed here: {other:?}"),
    }
}

/// In a child test: mounts an empty file system in memory.
pub fn mount(directory: &Path, options: &str) {
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", options, "none"]).arg(directory).status().unwrap();
    assert!(mounted.success());
}
