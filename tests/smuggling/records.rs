//! What legacy's server says it was asked (compat/legacy/recorder.py).

use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead, BufReader},
    net::Ipv4Addr,
    path::Path,
};

use serde::Deserialize;

/// A line of the recorder.
#[derive(Debug, Clone, Deserialize)]
pub struct Record {
    #[serde(rename = "record")]
    pub number: u64,
    pub connection: u16,
    #[serde(default)]
    pub method: String,
    #[serde(default)]
    pub target: String,
    #[serde(default)]
    pub version: String,
    pub headers: Vec<(String, String)>,
    #[serde(default)]
    pub body_bytes: u64,
    /// There if the whole body came.
    pub body_sha256: Option<String>,
    /// There if it did not.
    pub broken: Option<String>,
    /// Of what was no request.
    pub refused: Option<String>,
    #[serde(default)]
    pub line: String,
    #[serde(default)]
    pub upgrade: bool,
    #[serde(default)]
    pub unasked: bool,
}

impl Record {
    /// All values of a header, as bytes.
    pub fn all(&self, name: &str) -> Vec<Vec<u8>> {
        let of_name = self.headers.iter().filter(|(found, _)| found.eq_ignore_ascii_case(name));
        of_name.map(|(_, value)| latin(value)).collect()
    }

    /// The address that the bridge itself put behind whatever the client said of its own.
    pub fn client(&self) -> Option<Ipv4Addr> {
        let lines = self.all("x-forwarded-for");
        let line = String::from_utf8_lossy(lines.last()?).into_owned();
        line.rsplit(',').next()?.trim().parse().ok()
    }

    /// One of the bridge's questions of its own.
    pub fn is_bridges_own(&self) -> bool {
        let agent = self.all("user-agent");
        self.client().is_none()
            && self.refused.is_none()
            && agent.first().is_some_and(|name| name.starts_with(b"cutover/"))
    }

    /// In a line, for a report.
    pub fn shown(&self) -> String {
        let what = match (&self.refused, &self.broken) {
            (Some(status), _) => format!("refused {status} {:?}", self.line),
            (_, Some(why)) => {
                format!("{} {} broken off after {} bytes: {why}", self.method, self.target, self.body_bytes)
            }
            _ => format!("{} {} with {} bytes", self.method, self.target, self.body_bytes),
        };
        format!("#{} on {}: {what}; {:?}", self.number, self.connection, self.headers)
    }
}

/// Bytes of a text that was decoded as Latin-1.
pub fn latin(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect()
}

/// The recorder's file, read as it grows.
pub struct Records {
    file: BufReader<File>,
    half: String,
    by_client: HashMap<Ipv4Addr, Vec<Record>>,
    /// Those that no client asked for through the bridge.
    pub strays: Vec<Record>,
    pub count: u64,
}

impl Records {
    pub fn of(path: &Path) -> Self {
        let file = BufReader::new(File::open(path).unwrap());
        Self { file, half: String::new(), by_client: HashMap::new(), strays: Vec::new(), count: 0 }
    }

    /// Takes in what was written since.
    pub fn read_on(&mut self) {
        while self.file.read_line(&mut self.half).unwrap() > 0 {
            if !self.half.ends_with('\n') {
                return;
            }
            let record: Record = serde_json::from_str(&self.half).unwrap();
            self.half.clear();
            self.count += 1;
            match record.client() {
                Some(client) => self.by_client.entry(client).or_default().push(record),
                None if record.is_bridges_own() => {}
                None => self.strays.push(record),
            }
        }
    }

    /// Takes those of a client out, in order.
    pub fn take(&mut self, client: Ipv4Addr) -> Vec<Record> {
        self.by_client.remove(&client).unwrap_or_default()
    }

    /// Those that nobody has taken.
    pub fn rest(&mut self) -> Vec<Record> {
        self.by_client.drain().flat_map(|(_, records)| records).collect()
    }
}
