//! The framing of a chunked body: one byte of how many bytes come at once, then what comes.

use crate::forward::chunks::Chunks;

/// In whatever pieces it comes, a body ends at the same byte or breaks the rules; and where it ends, one who reads it
/// line by line finds its end too.
pub fn run(data: &[u8]) {
    let Some((step, data)) = data.split_first() else { return };
    let whole = read(data, data.len().max(1));
    assert_eq!(read(data, usize::from(*step).max(1)), whole);
    if let Some((end, true)) = whole {
        assert_eq!(plainly(&data[..end]), Some(end), "{:?}", String::from_utf8_lossy(data));
    }
}

/// How many bytes are the body's so far and whether it is over; none if it is broken.
fn read(data: &[u8], step: usize) -> Option<(usize, bool)> {
    let mut chunks = Chunks::default();
    let mut taken = 0;
    for piece in data.chunks(step) {
        let took = chunks.take(piece).ok()?;
        taken += took;
        if took < piece.len() {
            assert!(chunks.done(), "bytes left over of a body that goes on");
            break;
        }
    }
    Some((taken, chunks.done()))
}

/// RFC 9112 section 7.1, with whole lines at hand.
fn plainly(body: &[u8]) -> Option<usize> {
    let mut at = 0;
    let line = |at: usize| -> Option<(&[u8], usize)> {
        let end = body[at..].windows(2).position(|pair| pair == b"\r\n")?;
        Some((&body[at..at + end], at + end + 2))
    };
    loop {
        let (size, next) = line(at)?;
        let digits = size.split(|b| *b == b';').next()?;
        let size = usize::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        at = next;
        if size == 0 {
            break;
        }
        at = at.checked_add(size)?;
        if body.get(at..at + 2)? != b"\r\n" {
            return None;
        }
        at += 2;
    }
    loop {
        let (trailer, next) = line(at)?;
        at = next;
        if trailer.is_empty() {
            return Some(at);
        }
    }
}
