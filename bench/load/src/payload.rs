//! Bodies that either side can write and check without having seen them.

/// Bytes that do not deflate, the same in every process: xorshift from a fixed seed. No two places of it are alike, so that
/// a piece that is lost, doubled or out of its place is seen.
#[must_use]
pub fn payload(bytes: usize) -> Vec<u8> {
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut made = Vec::with_capacity(bytes + 8);
    while made.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        made.extend_from_slice(&state.to_le_bytes());
    }
    made.truncate(bytes);
    made
}

/// An answer of legacy's kind, of exactly so many bytes; those that its envelope takes at least.
#[must_use]
pub fn json(bytes: usize) -> String {
    let mut text = r#"{"result": {"assets": ["#.to_owned();
    let end = r#""], "liabilities": {}}, "message": ""}"#;
    for number in 0.. {
        let entry = format!(r#"{{"asset": "eip155:1/erc20:{number:08}", "amount": "{number}.25"}}, "#);
        if text.len() + entry.len() + end.len() >= bytes {
            break;
        }
        text += &entry;
    }
    text.push('"');
    let filling = bytes.saturating_sub(text.len() + end.len());
    text.extend(std::iter::repeat_n('-', filling));
    text + end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_as_long_as_asked_for_and_begins_alike() {
        assert_eq!(payload(13).len(), 13);
        assert_eq!(payload(13), payload(4096)[..13]);
        assert_ne!(payload(4096)[..8], payload(4096)[8..16]);
    }

    #[test]
    fn json_is_as_long_as_asked_for() {
        let text = json(1024);
        assert_eq!(text.len(), 1024);
        assert!(serde_json::from_str::<serde_json::Value>(&text).unwrap()["result"]["assets"].is_array(), "{text}");
    }
}
