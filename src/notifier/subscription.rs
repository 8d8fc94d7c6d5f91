//! The one subscription to legacy: made while somebody wants it, read to its end, made again when it breaks.
//!
//! What legacy does with its clients decides how (measured against rotki 1.40.1):
//!
//! - It sends to one client after the other and waits for each, so what it sends is always read, whoever is slow here.
//! - It answers control frames at once, in the middle of a frame that it is sending. So it is sent none but the close,
//!   and that between two frames. Whether it is there, TCP's own probes tell; they also tell a busy legacy from a dead
//!   one, which its pongs would not.
//! - It echoes messages. It is sent none.
//! - Until it has answered the close it may send messages that it counts as delivered; after it, it queues them. So an
//!   orderly end reads until the answer, and nothing falls between.

use std::{
    io,
    pin::pin,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::watch,
    time::{sleep, timeout},
};

use super::{
    announcing,
    counts::add,
    frame::{Decoder, Event, Limits, Opcode, Role, encode},
    joining::{self, Joined},
    link::Link,
    missed,
    notifier::Notifier,
    outcome::Undelivered,
};

/// First wait before legacy is tried again, doubled up to the last.
const FIRST_RETRY: Duration = Duration::from_millis(20);
const LAST_RETRY: Duration = Duration::from_millis(500);
/// A subscription that lasted this long was a good one.
const GOOD: Duration = Duration::from_secs(1);
/// Largest message of legacy's that is held; it has been seen to send several megabytes at once.
const LARGEST: u64 = 64 << 20;
/// Bytes read at once.
const STEP: usize = 64 * 1024;
/// Longest wait for legacy's answer to a close.
const PARTING: Duration = Duration::from_secs(5);
/// What may wait for the messages that were missed before.
const HELD: usize = 64 << 20;
/// Longest wait for those once the subscription is over.
const MISSED_END: Duration = Duration::from_secs(2);
/// Time between two tries to get those.
const MISSED_RETRY: Duration = Duration::from_secs(2);

/// How a subscription ended.
enum Ended {
    /// Nobody wants it any more, or the bridge stops.
    Left,
    Broken(String),
}

/// Keeps the notifier subscribed while it has clients, until the bridge stops.
pub(super) async fn keep(notifier: &Arc<Notifier>, mut stopping: watch::Receiver<bool>) {
    let mut wanted = notifier.wanted.subscribe();
    while !*stopping.borrow() {
        notifier.link.send_replace(Link::Idle);
        tokio::select! {
            () = until(&mut wanted, |wanted| *wanted > 0) => {}
            () = until(&mut stopping, |stopping| *stopping) => return,
        }
        notifier.link.send_replace(Link::Connecting);
        let mut retry = FIRST_RETRY;
        while !left(notifier, &stopping) {
            let began = Instant::now();
            let ended = match joining::join(notifier).await {
                Ok(joined) => follow(notifier, joined, &mut wanted, &mut stopping).await,
                Err(error) => Ended::Broken(error.to_string()),
            };
            let Ended::Broken(why) = ended else { break };
            if began.elapsed() > GOOD {
                retry = FIRST_RETRY;
            }
            broken(notifier, &why);
            tokio::select! {
                // Jitter: not every bridge of a restarted legacy should ask at once.
                () = sleep(retry.mul_f64(rand::random_range(0.5..1.0))) => {}
                () = until(&mut wanted, |wanted| *wanted == 0) => {}
                () = until(&mut stopping, |stopping| *stopping) => return,
            }
            retry = (retry * 2).min(LAST_RETRY);
        }
        // Whoever comes now has missed nothing.
        notifier.gap.store(false, Ordering::SeqCst);
        notifier.behind.send_replace(false);
    }
}

/// Completes once it holds. The guard of a watched value must not live across a wait.
async fn until<T>(watched: &mut watch::Receiver<T>, holds: impl FnMut(&T) -> bool) {
    let _ = watched.wait_for(holds).await;
}

fn left(notifier: &Notifier, stopping: &watch::Receiver<bool>) -> bool {
    *stopping.borrow() || notifier.wanted() == 0
}

/// There is no subscription, and clients that want one.
fn broken(notifier: &Arc<Notifier>, why: &str) {
    if notifier.link.send_replace(Link::Down) == Link::Down {
        tracing::debug!(why, "still no subscription to legacy's websocket");
        return;
    }
    let clients = notifier.clients();
    tracing::warn!(why, clients, "the subscription to legacy's websocket is gone; clients stay, it is tried again");
    notifier.gap.store(true, Ordering::SeqCst);
    notifier.behind.send_replace(true);
    announcing::away(notifier);
}

/// What legacy sends while the messages that were missed before are on their way.
#[derive(Default)]
struct Held {
    texts: Vec<bytes::Bytes>,
    bytes: usize,
}

