//! The message that everybody publishes: a warning as legacy sends it, 1 KiB of JSON. Its text has a number and a moment
//! at fixed places; `bench/python/ws_publisher.py` writes the same.

use bench_common::Error;

/// Bytes of a message.
pub const BYTES: usize = 1024;

const BEFORE: &str = r#"{"type": "legacy", "data": {"verbosity": "warning", "value": ""#;
const AFTER: &str = r#""}}"#;
/// Digits of a number, zeros in front.
const DIGITS: usize = 20;
const AT: usize = BEFORE.len() + DIGITS + 1;
const FILLING: usize = AT + DIGITS + 1;
const PATTERN: &[u8; 16] = b"0123456789abcdef";

/// Which message it is, and when it was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Counted from 1, over all that a server publishes.
    pub number: u64,
    /// By [`crate::clock::now_ns`].
    pub at_ns: u64,
}

/// Messages, and the check that one is what it should be.
#[derive(Debug)]
pub struct Template(Vec<u8>);

impl Default for Template {
    fn default() -> Self {
        let filling = PATTERN.iter().copied().cycle().take(BYTES - FILLING - AFTER.len());
        let zeros = "0".repeat(DIGITS);
        let mut bytes = format!("{BEFORE}{zeros} {zeros} ").into_bytes();
        bytes.extend(filling);
        bytes.extend(AFTER.bytes());
        Self(bytes)
    }
}

impl Template {
    /// A message, as text.
    #[must_use]
    pub fn text(&self, stamp: Stamp) -> String {
        let Stamp { number, at_ns } = stamp;
        let filling = String::from_utf8_lossy(&self.0[FILLING..]);
        format!("{BEFORE}{number:0DIGITS$} {at_ns:0DIGITS$} {filling}")
    }

    /// Reads the stamp of a message, of which every byte has to be as [`Template::text`] writes it.
    ///
    /// # Errors
    ///
    /// If it is another text.
    pub fn read(&self, message: &[u8]) -> Result<Stamp, Error> {
        let same = |from: usize, to: usize| message[from..to] == self.0[from..to];
        if message.len() != BYTES || !same(0, BEFORE.len()) || !same(AT - 1, AT) || !same(FILLING - 1, BYTES) {
            let start = String::from_utf8_lossy(&message[..message.len().min(100)]);
            return Err(format!("a message of {} bytes that nobody published: {start}", message.len()).into());
        }
        Ok(Stamp { number: digits(message, BEFORE.len())?, at_ns: digits(message, AT)? })
    }
}

fn digits(message: &[u8], from: usize) -> Result<u64, Error> {
    Ok(std::str::from_utf8(&message[from..from + DIGITS])?.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_1_kib_of_json_and_its_stamp_is_read_back() {
        let stamp = Stamp { number: 7, at_ns: u64::MAX };
        let template = Template::default();
        let text = template.text(stamp);
        assert_eq!(text.len(), BYTES);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&value["type"], &value["data"]["verbosity"]), (&"legacy".into(), &"warning".into()));
        assert_eq!(template.read(text.as_bytes()).unwrap(), stamp);
    }

    #[test]
    fn another_text_is_no_message() {
        let template = Template::default();
        let text = template.text(Stamp { number: 1, at_ns: 2 });
        let ended_otherwise = format!("{}'}}}}", &text[..BYTES - 3]);
        for other in [&text[1..], "", &text.replace("verbosity", "verbositi"), &ended_otherwise] {
            assert!(template.read(other.as_bytes()).is_err(), "{other}");
        }
    }
}
