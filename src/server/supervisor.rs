//! Whoever watches over the process, told how it is: systemd, by the protocol of `sd_notify(3)`, which is a datagram of lines
//! to the socket in `NOTIFY_SOCKET`. Without that variable nobody is told anything.
//!
//! Not by the crate `sd-notify` (0.5): it knows no abstract names, and sends on a socket that blocks.

use std::{
    env,
    ffi::OsStr,
    io,
    os::unix::{
        ffi::OsStrExt,
        net::{SocketAddr, UnixDatagram},
    },
    sync::{Arc, atomic::Ordering},
    time::{Duration, SystemTime},
};

#[cfg(target_os = "linux")]
use std::os::linux::net::SocketAddrExt;

use parking_lot::Mutex;
use tokio::{
    runtime::Handle,
    time::{MissedTickBehavior, interval, timeout},
};

use crate::{config::Mode, dispatch::Bridge, routes::Snapshot};

/// Longest time for a datagram to be taken. A supervisor that reads none is no reason to stand still.
const PATIENCE: Duration = Duration::from_secs(5);
/// Time between two looks at what there is to tell.
const LOOK: Duration = Duration::from_secs(1);

/// Where it is told; none if nobody wants to know.
#[derive(Debug)]
pub(super) struct Supervisor {
    socket: Option<SocketAddr>,
    /// After how long without a word the process is taken for stuck.
    watchdog: Option<Duration>,
    /// What it was told last.
    status: Mutex<Status>,
}

impl Supervisor {
    /// The one of the environment.
    pub(super) fn of_the_process() -> Arc<Self> {
        let variable = |name: &str| env::var(name).ok();
        let socket = env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty()).and_then(|name| {
            let address = address(&name);
            address.inspect_err(|error| tracing::warn!(?name, %error, "NOTIFY_SOCKET can not be told anything")).ok()
        });
        let watchdog = period(variable("WATCHDOG_USEC"), variable("WATCHDOG_PID"), std::process::id());
        Arc::new(Self { watchdog: watchdog.filter(|_| socket.is_some()), socket, status: Mutex::default() })
    }

    /// It listens, unless it was told to stop already.
    pub(super) async fn ready(&self, bridge: &Bridge) {
        if bridge.leaving.load(Ordering::SeqCst) {
            return;
        }
        let status = self.news(bridge).unwrap_or_default();
        self.tell(&format!("READY=1\n{status}")).await;
    }

    /// It has begun to read its configuration anew, or is through with it.
    pub(super) async fn reloading(self: Arc<Self>, begins: bool) {
        if begins {
            // By the clock that systemd compares with (Type=notify-reload of systemd.service(5)).
            let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
            self.tell(&format!("RELOADING=1\nMONOTONIC_USEC={}\n", now.tv_sec * 1_000_000 + now.tv_nsec / 1_000)).await;
        } else {
            self.tell("READY=1\n").await;
        }
    }

    /// It was told to stop, and does.
    pub(super) async fn stopping(&self, bridge: &Bridge) {
        let status = self.news(bridge).unwrap_or_default();
        self.tell(&format!("STOPPING=1\n{status}")).await;
    }

    /// Another process goes on in this one's place, and is the one to watch over.
    pub(super) async fn hand_on(&self, pid: u32) {
        self.tell(&format!("MAINPID={pid}\n")).await;
    }

    /// Tells the state in a line, whenever it is another one. Without end.
    pub(super) async fn follow(self: Arc<Self>, bridge: Arc<Bridge>) {
        if self.socket.is_none() {
            return;
        }
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            if let Some(status) = self.news(&bridge) {
                self.tell(&status).await;
            }
        }
    }

    /// The state in a line, if it is another one than was told last.
    fn news(&self, bridge: &Bridge) -> Option<String> {
        let mut status = self.status.lock();
        let text = status.of(bridge);
        (text != status.told).then(|| {
            let line = format!("STATUS={text}\n");
            status.told = text;
            line
        })
    }

    /// Tells that the process is alive, twice in the time it has for that: each time once every thread that serves clients
    /// has shown that it is. Without end.
    pub(super) async fn feed(self: Arc<Self>, workers: Vec<Handle>) {
        let Some(watchdog) = self.watchdog else { return };
        let mut ticks = interval(watchdog / 2);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if timeout(watchdog, alive(&workers)).await.is_err() {
                tracing::error!(
                    ?watchdog,
                    "a thread that serves clients stands still; the watchdog is not told otherwise"
                );
                alive(&workers).await;
            }
            self.tell("WATCHDOG=1\n").await;
        }
    }

    async fn tell(&self, lines: &str) {
        let Some(socket) = &self.socket else { return };
        let sent = async {
            let from = UnixDatagram::unbound()?;
            from.set_nonblocking(true)?;
            from.connect_addr(socket)?;
            tokio::net::UnixDatagram::from_std(from)?.send(lines.as_bytes()).await
        };
        let failed = match timeout(PATIENCE, sent).await {
            Ok(Ok(_)) => return,
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("it takes nothing for {PATIENCE:?}"),
        };
        tracing::warn!(failed, "NOTIFY_SOCKET could not be told: {}", lines.trim_end().replace('\n', ", "));
    }
}