async fn follow(
    notifier: &Arc<Notifier>,
    joined: Joined,
    wanted: &mut watch::Receiver<usize>,
    stopping: &mut watch::Receiver<bool>,
) -> Ended {
    let Joined { mut stream, mut early } = joined;
    add(&notifier.counts.subscriptions, 1);
    let was = notifier.link.send_replace(Link::Up);
    if was == Link::Down {
        tracing::info!("subscribed to legacy's websocket again");
    } else {
        tracing::debug!("subscribed to legacy's websocket");
    }
    let mut reading = Reading { decoder: decoder(), held: None, closed: false };
    // After the line above, or a client that came in between would have missed something unnoticed.
    let mut missing = notifier.gap.swap(false, Ordering::SeqCst);
    if missing {
        reading.held = Some(Held::default());
        announcing::back(notifier);
    } else {
        notifier.behind.send_replace(false);
    }
    if let Err(why) = reading.take(notifier, &mut early) {
        reading.release(notifier);
        return Ended::Broken(why);
    }
    let mut fetching = pin!(missed::fetch(notifier, Duration::ZERO));
    let mut space = vec![0; STEP];
    let broken = loop {
        if reading.closed {
            break Some("legacy closed it".to_owned());
        }
        tokio::select! {
            read = stream.read(&mut space) => match read {
                Ok(0) => break Some("legacy ended it".into()),
                Ok(count) => {
                    if let Err(why) = reading.take(notifier, &mut space[..count]) {
                        break Some(why);
                    }
                    notifier.caught_up().await;
                }
                Err(error) => break Some(error.to_string()),
            },
            fetched = &mut fetching, if missing => {
                match fetched {
                    Ok(()) => missing = false,
                    Err(error) => {
                        tracing::warn!(error, "what legacy queued meanwhile could not be asked for; trying again");
                        fetching.set(missed::fetch(notifier, MISSED_RETRY));
                    }
                }
                reading.release(notifier);
                notifier.behind.send_replace(false);
            }
            () = until(wanted, |wanted| *wanted == 0) => break None,
            () = until(stopping, |stopping| *stopping) => break None,
        }
    };
    if missing {
        // Legacy may have handed them out already: they are ours to lose now.
        let _ = timeout(MISSED_END, &mut fetching).await;
    }
    reading.release(notifier);
    notifier.behind.send_replace(false);
    if let Some(why) = broken {
        return Ended::Broken(why);
    }
    notifier.link.send_replace(Link::Connecting);
    if timeout(PARTING, part(notifier, &mut stream, &mut reading)).await.is_err() {
        tracing::warn!("legacy did not answer the close of our subscription; reset");
        let _ = socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO));
    }
    tracing::debug!("subscription to legacy's websocket given up: no client needs it");
    Ended::Left
}

/// Says that nobody listens any more, and takes what legacy sent until it heard that.
async fn part(notifier: &Arc<Notifier>, stream: &mut TcpStream, reading: &mut Reading) {
    let mut space = vec![0; STEP];
    let mut said = false;
    loop {
        if !said && reading.decoder.is_between_frames() {
            said = true;
            // No reason: legacy answers one with a malformed close.
            if stream.write_all(&encode::masked(Opcode::Close, &[])).await.is_err() {
                return;
            }
        }
        match stream.read(&mut space).await {
            Ok(0) => return,
            Ok(count) => {
                if reading.take(notifier, &mut space[..count]).is_err() || reading.closed {
                    return;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

fn decoder() -> Decoder {
    Decoder::new(Role::Client, Limits { frame: None, message: Some(LARGEST) })
}

/// What has been read of a subscription.
struct Reading {
    decoder: Decoder,
    /// Messages that wait for older ones.
    held: Option<Held>,
    closed: bool,
}

impl Reading {
    fn take(&mut self, notifier: &Arc<Notifier>, bytes: &mut [u8]) -> Result<(), String> {
        let Self { decoder, held, closed } = self;
        let decoded = decoder.decode(bytes, &mut |event| match event {
            Event::Text(text) => match held {
                Some(held) => {
                    held.bytes += text.len();
                    held.texts.push(text);
                }
                None => relay(notifier, &text),
            },
            Event::Binary(bytes) => notifier.relay_binary(&bytes),
            Event::Oversized(bytes) => {
                tracing::error!(bytes, "a message of legacy's is too large to be held, and was not passed on");
                add(&notifier.counts.oversized, 1);
            }
            Event::Close(_) => *closed = true,
            Event::Ping(_) | Event::Pong => {}
        });
        if self.held.as_ref().is_some_and(|held| held.bytes > HELD) {
            self.release(notifier);
        }
        decoded.map_err(|violation| format!("legacy broke the protocol: {}", violation.what))
    }

    /// Passes on what waited; from here on nothing waits.
    fn release(&mut self, notifier: &Arc<Notifier>) {
        for text in self.held.take().unwrap_or_default().texts {
            relay(notifier, &text);
        }
    }
}

fn relay(notifier: &Arc<Notifier>, text: &[u8]) {
    // The decoder lets nothing else through.
    if let Ok(text) = std::str::from_utf8(text) {
        notifier.relay(text, Undelivered::Keep);
    }
}
