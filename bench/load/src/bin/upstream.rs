//! An upstream that takes next to no time: what the bridge itself costs shows best in front of it. One thread.
//!
//! `bench-upstream same` answers every request as legacy answers a ping. `bench-upstream different` answers each one
//! differently, by its `x-bench-number`: other keys, other values, other places. It prints its address, and ends with its
//! input.

use std::{
    error::Error,
    io::Read,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const PONG: &str = r#"{"result": true, "message": ""}"#;
const NOT_FOUND: &str = r#"{"result": null, "message": ""}"#;

fn main() -> ExitCode {
    let different = match std::env::args().nth(1).as_deref() {
        Some("same") => false,
        Some("different") => true,
        _ => {
            eprintln!("usage: bench-upstream same|different");
            return ExitCode::from(2);
        }
    };
    match run(different) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(different: bool) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Whoever started it may be gone without a word.
    let (gone, end) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = gone.send(());
    });
    runtime.block_on(async {
        tokio::select! {
            served = listen(different) => served,
            _ = end => Ok(()),
        }
    })
}

async fn listen(different: bool) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on {}", listener.local_addr()?);
    let asked = Arc::new(AtomicU64::new(0));
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let asked = Arc::clone(&asked);
        // A connection that breaks off is the client's affair.
        tokio::spawn(async move { serve(stream, different, &asked).await.ok() });
    }
}

async fn serve(mut stream: TcpStream, different: bool, asked: &AtomicU64) -> std::io::Result<()> {
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
fn answer(status: &str, body: &str) -> String {
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
