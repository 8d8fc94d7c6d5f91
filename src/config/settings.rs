//! The typed result of all layers.

use std::{collections::BTreeMap, fmt, net::SocketAddr, path::PathBuf, time::Duration};

use ipnet::IpNet;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de::Error as _};

use super::{
    background::Backgrounds,
    guardrails::{self, Guardrails},
    host::Host,
    kinds::{parse_delay, parse_duration, parse_size},
    ladder::{Advance, Ladder},
    rules::Rule,
    values::{Mode, NativeWrites, Percent, Sticky},
};

/// The whole configuration. Fields are described where they are declared, in [`super::keys`].
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "each key is described once, in the key table")]
pub struct Config {
    pub legacy: Legacy,
    pub listen: Listen,
    pub admin: Admin,
    pub data: Data,
    pub session: Session,
    pub native: Native,
    pub outbound: Outbound,
    pub rollout: Rollout,
    pub guardrails: Guardrails,
    pub flags: Flags,
    pub ws: Ws,
    pub tasks: Tasks,
    pub compat: Compat,
    pub parity: Parity,
    pub log: Log,
    pub trace: Trace,
    pub process: Process,
    #[serde(default)]
    pub task: BTreeMap<String, TaskConfig>,
    #[serde(default)]
    pub route: BTreeMap<String, RouteConfig>,
}

/// `[legacy]`
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "each key is described once, in the key table")]
pub struct Legacy {
    pub url: LegacyUrl,
    #[serde(deserialize_with = "duration")]
    pub connect_timeout: Option<Duration>,
    #[serde(deserialize_with = "duration")]
    pub header_timeout: Option<Duration>,
    #[serde(deserialize_with = "duration")]
    pub frame_timeout: Option<Duration>,
    #[serde(deserialize_with = "duration")]
    pub idle_timeout: Option<Duration>,
    pub max_connections: usize,
    pub max_tunnels: usize,
    #[serde(deserialize_with = "duration")]
    pub queue_timeout: Option<Duration>,
    pub max_waiting: usize,
    #[serde(deserialize_with = "path")]
    pub endpoints: Option<PathBuf>,
}

/// `[listen]`
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "each key is described once, in the key table")]
pub struct Listen {
    pub address: SocketAddr,
    pub hosts: Vec<Host>,
    pub max_connections: usize,
    pub client_share: Percent,
    #[serde(deserialize_with = "duration")]
    pub header_timeout: Option<Duration>,
    #[serde(deserialize_with = "duration")]
    pub keep_alive_timeout: Option<Duration>,
    #[serde(deserialize_with = "duration")]
    pub body_timeout: Option<Duration>,
    #[serde(deserialize_with = "duration")]
    pub write_timeout: Option<Duration>,
    #[serde(deserialize_with = "size")]
    pub max_body: Option<u64>,
    pub max_target: usize,
    #[serde(deserialize_with = "size")]
    pub max_header_bytes: Option<u64>,
    pub max_headers: usize,
    pub trusted_proxies: Vec<IpNet>,
    #[serde(deserialize_with = "delay")]
    pub stop_delay: Duration,
    #[serde(deserialize_with = "duration")]
    pub drain_timeout: Option<Duration>,
}

/// `[admin]`
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "each key is described once, in the key table")]
pub struct Admin {
    pub address: SocketAddr,
    #[serde(deserialize_with = "path")]
    pub token_file: Option<PathBuf>,
    pub hosts: Vec<Host>,
    pub max_connections: usize,
    #[serde(deserialize_with = "duration")]
    pub header_timeout: Option<Duration>,
    #[serde(deserialize_with = "duration")]
    pub body_timeout: Option<Duration>,
}

/// `[data]`
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "each key is described once, in the key table")]
pub struct Data {
    #[serde(deserialize_with = "path")]
    pub directory: Option<PathBuf>,
    pub readers: Option<usize>,
    pub queue: usize,
    #[serde(deserialize_with = "duration")]
    pub read_deadline: Option<Duration>,
}

