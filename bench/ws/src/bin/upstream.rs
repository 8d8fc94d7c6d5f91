//! What stands behind the bridge: a websocket at `/ws` that takes no time to publish, one write for each message. It
//! knows of HTTP what the bridge asks legacy for by itself: there are no messages waiting, and nothing else is known.
//!
//! It prints its address, and is then told what to do as the other subjects are.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::ExitCode,
    sync::Arc,
    thread,
};

use bench_common::{Error, answer_lines};
use bench_ws::{
    frame::{self, Frame},
    head,
    publish::Order,
};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tungstenite::handshake::derive_accept_key;

const NO_MESSAGES: &str = r#"{"result": {"warnings": [], "errors": []}, "message": ""}"#;
const NOT_FOUND: &str = r#"{"result": null, "message": ""}"#;

/// Open subscriptions. The lock is held for the whole of a write, so that no pong gets into a message.
type Subscribers = Mutex<Vec<Arc<TcpStream>>>;

fn main() -> ExitCode {
    let subscribers = Arc::new(Subscribers::default());
    if let Err(error) = listen(Arc::clone(&subscribers)) {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    answer_lines(|order| answer(&subscribers, order))
}

fn listen(subscribers: Arc<Subscribers>) -> Result<(), Error> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("listening on {}", listener.local_addr()?);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let subscribers = Arc::clone(&subscribers);
            thread::spawn(move || {
                if let Err(error) = serve(stream, &subscribers) {
                    eprintln!("a connection ended: {error}");
                }
            });
        }
    });
    Ok(())
}

fn answer(subscribers: &Subscribers, order: Order) -> Result<Value, Error> {
    match order {
        Order::Subscribers => Ok(json!({ "subscribers": subscribers.lock().len() })),
        Order::Publish(messages) => {
            let published = messages.publish(|texts| {
                for text in texts {
                    let frame = frame::from_server(frame::TEXT, text.as_bytes());
                    for stream in subscribers.lock().iter() {
                        (&**stream).write_all(&frame)?;
                    }
                }
                Ok(())
            });
            Ok(serde_json::to_value(published?)?)
        }
    }
}

/// Requests until one of them is an upgrade.
fn serve(mut stream: TcpStream, subscribers: &Subscribers) -> Result<(), Error> {
    stream.set_nodelay(true)?;
    let mut received = Vec::new();
    while let Some(head) = head::next(&mut stream, &mut received)? {
        if let Some(key) = head::header(&head, "sec-websocket-key") {
            let accept = derive_accept_key(key.as_bytes());
            let stream = Arc::new(stream);
            {
                // From here on it is a subscriber: what is published next has to come after this answer.
                let mut subscribers = subscribers.lock();
                write!(
                    &*stream,
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                     Sec-WebSocket-Accept: {accept}\r\n\r\n"
                )?;
                subscribers.push(Arc::clone(&stream));
            }
            let ended = listen_to(&stream, received, subscribers);
            subscribers.lock().retain(|each| !Arc::ptr_eq(each, &stream));
            return ended;
        }
        discard(&mut stream, &mut received, head::header(&head, "content-length"))?;
        let answer = if head.starts_with("GET /api/1/messages ") {
            ("200 OK", NO_MESSAGES)
        } else {
            ("404 NOT FOUND", NOT_FOUND)
        };
        write(&stream, answer)?;
    }
    Ok(())
}

/// The body of a request.
fn discard(stream: &mut TcpStream, received: &mut Vec<u8>, length: Option<&str>) -> Result<(), Error> {
    let length: usize = length.unwrap_or("0").parse()?;
    let there = length.min(received.len());
    received.drain(..there);
    let missing = u64::try_from(length - there)?;
    std::io::copy(&mut stream.take(missing), &mut std::io::sink())?;
    Ok(())
}

/// As legacy writes it.
fn write(mut stream: &TcpStream, (status, body): (&str, &str)) -> Result<(), Error> {
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\nmimetype: application/json\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\n{body}"
    );
    Ok(stream.write_all(answer.as_bytes())?)
}

/// Answers pings and a close, until the subscriber goes.
fn listen_to(mut stream: &TcpStream, mut received: Vec<u8>, subscribers: &Subscribers) -> Result<(), Error> {
    let mut buffer = [0; 4096];
    loop {
        while let Some(frame) = Frame::first(&received)? {
            let payload = frame.payload(&received);
            received.drain(..frame.bytes);
            let (opcode, payload) = match frame.opcode {
                frame::PING => (frame::PONG, payload),
                frame::TEXT => (frame::TEXT, payload), // legacy sends it back
                frame::CLOSE => (frame::CLOSE, Vec::new()),
                _ => continue,
            };
            let _whole = subscribers.lock();
            stream.write_all(&frame::from_server(opcode, &payload))?;
            if opcode == frame::CLOSE {
                return Ok(());
            }
        }
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            read => received.extend(&buffer[..read]),
        }
    }
}
