//! Streams of one to four requests, right in most places and wrong in a few.

use super::{
    message::{Chunk, Line, Message},
    words::*,
};
use crate::support::dice::Dice;

/// A stream, in pieces that make sense by themselves: whoever looks for the smallest failing one leaves some out.
#[derive(Debug, Clone)]
pub struct Case {
    pub pieces: Vec<Vec<u8>>,
    /// Decides how the stream is cut into writes.
    pub cuts: Dice,
}

impl Case {
    /// The case of a seed and a number, always the same.
    pub fn of(seed: u64, index: u64) -> Self {
        let mut dice = Dice::of(seed, index);
        let count = *dice.pick(&[1, 1, 1, 2, 2, 3, 4]);
        let mut messages: Vec<Message> = (0..count).map(|at| plain(&mut dice, &format!("c{index}.{at}"))).collect();
        // A third is left as it is: a bridge that refuses everything must not pass.
        let faults = *dice.pick(&[0, 0, 0, 1, 1, 1, 1, 2, 3]);
        for _ in 0..faults {
            let message = dice.below(messages.len());
            spoil(&mut dice, &mut messages[message], &format!("c{index}.s"));
        }
        let mut pieces: Vec<Vec<u8>> =
            messages.iter().flat_map(Message::pieces).filter(|piece| !piece.is_empty()).collect();
        if faults > 0 && dice.percent(15) {
            crumble(&mut dice, &mut pieces);
        }
        Self { pieces, cuts: dice }
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.pieces.concat()
    }
}

fn filled(text: &[u8], mark: u8, with: &str) -> Vec<u8> {
    text.iter().flat_map(|byte| if *byte == mark { with.as_bytes().to_vec() } else { vec![*byte] }).collect()
}

fn word(dice: &mut Dice, from: &[&[u8]]) -> Vec<u8> {
    dice.pick(from).to_vec()
}

/// A request that is as it should be.
fn plain(dice: &mut Dice, marker: &str) -> Message {
    let mut message = Message::get(&filled(&word(dice, TARGETS), b'@', marker));
    message.method = word(dice, &METHODS[..7]);
    if dice.percent(20) {
        message.head.push(Line::of(b"Connection", &word(dice, &[&b"keep-alive"[..], b"x-a", b"close", b"TE, x-b"])));
    }
    for _ in 0..dice.below(4) {
        let (name, value) = *dice.pick(&FIELDS[..28]);
        if name != b"Upgrade" || dice.percent(20) {
            message.head.push(Line::of(name, value));
        }
    }
    match dice.below(3) {
        0 => {}
        1 => {
            let body = filled(&word(dice, BODIES), b'@', &format!("{marker}b"));
            message.head.push(Line::of(b"Content-Length", body.len().to_string().as_bytes()));
            message.body = body;
        }
        _ => {
            message.head.push(Line::of(b"Transfer-Encoding", b"chunked"));
            for _ in 0..dice.below(3) {
                let data = filled(&word(dice, &BODIES[1..]), b'@', &format!("{marker}b"));
                message.chunks.push(Chunk::of(&data));
            }
            message.chunks.push(Chunk::last());
            if dice.percent(20) {
                let (name, value) = *dice.pick(&TRAILERS[..5]);
                message.trailers.push(Line::of(name, value));
            }
            message.tail = b"\r\n".to_vec();
        }
    }
    if dice.percent(10) {
        message.before = b"\r\n".to_vec();
    }
    let at = dice.below(message.head.len() + 1);
    message.head.insert(at, Line::of(b"Host", &word(dice, &HOSTS[..4])));
    message
}

