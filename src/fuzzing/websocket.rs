//! Frames: one byte of who reads, one of how many bytes come at once, then what comes.

use crate::notifier::{
    frame::{Decoder, Event, Limits, Opcode, Role, Violation, encode},
    message::Message,
};

/// In whatever pieces bytes come, they are the same messages; messages written as frames are the same messages; and the
/// text of one is read or said to be unknown.
pub fn run(data: &[u8]) {
    let [who, step, data @ ..] = data else { return };
    let role = if who % 2 == 0 { Role::Server } else { Role::Client };
    let limits = match who / 2 % 3 {
        0 => Limits::default(),
        1 => Limits { frame: Some(100), message: Some(150) },
        _ => Limits { frame: None, message: Some(64) },
    };
    let whole = read(role, limits, data, data.len().max(1));
    assert_eq!(read(role, limits, data, usize::from(*step).max(1)), whole);
    let closes = whole.0.iter().position(|event| matches!(event, Event::Close(_)));
    assert!(closes.is_none_or(|at| at + 1 == whole.0.len()), "something after a close");
    for event in &whole.0 {
        let (opcode, payload) = match event {
            Event::Text(text) => {
                assert!(std::str::from_utf8(text).is_ok());
                if let Ok(message) = Message::read(text) {
                    let json = message.to_json();
                    assert_eq!(Message::read(json.as_bytes()).expect("what was written is known").to_json(), json);
                }
                (Opcode::Text, text)
            }
            Event::Binary(bytes) => (Opcode::Binary, bytes),
            Event::Ping(bytes) => (Opcode::Ping, bytes),
            Event::Pong | Event::Close(_) | Event::Oversized(_) => continue,
        };
        for (role, frame) in
            [(Role::Server, encode::masked(opcode, payload)), (Role::Client, encode::frame(opcode, payload))]
        {
            let (events, violation) = read(role, Limits::default(), &frame, frame.len());
            assert_eq!((events.as_slice(), violation), (std::slice::from_ref(event), None));
        }
    }
}

fn read(role: Role, limits: Limits, bytes: &[u8], step: usize) -> (Vec<Event>, Option<Violation>) {
    let mut decoder = Decoder::new(role, limits);
    let mut events = Vec::new();
    for piece in bytes.chunks(step) {
        let mut piece = piece.to_vec();
        if let Err(violation) = decoder.decode(&mut piece, &mut |event| events.push(event)) {
            return (events, Some(violation));
        }
    }
    (events, None)
}