/// `[session]`
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "each key is described once, in the key table")]
pub struct Session {
    #[serde(deserialize_with = "duration")]
    pub check_interval: Option<Duration>,
    #[serde(deserialize_with = "duration")]
    pub outage: Option<Duration>,
}

/// `[native]`
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "each key is described once, in the key table")]
pub struct Native {
    #[serde(deserialize_with = "size")]
    pub max_body: Option<u64>,
    #[serde(deserialize_with = "duration")]
    pub write_wait: Option<Duration>,
    #[serde(deserialize_with = "duration")]
    pub deadline: Option<Duration>,
    pub max_reads: usize,
    pub max_searches: Option<usize>,
    pub max_writes: usize,
    pub max_waiting: usize,
    #[serde(deserialize_with = "duration")]
    pub queue_timeout: Option<Duration>,
    pub breaker: u32,
    #[serde(deserialize_with = "duration")]
    pub breaker_pause: Option<Duration>,
}

/// `[outbound]`
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "each key is described once, in the key table")]
pub struct Outbound {
    pub github: String,
    #[serde(deserialize_with = "duration")]
    pub deadline: Option<Duration>,
}

/// `[rollout]`
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "each key is described once, in the key table")]
pub struct Rollout {
    pub advance: Advance,
    #[serde(deserialize_with = "path")]
    pub state: Option<PathBuf>,
    #[serde(deserialize_with = "path")]
    pub journal: Option<PathBuf>,
    #[serde(deserialize_with = "size")]
    pub max_journal: Option<u64>,
    #[serde(deserialize_with = "secret")]
    pub webhook: SecretString,
    #[serde(deserialize_with = "path")]
    pub webhook_file: Option<PathBuf>,
}

/// `[flags]`
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "each key is described once, in the key table")]
pub struct Flags {
    pub kill_switch: bool,
    pub override_header: bool,
    pub answer_headers: bool,
    pub all: Option<Mode>,
    pub native_writes: NativeWrites,
}

/// `[ws]`
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "each key is described once, in the key table")]
pub struct Ws {
    pub mode: WsMode,
    pub percent: Percent,
    pub let_go: LetGo,
    pub origins: Vec<String>,
    pub max_clients: usize,
    pub max_unauthenticated: usize,
    #[serde(deserialize_with = "size")]
    pub max_message: Option<u64>,
    #[serde(deserialize_with = "size")]
    pub max_frame: Option<u64>,
    pub queue: usize,
    #[serde(deserialize_with = "size")]
    pub queue_bytes: Option<u64>,
    #[serde(deserialize_with = "duration")]
    pub ping_interval: Option<Duration>,
    #[serde(deserialize_with = "duration")]
    pub ping_timeout: Option<Duration>,
    pub kept: usize,
    #[serde(deserialize_with = "size")]
    pub kept_bytes: Option<u64>,
    pub announce: bool,
}

/// `[tasks]`
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "each key is described once, in the key table")]
pub struct Tasks {
    pub max: u64,
    #[serde(deserialize_with = "size")]
    pub kept_bytes: Option<u64>,
    #[serde(deserialize_with = "duration")]
    pub longest_wait: Option<Duration>,
    pub announce: bool,
}

/// `ws.mode`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WsMode {
    /// Each client has a connection to legacy of its own.
    Tunnel,
    /// The bridge serves the clients, and subscribes to legacy once.
    Bridge,
}

/// `ws.let_go`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LetGo {
    /// The connection ends without a close frame.
    Drop,
    /// A close frame says why.
    Close,
}

/// `[compat]`
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "each key is described once, in the key table")]
pub struct Compat {
    #[serde(deserialize_with = "path")]
    pub socket: Option<PathBuf>,
}

