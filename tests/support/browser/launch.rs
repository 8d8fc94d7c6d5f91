//! Finding the browser, starting it, ending it.

use std::{
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use serde_json::json;
use tempfile::TempDir;

use super::{devtools::Devtools, page::Page};
use crate::support::eventually;

/// Names it goes by.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// A running browser without a window.
pub struct Browser {
    devtools: Arc<Devtools>,
    _running: Running,
}

impl Browser {
    /// Starts one. None, said in one line, if this machine has none.
    pub async fn start() -> Option<Self> {
        let Some(program) = program() else {
            println!(
                "skipped: there is no chromium on PATH (scripts/test --browser installs it, CHROMIUM=/path names one that \
                 is elsewhere)"
            );
            return None;
        };
        let profile = TempDir::new().unwrap();
        let mut command = Command::new(program);
        command
            .args(["--headless=new", "--remote-debugging-port=0", "--no-first-run", "--disable-background-networking"])
            // What a slow machine would slow down further, or a container may not have.
            .args([
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-extensions",
                "--mute-audio",
                "--hide-scrollbars",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()));
        if is_root() {
            // As root it refuses to start with its sandbox.
            command.arg("--no-sandbox");
        }
        let child = command
            .arg("about:blank")
            // Its sockets go away with its profile, though it is killed.
            .env("TMPDIR", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut running = Running { child, profile };
        let address = eventually("the browser says where its DevTools listen", || {
            let found = running.address();
            async move { found }
        })
        .await;
        let devtools = Devtools::connect(&address).await;
        Some(Self { devtools, _running: running })
    }

    /// A new page, 1280 by 900, light.
    pub async fn page(&self) -> Page {
        // In a window of its own: of several pages in one, only the last is seen, and others draw nothing.
        let wanted = json!({"url": "about:blank", "newWindow": true});
        let target = self.devtools.call(None, "Target.createTarget", wanted).await;
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session = self.devtools.call(None, "Target.attachToTarget", attach).await;
        Page::new(Arc::clone(&self.devtools), session["sessionId"].as_str().unwrap()).await
    }
}

/// The process, and its profile.
struct Running {
    child: Child,
    profile: TempDir,
}

impl Running {
    /// The address in the file that the browser writes into its profile: a port, then a path.
    fn address(&mut self) -> Option<String> {
        let ended = self.child.try_wait().unwrap();
        assert!(ended.is_none(), "the browser ended at its start: {ended:?}");
        let text = std::fs::read_to_string(self.profile.path().join("DevToolsActivePort")).ok()?;
        let (port, path) = text.split_once('\n')?;
        (!path.is_empty()).then(|| format!("ws://127.0.0.1:{port}{path}"))
    }
}

impl Drop for Running {
    /// Ends it with its helpers, which are in its process group, and waits: it writes into its profile until then.
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    NAMES.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|program| program.is_file()))
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|said| said.stdout.trim_ascii() == b"0")
}
