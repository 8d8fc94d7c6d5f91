//! The task of one client: what it sends is answered, what it does not take is waited out, and its end is made.

use std::{io, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use tokio::time::timeout;

use super::{
    client::Client,
    ending::{End, Goodbye},
    frame::{Decoder, Event, Limits, Opcode, Role, encode},
    notifier::Notifier,
};

/// Bytes read at once, into memory that nobody holds while nothing comes.
const STEP: usize = 16 * 1024;
/// Reads before others get their turn.
const TURN: usize = 16;
/// Own echoes and pongs that wait for a client before no more is read from it.
const BACKLOG: usize = 256 * 1024;
/// Longest wait for a client to take what is left for it, and to end its side after us.
const LINGER: Duration = Duration::from_secs(2);

/// Serves a client until its end. `early` is what it sent with its handshake.
pub(super) async fn serve(notifier: &Arc<Notifier>, client: &Arc<Client>, mut early: BytesMut, limits: Limits) {
    let mut decoder = Decoder::new(Role::Server, limits);
    if !early.is_empty() {
        take_in(client, &mut decoder, &mut early);
    }
    drop(early);
    let end = loop {
        let (blocked, end) = client.state();
        if let Some(end) = end {
            break end;
        }
        let reads = !blocked || client.own_backlog() < BACKLOG;
        tokio::select! {
            readable = client.readable(), if reads => match readable {
                Ok(()) => read(client, &mut decoder),
                Err(_) => client.end(End::Gone),
            },
            writable = client.writable(), if blocked => match writable {
                Ok(()) => drop(client.flush_blocked()),
                Err(_) => client.end(End::Gone),
            },
            () = client.woken() => {}
        }
    };
    drop(decoder);
    part(notifier, client, end).await;
}

/// Reads what is there, a bounded number of times.
fn read(client: &Client, decoder: &mut Decoder) {
    let mut space = [0; STEP];
    for _ in 0..TURN {
        match client.try_read(&mut space) {
            Ok(0) => return client.end(End::Gone),
            Ok(count) => take_in(client, decoder, &mut space[..count]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return client.end(End::Gone),
        }
        if client.own_backlog() >= BACKLOG || client.state().1.is_some() {
            return;
        }
    }
}

/// Messages go back to their sender, as legacy does it; pings are answered.
fn take_in(client: &Client, decoder: &mut Decoder, bytes: &mut [u8]) {
    let mut answers: Vec<Bytes> = Vec::new();
    let mut closed = None;
    let decoded = decoder.decode(bytes, &mut |event| match event {
        Event::Text(text) => answers.push(encode::frame(Opcode::Text, &text)),
        Event::Binary(bytes) => answers.push(encode::frame(Opcode::Binary, &bytes)),
        Event::Ping(payload) => answers.push(encode::frame(Opcode::Pong, &payload)),
        Event::Pong | Event::Oversized(_) => {}
        Event::Close(code) => closed = Some(End::Closed(code)),
    });
    if !answers.is_empty() {
        client.send_own(answers);
    }
    match (decoded, closed) {
        (Err(violation), _) => client.end(End::Violated(violation)),
        (Ok(()), Some(end)) => client.end(end),
        (Ok(()), None) => {}
    }
}

/// Takes the client off, hands back what it did not get, and says goodbye.
async fn part(notifier: &Arc<Notifier>, client: &Arc<Client>, end: End) {
    let goodbye = end.goodbye(notifier.says_goodbye());
    if end == End::Drained {
        // What was queued before the end came is still its own.
        let _ = timeout(LINGER, taken(client)).await;
    }
    let keeps_begun = goodbye != Goodbye::Reset;
    notifier.leave(client, end, keeps_begun);
    match goodbye {
        Goodbye::Close(code) => {
            client.send_own([encode::close(code)]);
            let through = timeout(LINGER, taken(client)).await;
            if through == Ok(true) {
                client.shut_down();
                // A close with unread bytes would be a reset, and could overtake the close frame.
                let _ = timeout(LINGER, ended(client)).await;
            } else {
                client.reset_at_end();
            }
        }
        Goodbye::Fin => client.shut_down(),
        Goodbye::Reset => client.reset_at_end(),
    }
}

/// Waits until nothing waits for the client; gives whether it came to that.
async fn taken(client: &Client) -> bool {
    while !client.is_idle() {
        if client.writable().await.is_err() {
            return false;
        }
        if !client.flush_blocked() && !client.is_idle() {
            return false;
        }
    }
    true
}

/// Reads and forgets until the client has ended its side.
async fn ended(client: &Client) {
    while client.readable().await.is_ok() && forget(client) {}
}

/// Reads what is there; gives whether more may come. The space for it must not live as long as the task.
fn forget(client: &Client) -> bool {
    let mut space = [0; STEP];
    match client.try_read(&mut space) {
        Ok(count) => count > 0,
        Err(error) => error.kind() == io::ErrorKind::WouldBlock,
    }
}