/// Makes one thing wrong, or at least unusual.
fn spoil(dice: &mut Dice, message: &mut Message, marker: &str) {
    let real = message.body.len().to_string();
    let line = dice.below(message.head.len());
    match dice.below(22) {
        0 => message.method = word(dice, METHODS),
        1 => message.target = filled(&word(dice, ODD_TARGETS), b'@', marker),
        2 => message.version = word(dice, VERSIONS),
        3 => message.spaces[dice.below(2)] = word(dice, SPACES),
        4 => message.end = word(dice, LINE_ENDS),
        5 => message.head[line].end = word(dice, LINE_ENDS),
        6 => message.blank = word(dice, LINE_ENDS),
        7 => message.head[line].colon = word(dice, COLONS),
        8 => message.before = word(dice, BEFORE),
        9 => {
            let (name, value) = *dice.pick(FIELDS);
            message.head.insert(line, Line::of(name, value));
        }
        10 => {
            let again = message.head[line].clone();
            message.head.push(again);
        }
        11 if message.head.len() > 1 => {
            message.head.remove(line);
        }
        12 => {
            let host = Line::of(b"Host", &word(dice, HOSTS));
            if dice.percent(70) {
                message.head.retain(|line| line.name != b"Host");
            }
            message.head.insert(dice.below(message.head.len() + 1), host);
        }
        13 => message.head.push(Line::of(b"Connection", &word(dice, CONNECTIONS))),
        // Another length beside or in place of what there is.
        14 | 15 => {
            if dice.percent(50) {
                message.head.retain(|line| line.name != b"Content-Length");
            }
            let name = if dice.percent(50) { b"Content-Length" } else { *dice.pick(LENGTH_NAMES) };
            let length = filled(&word(dice, LENGTHS), b'#', &real);
            message.head.insert(dice.below(message.head.len() + 1), Line::of(name, &length));
        }
        // Another coding, with or without the length, and a body that can be read by either.
        16 | 17 => {
            if dice.percent(50) {
                message.head.retain(|line| line.name != b"Transfer-Encoding");
            }
            let name = if dice.percent(50) { b"Transfer-Encoding" } else { *dice.pick(CODING_NAMES) };
            message.head.insert(dice.below(message.head.len() + 1), Line::of(name, &word(dice, CODINGS)));
            if message.chunks.is_empty() && dice.percent(60) {
                message.body = filled(&word(dice, BODIES), b'@', marker);
            }
        }
        18 => {
            message.body = filled(&word(dice, BODIES), b'@', marker);
        }
        19 | 20 => spoil_chunks(dice, message, marker),
        _ => large(dice, message),
    }
}

fn spoil_chunks(dice: &mut Dice, message: &mut Message, marker: &str) {
    if message.chunks.is_empty() {
        message.head.retain(|line| line.name != b"Content-Length");
        message.head.push(Line::of(b"Transfer-Encoding", b"chunked"));
        message.body.clear();
        message.chunks = vec![Chunk::of(&filled(&word(dice, &BODIES[1..]), b'@', marker)), Chunk::last()];
        message.tail = b"\r\n".to_vec();
    }
    let at = dice.below(message.chunks.len());
    let chunk = &mut message.chunks[at];
    match dice.below(8) {
        0 | 1 => {
            let right = format!("{:x}", chunk.data.len());
            chunk.size = filled(&word(dice, SIZES), b'#', &right);
        }
        2 | 3 => chunk.extension = word(dice, EXTENSIONS),
        4 => chunk.size_end = word(dice, LINE_ENDS),
        5 => chunk.data_end = word(dice, LINE_ENDS),
        6 => message.tail = word(dice, LINE_ENDS),
        _ => {
            let (name, value) = *dice.pick(TRAILERS);
            let mut line = Line::of(name, value);
            if dice.percent(30) {
                line.end = word(dice, LINE_ENDS);
            }
            message.trailers.push(line);
        }
    }
}

/// Something near a limit.
fn large(dice: &mut Dice, message: &mut Message) {
    match dice.below(5) {
        0 => {
            let wanted = 8160 + dice.below(60);
            let missing = wanted.saturating_sub(message.target.len());
            message.target.extend(std::iter::repeat_n(b'x', missing));
        }
        1 => {
            for _ in 0..85 + dice.below(25) {
                message.head.push(Line::of(b"X-Many", b"1"));
            }
        }
        2 => message.head.push(Line::of(b"X-Long", &vec![b'v'; *dice.pick(&[8000, 30_000, 65_000, 66_000])])),
        3 => {
            for chunk in &mut message.chunks {
                chunk.extension = [&b";x="[..], &vec![b'y'; *dice.pick(&[100, 240, 400, 9000])]].concat();
            }
        }
        _ => {
            for _ in 0..*dice.pick(&[10, 60, 110, 1200]) {
                message.trailers.push(Line::of(b"X-Trailer", b"1234"));
            }
        }
    }
}

/// Cuts, doubles, swaps or litters pieces, whatever they are.
fn crumble(dice: &mut Dice, pieces: &mut Vec<Vec<u8>>) {
    let at = dice.below(pieces.len());
    match dice.below(6) {
        0 => {
            pieces.remove(at);
        }
        1 => pieces.insert(at, pieces[at].clone()),
        2 => {
            let other = dice.below(pieces.len());
            pieces.swap(at, other);
        }
        3 => pieces.truncate(at + 1),
        4 => {
            let cut = dice.below(pieces[at].len() + 1);
            let rest = pieces[at].split_off(cut);
            pieces.insert(at + 1, rest);
            pieces.insert(at + 1, word(dice, CRUMBS));
        }
        _ => {
            let within = dice.below(pieces[at].len().max(1));
            if let Some(byte) = pieces[at].get_mut(within) {
                *byte = (dice.next() & 0xff) as u8;
            }
        }
    }
    if pieces.is_empty() {
        pieces.push(b"\r\n".to_vec());
    }
}