/// A path, or a name that is in no file system: `@` stands for the byte it begins with (`sd_notify(3)`).
fn address(name: &OsStr) -> io::Result<SocketAddr> {
    match name.as_bytes() {
        #[cfg(target_os = "linux")]
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name),
        [b'/', ..] => SocketAddr::from_pathname(name),
        _ => Err(io::Error::new(io::ErrorKind::Unsupported, "it is neither an absolute path nor an abstract name")),
    }
}

/// The time of `WATCHDOG_USEC`, if it is meant for this process (`sd_watchdog_enabled(3)`).
fn period(micros: Option<String>, pid: Option<String>, own: u32) -> Option<Duration> {
    let micros = micros?.parse().ok().filter(|micros| *micros > 1)?;
    pid.is_none_or(|pid| pid.parse() == Ok(own)).then(|| Duration::from_micros(micros))
}

/// Returns once each of these runtimes has run something.
async fn alive(workers: &[Handle]) {
    for worker in workers {
        // One that ends has nothing to show any more.
        let _ = worker.spawn(async {}).await;
    }
}

/// What a person wants to see of the bridge, in a line.
#[derive(Debug, Default)]
struct Status {
    /// Since when legacy is away, so that it is the same moment each time.
    away: Option<SystemTime>,
    told: String,
}

impl Status {
    fn of(&mut self, bridge: &Bridge) -> String {
        if bridge.leaving.load(Ordering::SeqCst) {
            return "stopping: running requests are finished".to_owned();
        }
        let snapshot = bridge.live.snapshot();
        match bridge.session.away() {
            Some(away) => self.away = self.away.or_else(|| SystemTime::now().checked_sub(away)),
            None => self.away = None,
        }
        let legacy = match self.away {
            Some(since) => format!("legacy away since {}", humantime::format_rfc3339_seconds(since)),
            None if bridge.ready.load(Ordering::SeqCst) => "legacy there".to_owned(),
            None => "legacy has not answered yet".to_owned(),
        };
        let refused = if bridge.live.refused().is_some() {
            "; routes.toml has faults, the last good one is in force"
        } else {
            ""
        };
        if bridge.live.killed(&snapshot) {
            return format!("kill switch engaged, every request goes to legacy; {legacy}{refused}");
        }
        format!("{}; {legacy}{refused}", routes(&snapshot))
    }
}

/// `3 of 264 routes native, 1 canary`: most of the way first, and what is legacy's is the rest.
fn routes(snapshot: &Snapshot) -> String {
    let routes = &snapshot.table.routes;
    let counted = [Mode::Native, Mode::Verify, Mode::Canary, Mode::Shadow].into_iter().filter_map(|mode| {
        let count = routes.iter().filter(|route| route.mode == mode).count();
        (mode == Mode::Native || count > 0).then(|| match mode {
            Mode::Native => format!("{count} of {} routes native", routes.len()),
            mode => format!("{count} {}", mode.as_str()),
        })
    });
    counted.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::server::workers::Workers;

    #[test]
    fn the_socket_is_a_path_or_an_abstract_name() {
        let path = address(OsStr::new("/run/systemd/notify")).unwrap();
        assert_eq!(path.as_pathname().unwrap().to_str(), Some("/run/systemd/notify"));
        assert_eq!(address(OsStr::new("@a/b")).unwrap().as_abstract_name(), Some(&b"a/b"[..]));
        for other in ["vsock:2:1234", "relative", ""] {
            assert!(address(OsStr::new(other)).is_err(), "{other}");
        }
    }

    #[test]
    fn a_watchdog_of_another_process_is_not_ours_to_feed() {
        let period = |micros: &str, pid: Option<&str>| period(Some(micros.to_owned()), pid.map(str::to_owned), 7);
        assert_eq!(period("30000000", None), Some(Duration::from_secs(30)));
        assert_eq!(period("30000000", Some("7")), Some(Duration::from_secs(30)));
        for (micros, pid) in [("30000000", Some("8")), ("30000000", Some("x")), ("0", None), ("x", None)] {
            assert_eq!(period(micros, pid), None);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_worker_that_stands_still_is_waited_for() {
        let running = Workers::start().unwrap();
        let workers = running.handles();
        alive(&workers).await;
        let (begun, begins) = tokio::sync::oneshot::channel();
        let (go, goes) = mpsc::channel::<()>();
        workers[workers.len() - 1].spawn(async move {
            let _ = begun.send(());
            let _ = goes.recv();
        });
        begins.await.unwrap();
        // Every other one is through when this is.
        let (all, others) = (workers.clone(), &workers[..workers.len() - 1]);
        let waiting = tokio::spawn(async move { alive(&all).await });
        alive(others).await;
        assert!(!waiting.is_finished());
        go.send(()).unwrap();
        waiting.await.unwrap();
    }
}
