//! What the operating system keeps of this process from others. The key of a database is in its memory.

use std::io;

use rustix::{
    fs::Mode,
    process::{Resource, Rlimit, setrlimit, umask},
};

/// Has every file that is made from now on be its owner's alone, whatever the process was started with. `SQLite` gives
/// the files beside a database the database's own mode, and is not changed by it.
pub fn keep_files() {
    umask(Mode::RWXG | Mode::RWXO);
}

/// Has a crash leave no copy of the memory (`RLIMIT_CORE`), and, on Linux, no process without the rights of root look into
/// it (`PR_SET_DUMPABLE`: ptrace(2), and what of `/proc/PID` needs it).
///
/// # Errors
/// The system refuses; a sandbox may.
pub fn keep_memory() -> io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}
