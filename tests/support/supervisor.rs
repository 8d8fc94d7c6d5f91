//! Who watches over the process: a real socket, as systemd's (`sd_notify(3)`).

use tempfile::TempDir;
use tokio::{net::UnixDatagram, time::timeout};

use super::{PATIENCE, bridge::Setup};

/// The supervisor's end.
pub struct Supervisor {
    pub socket: UnixDatagram,
    pub directory: TempDir,
}

impl Supervisor {
    pub fn new() -> Self {
        let directory = TempDir::new().unwrap();
        Self { socket: UnixDatagram::bind(directory.path().join("notify")).unwrap(), directory }
    }

    /// Started by it.
    pub fn over(&self, setup: Setup) -> Setup {
        setup.environment("NOTIFY_SOCKET", self.directory.path().join("notify").to_str().unwrap())
    }

    /// The next datagram that has this in it, in lines. Others before it are passed over.
    pub async fn hears(&self, words: &str) -> Vec<String> {
        let all = self.until(words).await;
        all.last().unwrap().lines().map(str::to_owned).collect()
    }

    /// Every datagram up to the next that has this in it.
    pub async fn until(&self, words: &str) -> Vec<String> {
        let mut before = Vec::new();
        let mut buffer = vec![0; 65_536];
        loop {
            let read = timeout(PATIENCE, self.socket.recv(&mut buffer)).await;
            let read = read.unwrap_or_else(|_| panic!("never told: {words}; but {before:?}")).unwrap();
            let text = String::from_utf8(buffer[..read].to_vec()).unwrap();
            assert!(text.ends_with('\n'), "{text:?}");
            let is_it = text.contains(words);
            before.push(text);
            if is_it {
                return before;
            }
        }
    }

    /// The next datagram.
    pub async fn next(&self) -> Vec<String> {
        self.hears("").await
    }
}
