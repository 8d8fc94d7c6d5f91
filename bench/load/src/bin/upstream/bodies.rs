//! Small and large bodies: answers are made once, and a body that comes in is compared as it comes.
//!
//! | request | answer |
//! | --- | --- |
//! | `GET /api/1/small` | 1 KiB of JSON |
//! | `GET /api/1/large` | 10 MiB |
//! | `POST /api/1/large` | how many bytes came, once all are there and as they should be; 400 otherwise |
//!
//! One request at a time on a connection, as proxies ask.

use bench_load::payload::{json, payload};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::answers::{NOT_FOUND, answer};

const SMALL: usize = 1024;
const LARGE: usize = 10 << 20;
/// Read at once at most, while a body comes.
const PIECE: usize = 256 * 1024;
/// Of a head.
const HEAD: usize = 16 * 1024;

/// What there is to answer with.
pub(crate) struct Bodies {
    small: Vec<u8>,
    large: Vec<u8>,
    payload: Vec<u8>,
    not_found: Vec<u8>,
}

impl Default for Bodies {
    fn default() -> Self {
        let payload = payload(LARGE);
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {LARGE}\r\n\
             Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\n"
        );
        Self {
            small: answer("200 OK", &json(SMALL)).into_bytes(),
            large: [head.as_bytes(), &payload].concat(),
            payload,
            // What the bridge asks for itself has no meaning here.
            not_found: answer("404 NOT FOUND", NOT_FOUND).into_bytes(),
        }
    }
}

/// Answers one connection until it ends.
pub(crate) async fn serve(mut stream: TcpStream, bodies: &Bodies) -> std::io::Result<()> {
    let mut received = vec![0; HEAD];
    let mut filled = 0;
    loop {
        match stream.read(&mut received[filled..]).await? {
            0 => return Ok(()),
            bytes => filled += bytes,
        }
        let Some(end) = memchr::memmem::find(&received[..filled], b"\r\n\r\n") else {
            continue;
        };
        let (head, rest) = received[..filled].split_at(end + 4);
        if head.starts_with(b"GET /api/1/small ") {
            stream.write_all(&bodies.small).await?;
        } else if head.starts_with(b"GET /api/1/large ") {
            stream.write_all(&bodies.large).await?;
        } else if head.starts_with(b"POST /api/1/large ") {
            let said = swallow(&mut stream, &bodies.payload, length(head), rest).await?;
            stream.write_all(said.as_bytes()).await?;
        } else {
            stream.write_all(&bodies.not_found).await?;
        }
        filled = 0;
    }
}

/// Reads a body of this length, of which a part may have come. Without a length it is not read, and nothing can follow.
async fn swallow(
    stream: &mut TcpStream,
    expected: &[u8],
    length: Option<usize>,
    rest: &[u8],
) -> std::io::Result<String> {
    let Some(length) = length else {
        return Ok(answer("411 LENGTH REQUIRED", NOT_FOUND));
    };
    let mut came = rest.len();
    let mut right = expected.get(..came) == Some(rest);
    let mut piece = vec![0; PIECE.min(length)];
    while came < length {
        let bytes = stream.read(&mut piece).await?;
        if bytes == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        right &= expected.get(came..came + bytes) == Some(&piece[..bytes]);
        came += bytes;
    }
    let status = if right && came == length { "200 OK" } else { "400 BAD REQUEST" };
    Ok(answer(status, &format!(r#"{{"result": {came}, "message": ""}}"#)))
}

fn length(head: &[u8]) -> Option<usize> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    request.parse(head).ok()?;
    let found = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"))?;
    std::str::from_utf8(found.value).ok()?.trim().parse().ok()
}
