//! Recordings: what was read is written and read the same.

use crate::parity::har::{from_line, from_slice, line, to_string};

/// Any bytes give entries or an error that says where; entries survive being written as a file and as a line.
pub fn run(data: &[u8]) {
    let recording = match from_slice(data) {
        Ok(recording) => recording,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    assert_eq!(recording.numbered().count(), recording.entries.len());
    let written = to_string(&recording.entries);
    let again = from_slice(written.as_bytes()).expect("what was written is a HAR");
    assert!(again.passed_over.is_empty(), "{:?}", again.passed_over);
    assert_eq!(again.entries.len(), recording.entries.len());
    // Once written, nothing changes any more.
    assert_eq!(to_string(&again.entries), written);
    for entry in &again.entries {
        let text = line(entry);
        assert!(!text.contains('\n'));
        assert_eq!(from_line(&text).as_ref().expect("what was written is a line"), entry);
    }
}
