//! The limit: tungstenite in a bare loop over blocking sockets, with no queues, no timeouts, and nobody who may be slow.
//!
//! `bench-ws-limit THREADS`: each thread has its part of the clients, and sends them message after message. The thread
//! that publishes is one of them. It prints its address, and is then told what to do as the other subjects are.

use std::{
    net::{TcpListener, TcpStream},
    process::ExitCode,
    sync::{Arc, mpsc},
    thread,
};

use bench_common::{Error, answer_lines};
use bench_ws::publish::{Messages, Order, Published};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tungstenite::{Message, Utf8Bytes, WebSocket, protocol::WebSocketConfig};

/// One part of the clients.
type Clients = Arc<Mutex<Vec<WebSocket<TcpStream>>>>;
/// What is sent to each client before the next one has its turn.
type Batch = Arc<[Utf8Bytes]>;

/// Batches that a thread may be behind.
const BEHIND: usize = 16;

fn main() -> ExitCode {
    let Some(threads) = std::env::args().nth(1).and_then(|text| text.parse().ok()).filter(|threads| *threads > 0)
    else {
        eprintln!("usage: bench-ws-limit THREADS");
        return ExitCode::from(2);
    };
    let parts: Vec<Clients> = (0..threads).map(|_| Clients::default()).collect();
    if let Err(error) = listen(parts.clone()) {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    answer_lines(|order| answer(&parts, order))
}

/// Accepts clients for as long as the process lives; the parts get them in turns.
fn listen(parts: Vec<Clients>) -> Result<(), Error> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("listening on {}", listener.local_addr()?);
    thread::spawn(move || {
        for (stream, part) in listener.incoming().zip(parts.iter().cycle()) {
            match stream.map_err(Error::from).and_then(accept) {
                Ok(client) => part.lock().push(client),
                Err(error) => eprintln!("a client less: {error}"),
            }
        }
    });
    Ok(())
}

fn accept(stream: TcpStream) -> Result<WebSocket<TcpStream>, Error> {
    stream.set_nodelay(true)?;
    // Nothing is read here, so there is no need for its large buffers.
    let config = WebSocketConfig::default().read_buffer_size(4096);
    Ok(tungstenite::accept_with_config(stream, Some(config)).map_err(|error| error.to_string())?)
}

fn answer(parts: &[Clients], order: Order) -> Result<Value, Error> {
    match order {
        Order::Subscribers => Ok(json!({ "subscribers": parts.iter().map(|part| part.lock().len()).sum::<usize>() })),
        Order::Publish(messages) => Ok(serde_json::to_value(publish(parts, messages)?)?),
    }
}

fn publish(parts: &[Clients], messages: Messages) -> Result<Published, Error> {
    let (own, others) = parts.split_first().ok_or("no part has clients")?;
    thread::scope(|scope| {
        let (senders, threads): (Vec<_>, Vec<_>) = others
            .iter()
            .map(|part| {
                let (sender, batches) = mpsc::sync_channel::<Batch>(BEHIND);
                (sender, scope.spawn(move || batches.into_iter().try_for_each(|batch| send(&mut part.lock(), &batch))))
            })
            .unzip();
        let mut own = own.lock();
        let published = messages.publish(|texts| {
            let batch: Batch = texts.into_iter().map(Utf8Bytes::from).collect();
            for sender in &senders {
                sender.send(Arc::clone(&batch)).map_err(|_| "a thread has ended")?;
            }
            send(&mut own, &batch)
        });
        drop(senders);
        for thread in threads {
            thread.join().map_err(|_| "a thread has panicked")??;
        }
        published
    })
}

/// All of a batch to one client after another, with as few system calls as that takes. The payload is shared;
/// tungstenite copies it into the buffer of each client.
fn send(clients: &mut [WebSocket<TcpStream>], batch: &Batch) -> Result<(), Error> {
    for client in clients {
        for text in batch.iter() {
            client.write(Message::Text(text.clone()))?;
        }
        client.flush()?;
    }
    Ok(())
}
