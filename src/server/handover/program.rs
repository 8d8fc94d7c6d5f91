//! What is started to go on in this process's place, and its end.

use std::{
    env,
    ffi::OsString,
    io,
    os::fd::OwnedFd,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

/// The option by which a process knows that its standard input is the socket to the one before.
const OPTION: &str = "--take-over";

/// Variables of the one who started this process, which are not for another (`sd_listen_fds(3)`, `sd_watchdog_enabled(3)`).
const NOT_PASSED_ON: [&str; 4] = ["LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID", "WATCHDOG_PID"];

/// The program, as this process was started.
#[derive(Debug, Clone)]
pub struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
}

impl Program {
    /// That of this process. To be asked for at the start: later another file may be at its path, which is the point.
    ///
    /// # Errors
    /// The system does not say.
    pub fn of_this_process() -> io::Result<Self> {
        let arguments = env::args_os().skip(1).filter(|argument| argument != OPTION).collect();
        Ok(Self { path: env::current_exe()?, arguments })
    }

    /// Starts what is at its path now, with this as its standard input. What it writes goes where ours goes.
    ///
    /// # Errors
    /// What to tell the user.
    pub(super) fn start(&self, socket: OwnedFd) -> Result<Started, String> {
        if std::process::id() == 1 {
            return Err(
                "this process is the first of its container, which would end with it: start another container \
                        instead, or run the bridge under an init (docker run --init)"
                    .to_owned(),
            );
        }
        let mut command = Command::new(&self.path);
        command.args(&self.arguments).arg(OPTION).stdin(Stdio::from(socket));
        for name in NOT_PASSED_ON {
            command.env_remove(name);
        }
        let child = command.spawn();
        let child = child.map_err(|error| format!("{} can not be started: {error}", self.path.display()))?;
        Ok(Started(Some(child)))
    }
}

/// A process that was started. Dropped, it is ended: until it is let go of nobody else knows of it.
#[derive(Debug)]
pub(super) struct Started(Option<Child>);

impl Started {
    /// Its id.
    pub(super) fn pid(&self) -> u32 {
        self.0.as_ref().map_or(0, Child::id)
    }

    /// How it ended, if it has. Blocking, for as long as it lives.
    pub(super) fn ended(mut self) -> String {
        let ended = self.0.take().map(|mut child| child.wait());
        match ended {
            Some(Ok(status)) => format!("it ended with {status}; its log says why"),
            _ => "how it ended can not be told".to_owned(),
        }
    }

    /// It goes on by itself.
    pub(super) fn let_go(mut self) {
        if let Some(mut child) = self.0.take() {
            // While we are there it is our child, and would stay as a zombie should it end before us.
            std::thread::spawn(move || child.wait());
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            // It may have ended by itself.
            let _ = child.kill();
            // Only then are the files free that were handed to it.
            let _ = child.wait();
        }
    }
}