/// `[parity]`
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "each key is described once, in the key table")]
pub struct Parity {
    pub sample: Percent,
    pub resample: Percent,
    pub legacy_rate: u32,
    #[serde(deserialize_with = "size")]
    pub max_body: Option<u64>,
    #[serde(deserialize_with = "size")]
    pub memory: Option<u64>,
    pub queue: usize,
    pub concurrency: usize,
    #[serde(deserialize_with = "duration")]
    pub deadline: Option<Duration>,
    #[serde(deserialize_with = "path")]
    pub evidence: Option<PathBuf>,
    #[serde(deserialize_with = "size")]
    pub max_evidence: Option<u64>,
    pub samples: u32,
    pub redact: Vec<String>,
}

/// `[log]`
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "each key is described once, in the key table")]
pub struct Log {
    pub level: String,
    pub format: LogFormat,
    pub max_repeats: u32,
    #[serde(deserialize_with = "path")]
    pub access: Option<PathBuf>,
    pub access_format: AccessFormat,
}

/// `[trace]`
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "each key is described once, in the key table")]
pub struct Trace {
    pub context: TraceContext,
    pub otlp: String,
}

/// `trace.context`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TraceContext {
    /// Passed as it came.
    Off,
    /// Of those who send one.
    #[default]
    Given,
    /// Of all.
    Always,
}

/// `log.access_format`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccessFormat {
    /// The Common Log Format.
    Common,
    /// The same with referrer and user agent.
    Combined,
    /// One JSON object a line.
    Json,
}

/// `[process]`
#[derive(Debug, Clone, Copy, Deserialize)]
#[allow(missing_docs, reason = "each key is described once, in the key table")]
pub struct Process {
    pub dumpable: bool,
}

/// `log.format`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text if stderr is a terminal, JSON otherwise.
    Auto,
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// `[[task]]`
#[derive(Debug, Clone, Default, Deserialize)]
#[allow(missing_docs, reason = "each key is described once, in the key table")]
pub struct TaskConfig {
    #[serde(default)]
    pub mode: TaskMode,
}

/// `task.mode`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskMode {
    /// Legacy does it.
    #[default]
    Legacy,
    /// The bridge does it, where it can.
    Native,
}

impl Config {
    /// The background tasks in mode native.
    #[must_use]
    pub fn native_tasks(&self) -> Backgrounds {
        let native = self.task.iter().filter(|(_, task)| task.mode == TaskMode::Native);
        Backgrounds::named(native.map(|(name, _)| name.as_str()))
    }
}

/// `[[route]]`
#[derive(Debug, Clone, Default, Deserialize)]
#[allow(missing_docs, reason = "each key is described once, in the key table")]
pub struct RouteConfig {
    #[serde(rename = "match")]
    pub pattern: Option<String>,
    pub handler: Option<String>,
    #[serde(default)]
    pub mode: Mode,
    #[serde(default)]
    pub percent: Percent,
    pub sticky: Option<Sticky>,
    #[serde(default)]
    pub ladder: Ladder,
    pub advance: Option<Advance>,
    #[serde(default)]
    pub guardrails: guardrails::Given,
    #[serde(default)]
    pub parity: Vec<Rule>,
}

/// Where legacy listens: host and port, taken apart once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyUrl {
    /// Host name or address, as written (with brackets for IPv6).
    pub host: String,
    /// Port, 80 if none was written.
    pub port: u16,
}

impl LegacyUrl {
    /// `host:port`, the value of a Host header made for it.
    #[must_use]
    pub fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl fmt::Display for LegacyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}:{}", self.host, self.port)
    }
}

impl<'de> Deserialize<'de> for LegacyUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let uri: http::Uri = text.parse().map_err(D::Error::custom)?;
        let host = uri.host().ok_or_else(|| D::Error::custom("no host"))?;
        Ok(Self { host: host.to_owned(), port: uri.port_u16().unwrap_or(80) })
    }
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_duration(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is not a duration")))
}

fn delay<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_delay(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is not a duration")))
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_size(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is not a size")))
}

fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok((!text.is_empty()).then(|| PathBuf::from(text)))
}
