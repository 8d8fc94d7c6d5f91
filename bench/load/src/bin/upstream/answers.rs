//! Small answers as legacy writes them, all alike or all different.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const PONG: &str = r#"{"result": true, "message": ""}"#;
pub(crate) const NOT_FOUND: &str = r#"{"result": null, "message": ""}"#;

/// Answers one connection until it ends.
pub(crate) async fn serve(mut stream: TcpStream, different: bool, asked: &AtomicU64) -> std::io::Result<()> {
    let mut received = Vec::new();
    loop {
        while let Some(at) = received.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&received[..at]).to_lowercase();
            received.drain(..at + 4);
            // What the bridge asks for itself has no meaning here.
            let answer = if head.contains("\r\nuser-agent: cutover/") {
                answer("404 NOT FOUND", NOT_FOUND)
            } else if different {
                let number = head.lines().find_map(|line| line.strip_prefix("x-bench-number: "));
                let number = number.and_then(|text| text.trim().parse().ok()).unwrap_or_default();
                answer("200 OK", &body(number, asked.fetch_add(1, Ordering::Relaxed)))
            } else {
                answer("200 OK", PONG)
            };
            stream.write_all(answer.as_bytes()).await?;
        }
        if stream.read_buf(&mut received).await? == 0 {
            return Ok(());
        }
    }
}

/// As legacy writes it.
pub(crate) fn answer(status: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nmimetype: application/json\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\n{body}"
    )
}

/// The answer to a request of this number: the same when it is asked again, except that one in eight is another each time.
fn body(number: u64, asked: u64) -> String {
    let filling = filling(number);
    match number % 8 {
        0 => format!(r#"{{"result": true, "message": "", "again{asked}": "{filling}"}}"#),
        1 => format!(r#"{{"result": {{"key{number}": "{filling}"}}, "message": ""}}"#),
        2 => format!(r#"{{"result": true, "message": "{filling}"}}"#),
        3 => format!(r#"{{"result": true, "message": "", "{}{number}": 1}}"#, "long".repeat(100)),
        4 => {
            let several: String = (0..20).map(|each| format!(r#", "key{number}.{each}": "{filling}""#)).collect();
            format!(r#"{{"result": true, "message": ""{several}}}"#)
        }
        5 => format!("no JSON: {filling}"),
        6 => format!(r#"{{"result": [{{"key{number}": [{number}]}}, "{filling}"], "message": ""}}"#),
        _ => format!(r#"{{"result": true, "message": "", "key{number}": {{"value{number}": "{filling}"}}}}"#),
    }
}

/// Up to 1 KiB that does not deflate to much less.
fn filling(number: u64) -> String {
    let mut state = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let words = (0..1 + number % 64).map(|_| {
        // xorshift
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        format!("{state:016x}")
    });
    words.collect()
}
