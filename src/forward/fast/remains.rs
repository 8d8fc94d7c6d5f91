//! What is left of an answer's body, and how it goes to the client.

use std::io::Write as _;

use bytes::{BufMut as _, BytesMut};

use super::answer::Framing;
use crate::forward::chunks::{BadChunks, Chunks};

/// What is left of a body.
#[derive(Debug)]
pub(super) struct Remains {
    left: Left,
    /// Something came behind the body.
    surplus: bool,
    /// Bytes of it so far, without what frames them.
    passed: usize,
}

#[derive(Debug)]
enum Left {
    /// So many bytes, which go on as they are.
    Length(u64),
    /// Chunks, which are cut anew: their extensions and trailers are not relayed.
    Chunked(Chunks),
    /// Everything up to the end of the connection, which goes on in chunks.
    UntilEnd,
    /// The framing is broken.
    Bad(BadChunks),
    /// Nothing.
    Nothing,
}

impl Remains {
    pub(super) fn of(framing: Framing) -> Self {
        let left = match framing {
            Framing::Length(0) => Left::Nothing,
            Framing::Length(length) => Left::Length(length),
            Framing::Chunked => Left::Chunked(Chunks::of_answer()),
            Framing::UntilEnd => Left::UntilEnd,
        };
        Self { left, surplus: false, passed: 0 }
    }

    /// Bytes of the body since this was asked last.
    pub(super) fn passed(&mut self) -> usize {
        std::mem::take(&mut self.passed)
    }

    /// Whether the body is over.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.left, Left::Nothing)
    }

    /// Whether more came than the body.
    pub(super) fn has_surplus(&self) -> bool {
        self.surplus
    }

    /// What was wrong with its framing. It is said when everything before that has gone to the client.
    pub(super) fn fault(&self) -> Option<BadChunks> {
        match self.left {
            Left::Bad(fault) => Some(fault),
            _ => None,
        }
    }

    /// Of what came, what goes to the client as it is; all else is put into `out`.
    pub(super) fn take<'d>(&mut self, data: &'d [u8], out: &mut BytesMut) -> &'d [u8] {
        match &mut self.left {
            Left::Length(left) => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(data.len());
                *left -= taken as u64;
                self.passed += taken;
                if *left == 0 {
                    self.over(taken < data.len());
                }
                &data[..taken]
            }
            Left::Chunked(chunks) => {
                let passed = &mut self.passed;
                let put = |piece: &[u8]| {
                    *passed += piece.len();
                    put_chunk(out, piece);
                };
                match chunks.take_data(data, put) {
                    Ok(taken) if chunks.done() => {
                        put_chunk(out, b"");
                        self.over(taken < data.len());
                    }
                    Ok(_) => {}
                    Err(fault) => self.left = Left::Bad(fault),
                }
                &[]
            }
            Left::UntilEnd => {
                self.passed += data.len();
                if !data.is_empty() {
                    put_chunk(out, data);
                }
                &[]
            }
            Left::Bad(_) => &[],
            Left::Nothing => {
                self.surplus |= !data.is_empty();
                &[]
            }
        }
    }

    /// The connection has ended; gives whether the body has with it.
    pub(super) fn end(&mut self, out: &mut BytesMut) -> bool {
        if matches!(self.left, Left::UntilEnd) {
            put_chunk(out, b"");
            self.left = Left::Nothing;
        }
        self.is_over()
    }

    fn over(&mut self, surplus: bool) {
        (self.left, self.surplus) = (Left::Nothing, surplus);
    }
}

/// A chunk; an empty one is the last.
fn put_chunk(out: &mut BytesMut, data: &[u8]) {
    out.reserve(data.len() + 20);
    // A buffer that grows takes everything.
    let _ = write!(out.writer(), "{:x}\r\n", data.len());
    out.put_slice(data);
    out.put_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What the client gets of a body that comes in these pieces; whether it is over, and more than that came.
    fn passed(framing: Framing, pieces: &[&[u8]], ends: bool) -> (Vec<u8>, bool, bool) {
        let (mut remains, mut got) = (Remains::of(framing), Vec::new());
        for piece in pieces {
            let mut out = BytesMut::new();
            let plain = remains.take(piece, &mut out);
            assert!(plain.is_empty() || out.is_empty());
            got.extend_from_slice(&out);
            got.extend_from_slice(plain);
        }
        let mut out = BytesMut::new();
        let over = if ends { remains.end(&mut out) } else { remains.is_over() };
        got.extend_from_slice(&out);
        (got, over, remains.has_surplus())
    }

    #[test]
    fn a_body_is_over_where_its_framing_says_and_what_is_behind_it_is_no_part_of_it() {
        assert_eq!(passed(Framing::Length(4), &[b"ab", b"cd"], false), (b"abcd".to_vec(), true, false));
        assert_eq!(passed(Framing::Length(3), &[b"ab", b"cd"], false), (b"abc".to_vec(), true, true));
        assert_eq!(passed(Framing::Length(0), &[b"x"], false), (Vec::new(), true, true));
        assert_eq!(passed(Framing::Length(4), &[b"ab"], true), (b"ab".to_vec(), false, false));
        let chunked = b"2;x=y\r\nab\r\n0\r\nT: u\r\n\r\n";
        assert_eq!(passed(Framing::Chunked, &[chunked], false), (b"2\r\nab\r\n0\r\n\r\n".to_vec(), true, false));
        assert_eq!(passed(Framing::Chunked, &[b"2\r\nab\r\n"], true), (b"2\r\nab\r\n".to_vec(), false, false));
        assert_eq!(passed(Framing::UntilEnd, &[b"ab", b""], true), (b"2\r\nab\r\n0\r\n\r\n".to_vec(), true, false));
        let mut remains = Remains::of(Framing::Chunked);
        let mut out = BytesMut::new();
        remains.take(b"1\r\na\r\nx", &mut out);
        assert_eq!((&out[..], remains.fault().is_some()), (&b"1\r\na\r\n"[..], true));
    }

    proptest! {
        #[test]
        fn chunks_say_the_same_wherever_they_were_cut(parts in proptest::collection::vec("[a-z]{1,40}", 0..5), cuts in proptest::collection::vec(1usize..20, 1..8)) {
            let mut body = parts.iter().map(|part| format!("{:X} ;e\r\n{part}\r\n", part.len())).collect::<Vec<_>>().concat();
            body.push_str("0\r\n\r\n");
            let (mut pieces, mut rest) = (Vec::new(), body.as_bytes());
            for cut in cuts.iter().cycle() {
                if rest.is_empty() { break; }
                let (piece, after) = rest.split_at((*cut).min(rest.len()));
                pieces.push(piece);
                rest = after;
            }
            let (got, over, surplus) = passed(Framing::Chunked, &pieces, false);
            prop_assert!(over && !surplus);
            let (mut chunks, mut data) = (Chunks::default(), Vec::new());
            prop_assert_eq!(chunks.take_data(&got, |piece| data.extend_from_slice(piece)), Ok(got.len()));
            prop_assert!(chunks.done());
            prop_assert_eq!(data, parts.concat().into_bytes());
        }
    }
}
