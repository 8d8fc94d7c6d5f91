//! Bytes both ways between a client and legacy, where legacy must never hear of a client while it writes to it.
//!
//! Legacy's server aborts as a whole when a client ends its side in good order, or sends a close frame or an invalid one,
//! while a write to that client is blocked (gevent issue 2100). A ping it answers in the middle of the frame that it is
//! writing. A reset it survives. A client that takes nothing holds such a write up, and so does one that reads as fast
//! as it can, for moments, if the frame is large. So nothing of the client's goes up, neither its bytes nor its end,
//! unless everything of legacy's was read and taken and the last frame of it is whole. Where that was not so, legacy has
//! to be silent for a moment as well.
//!
//! An end that can not be passed on for long becomes a reset, which is up to the caller ([`Relay::waits`]). Bytes alone
//! are never passed on for having waited long: each of them may belong to a close frame or a ping, and legacy would not
//! answer the others either, because an echo takes its turn behind the write that is blocked. So a client that writes
//! and does not read stands still as it would in front of legacy itself, until it is given up as one that takes nothing.

use std::{
    future::poll_fn,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use thiserror::Error;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{Instant, Sleep, sleep_until},
};

use super::way::{Passed, Way};

/// How long the end of a client's side may wait while nothing goes down.
const STUCK: Duration = Duration::from_secs(5);
/// How long legacy has to be silent after it was held up. A connection that was full can be read empty before the rest of
/// it, which is with legacy's kernel, is on its way.
const SETTLED: Duration = Duration::from_millis(50);

/// Why a relay ended before both sides had ended.
#[derive(Debug, Error)]
pub enum Broken {
    /// Nothing went down for so long.
    #[error("nothing went down to the client for {0:?}")]
    Stuck(Duration),
    /// A connection broke.
    #[error(transparent)]
    Connection(#[from] io::Error),
}

/// Both directions.
#[derive(Debug)]
pub struct Relay {
    up: Way,
    down: Way,
    patience: Option<Duration>,
    /// Legacy may be writing to the client, so nothing goes up.
    held: bool,
    /// When something went down last, or that began.
    since: Instant,
    clock: Option<Pin<Box<Sleep>>>,
}

impl Relay {
    /// A relay that begins with what was read already of the client and of legacy. A client that takes nothing for
    /// `patience` is given up.
    #[must_use]
    pub fn new(of_client: &[u8], of_legacy: &[u8], patience: Option<Duration>) -> Self {
        let (up, down) = (Way::starting_with(of_client), Way::starting_with(of_legacy).following_frames());
        Self { up, down, patience, held: false, since: Instant::now(), clock: None }
    }

    /// Passes bytes both ways until both sides have ended, and gives how many went up and down. A side that ends only
    /// its own direction is passed on as such. Dropping the future leaves the relay as it is.
    ///
    /// # Errors
    /// A connection broke, or nothing went down for too long.
    pub async fn run<C, U>(&mut self, client: &mut C, upstream: &mut U) -> Result<(u64, u64), Broken>
    where
        C: AsyncRead + AsyncWrite + Unpin,
        U: AsyncRead + AsyncWrite + Unpin,
    {
        poll_fn(|cx| self.poll(cx, Pin::new(&mut *client), Pin::new(&mut *upstream))).await?;
        Ok((self.up.passed(), self.down.passed()))
    }

    /// Whether legacy may be blocked writing to the client. If so its connection has to be reset, not ended.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.held || !self.down.is_empty()
    }

