//! A message to all clients, and one from a client.

use std::hint::black_box;

use cutover::notifier::{
    frame::{Decoder, Event, Limits, Opcode, Role, encode},
    message::delivery_of,
};

use super::repeat;

/// What legacy has to say.
const MESSAGE: &str = r#"{"type": "transaction_status", "data": {"address": "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045", "chain": "eth", "subtype": "evm", "period": [1514764800, 1735689599], "status": "querying_transactions"}}"#;

/// A message is looked into and put into the one frame that all clients get, and a client's frame of the same text is
/// read.
pub(super) fn both_ways(rounds: u64) {
    let from_client = encode::masked(Opcode::Text, MESSAGE.as_bytes());
    let limits = Limits { frame: Some(1 << 16), message: Some(1 << 16) };
    let mut decoder = Decoder::new(Role::Server, limits);
    let mut arrived = Vec::with_capacity(from_client.len());
    repeat(rounds, || {
        black_box(delivery_of(black_box(MESSAGE.as_bytes())));
        black_box(encode::frame(Opcode::Text, black_box(MESSAGE.as_bytes())));
        // It is unmasked in place.
        arrived.clear();
        arrived.extend_from_slice(&from_client);
        let mut read = 0;
        decoder.decode(&mut arrived, &mut |event| read += usize::from(matches!(event, Event::Text(_)))).unwrap();
        assert_eq!(read, 1);
    });
}
