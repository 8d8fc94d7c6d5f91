//! Heads of requests and answers, which end with an empty line.

use std::io::Read;

use bench_common::Error;

/// The longest that is read.
const MOST: usize = 64 * 1024;

/// Reads until a head is complete. Gives it without its empty line, and takes it off what was received; what follows it
/// stays there. `None` if the other end closed before a new one began.
///
/// # Errors
///
/// If reading fails, or the other end closes within a head, or there is no end to it.
pub fn next(stream: &mut impl Read, received: &mut Vec<u8>) -> Result<Option<String>, Error> {
    let mut buffer = [0; 4096];
    loop {
        if let Some(at) = received.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&received[..at]).into_owned();
            received.drain(..at + 4);
            return Ok(Some(head));
        }
        if received.len() > MOST {
            return Err("a head without end".into());
        }
        match stream.read(&mut buffer)? {
            0 if received.is_empty() => return Ok(None),
            0 => return Err("closed within a head".into()),
            read => received.extend(&buffer[..read]),
        }
    }
}

/// The value of a header; its name in lower case.
#[must_use]
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_one_after_another_and_the_rest_stays() {
        let mut stream = &b"GET / HTTP/1.1\r\nHost: a:1\r\n\r\nHTTP/1.1 101 X\r\n\r\n\x81"[..];
        let mut received = Vec::new();
        let head = next(&mut stream, &mut received).unwrap().unwrap();
        assert_eq!((header(&head, "host"), header(&head, "upgrade")), (Some("a:1"), None));
        assert_eq!(next(&mut stream, &mut received).unwrap().as_deref(), Some("HTTP/1.1 101 X"));
        assert_eq!(received, b"\x81");
        assert!(next(&mut stream, &mut received).is_err());
        assert!(next(&mut stream, &mut Vec::new()).unwrap().is_none());
    }
}