    fn poll<C, U>(
        &mut self,
        cx: &mut Context<'_>,
        mut client: Pin<&mut C>,
        mut upstream: Pin<&mut U>,
    ) -> Poll<Result<(), Broken>>
    where
        C: AsyncRead + AsyncWrite,
        U: AsyncRead + AsyncWrite,
    {
        let before = self.down.passed();
        let down = self.down.poll_pass(cx, upstream.as_mut(), client.as_mut())?;
        if self.down.passed() != before || !self.held {
            self.since = Instant::now();
        }
        let dry = down == Passed::All && !self.down.is_inside_frame();
        self.held = down != Passed::End && (self.held || !dry);
        if self.held {
            // Whether the client has ended, or has broken, is to be known all the same.
            self.up.poll_fill(cx, client.as_mut())?;
            let bound = if dry { Some(SETTLED) } else { self.longest_wait(down) };
            match self.poll_clock(cx, bound) {
                Poll::Ready(bound) if !dry => return Poll::Ready(Err(Broken::Stuck(bound))),
                Poll::Ready(_) => self.held = false,
                Poll::Pending => return Poll::Pending,
            }
        }
        self.clock = None;
        let up = self.up.poll_pass(cx, client, upstream)?;
        if up == Passed::End && down == Passed::End { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    /// How long nothing may go down: for any time while it is legacy's turn, not so if it is the client's, and least of
    /// all once the client has ended.
    fn longest_wait(&self, down: Passed) -> Option<Duration> {
        let patience = self.patience.filter(|_| down == Passed::Part);
        self.up.has_end_to_pass().then_some(STUCK).into_iter().chain(patience).min()
    }

    /// Ready when nothing has gone down for so long.
    fn poll_clock(&mut self, cx: &mut Context<'_>, bound: Option<Duration>) -> Poll<Duration> {
        let Some(bound) = bound else {
            self.clock = None;
            return Poll::Pending;
        };
        let until = self.since + bound;
        let clock = self.clock.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if clock.deadline() != until {
            clock.as_mut().reset(until);
        }
        clock.as_mut().poll(cx).map(|()| bound)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex, split},
        time::timeout,
    };

    use super::*;

    /// A relay that ran, and how it ended.
    type Ran = (Relay, Result<(u64, u64), Broken>);

    /// Room in a socket.
    const LITTLE: usize = 1000;

    /// A relay between sockets with little room, and the far ends: the client's, legacy's.
    fn between(patience: Option<Duration>) -> (impl Future<Output = Ran>, DuplexStream, DuplexStream) {
        let ((client, mut near_client), (mut near_legacy, legacy)) = (duplex(LITTLE), duplex(LITTLE));
        let running = async move {
            let mut relay = Relay::new(b"", b"", patience);
            let ended = relay.run(&mut near_client, &mut near_legacy).await;
            (relay, ended)
        };
        (running, client, legacy)
    }

    /// One whose legacy has been writing until nothing was taken any more.
    async fn stuck(patience: Option<Duration>) -> (tokio::task::JoinHandle<Ran>, DuplexStream, DuplexStream, usize) {
        let (running, client, mut legacy) = between(patience);
        let running = tokio::spawn(running);
        let mut sent = 0;
        while let Ok(written) = timeout(Duration::from_millis(1), legacy.write(&[b'd'; 50])).await {
            sent += written.unwrap();
        }
        assert!(sent > 2 * LITTLE, "{sent}");
        (running, client, legacy, sent)
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_client_says_while_bytes_wait_for_it_goes_up_behind_the_last_of_them() {
        let (running, mut client, mut legacy, sent) = stuck(None).await;
        client.write_all(b"late").await.unwrap();
        client.shutdown().await.unwrap();
        let (mut up, mut left) = (Vec::new(), sent);
        while left > 100 + LITTLE {
            client.read_exact(&mut [0; 100]).await.unwrap();
            left -= 100;
            assert!(timeout(STUCK / 2, legacy.read_buf(&mut up)).await.is_err(), "it went up with {left} to take");
        }
        client.read_exact(&mut vec![0; left]).await.unwrap();
        legacy.read_to_end(&mut up).await.unwrap();
        assert_eq!(up, b"late");
        legacy.write_all(b"goodbye").await.unwrap();
        drop(legacy);
        let mut rest = Vec::new();
        client.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, b"goodbye");
        let (relay, ended) = running.await.unwrap();
        assert_eq!(ended.unwrap(), (4, sent as u64 + 7));
        assert!(!relay.waits());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_ended_is_given_up_some_time_after_the_last_byte_it_took() {
        let (mut running, mut client, mut legacy, _) = stuck(None).await;
        client.write_all(b"late").await.unwrap();
        client.shutdown().await.unwrap();
        for _ in 0..4 {
            let nearly = STUCK * 9 / 10;
            assert!(timeout(nearly, &mut running).await.is_err(), "given up while it takes something");
            client.read_u8().await.unwrap();
        }
        let (relay, ended) = timeout(STUCK * 11 / 10, running).await.expect("given up").unwrap();
        assert!(matches!(ended, Err(Broken::Stuck(STUCK))), "{ended:?}");
        assert!(relay.waits());
        assert_eq!(legacy.read(&mut [0; 8]).await.unwrap(), 0, "nothing went up");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_only_speaks_is_given_up_when_it_took_nothing_for_as_long_as_any_may() {
        let hour = Duration::from_secs(3600);
        for patience in [None, Some(hour)] {
            let (mut running, mut client, mut legacy, sent) = stuck(patience).await;
            client.write_all(b"late").await.unwrap();
            assert!(timeout(hour / 2, &mut running).await.is_err());
            assert!(timeout(hour / 4, legacy.read(&mut [0; 8])).await.is_err(), "it went up");
            if patience.is_some() {
                let (relay, ended) = timeout(hour, running).await.expect("given up").unwrap();
                assert!(matches!(ended, Err(Broken::Stuck(bound)) if bound == hour), "{ended:?}");
                assert!(relay.waits());
                continue;
            }
            client.read_exact(&mut vec![0; sent]).await.unwrap();
            let mut up = [0; 4];
            legacy.read_exact(&mut up).await.unwrap();
            assert_eq!(&up, b"late");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_client_for_which_bytes_wait_leaves_a_connection_to_be_reset() {
        let (running, client, _legacy, _) = stuck(None).await;
        drop(client);
        let (relay, ended) = running.await.unwrap();
        assert!(ended.is_err() && relay.waits(), "{ended:?}");

        let (running, mut client, mut legacy) = between(None);
        let running = tokio::spawn(running);
        legacy.write_all(b"all").await.unwrap();
        client.read_exact(&mut [0; 3]).await.unwrap();
        drop(legacy);
        drop(client);
        let (relay, ended) = running.await.unwrap();
        assert!(matches!(ended, Ok((0, 3))) && !relay.waits(), "{ended:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_goes_up_before_a_frame_is_whole_even_if_the_client_took_all_of_it() {
        let (running, mut client, mut legacy) = between(Some(STUCK));
        let mut running = tokio::spawn(running);
        legacy.write_all(b"\x81\x05fir").await.unwrap();
        client.read_exact(&mut [0; 5]).await.unwrap();
        client.write_all(b"early").await.unwrap();
        let mut up = [0; 5];
        // It is not the client that is waited for.
        assert!(timeout(STUCK * 2, legacy.read(&mut up)).await.is_err());
        legacy.write_all(b"st").await.unwrap();
        legacy.read_exact(&mut up).await.unwrap();
        assert_eq!(&up, b"early");

        legacy.write_all(b"\x81\x05sec").await.unwrap();
        client.read_exact(&mut [0; 5]).await.unwrap();
        client.shutdown().await.unwrap();
        assert!(timeout(STUCK / 2, &mut running).await.is_err());
        legacy.write_all(b"o").await.unwrap();
        assert!(timeout(STUCK / 2 + STUCK / 4, &mut running).await.is_err(), "given up though something went down");
        let (relay, ended) = running.await.unwrap();
        assert!(matches!(ended, Err(Broken::Stuck(STUCK))) && relay.waits(), "{ended:?}");
    }

    proptest! {
        #[test]
        fn every_byte_arrives_in_order_and_then_the_end(ways in proptest::collection::vec((0usize..60_000, 1usize..40_000), 2), early in 0usize..40_000) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
            runtime.block_on(async {
                let bytes = |count: usize| (0..count).map(|at| (at * 7 + at / 251).to_le_bytes()[0]).collect::<Vec<u8>>();
                let ((client, mut near_client), (mut near_legacy, legacy)) = (duplex(ways[0].1), duplex(ways[1].1));
                let (up, down) = (bytes(ways[0].0), bytes(ways[1].0));
                let mut relay = Relay::new(&up[..early.min(up.len())], &down[..early.min(down.len())], None);
                let far = |stream: DuplexStream, sent: Vec<u8>| async move {
                    let (mut read, mut write) = split(stream);
                    let mut got = Vec::new();
                    let sending = async {
                        write.write_all(&sent).await.unwrap();
                        write.shutdown().await.unwrap();
                    };
                    let ((), read) = tokio::join!(sending, read.read_to_end(&mut got));
                    read.unwrap();
                    got
                };
                let (ended, at_client, at_legacy) = tokio::join!(
                    relay.run(&mut near_client, &mut near_legacy),
                    far(client, up[early.min(up.len())..].to_vec()),
                    far(legacy, down[early.min(down.len())..].to_vec()),
                );
                assert!(at_client == down && at_legacy == up);
                assert_eq!(ended.unwrap(), (up.len() as u64, down.len() as u64));
                assert!(!relay.waits());
            });
        }
    }
}
