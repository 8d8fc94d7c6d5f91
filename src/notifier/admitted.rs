//! Letting a client in: from its handshake to its task.

use std::{
    net::IpAddr,
    sync::{Arc, atomic::Ordering},
};

use bytes::BytesMut;
use tokio::net::TcpStream;

use super::{client::Client, ending::End, frame::Limits, link::Link, notifier::Notifier, serving};

/// Somebody who has been let in, and whose connection is about to be upgraded. Dropped, it is a client that is gone.
#[derive(Debug)]
pub struct Admitted {
    notifier: Arc<Notifier>,
    client: Arc<Client>,
    /// Until it is served.
    interest: Option<Interest>,
}

impl Admitted {
    /// Serves the client on its upgraded connection until its end. `early` is what it sent with its handshake.
    pub async fn serve(mut self, stream: TcpStream, early: BytesMut) {
        let Some(interest) = self.interest.take() else { return };
        let limits = self.notifier.with_settings(|ws| Limits { frame: ws.max_frame, message: ws.max_message });
        self.client.attach(stream);
        serving::serve(&self.notifier, &self.client, early, limits).await;
        drop(interest);
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        if self.interest.is_some() {
            self.client.end(End::Gone);
            self.notifier.leave(&self.client, End::Gone, false);
        }
    }
}

/// Somebody wants messages: as long as one of these lives, the notifier is subscribed to legacy.
#[derive(Debug)]
struct Interest(Arc<Notifier>);

impl Drop for Interest {
    fn drop(&mut self) {
        self.0.wanted.send_modify(|wanted| *wanted -= 1);
    }
}

impl Notifier {
    /// Lets somebody in: once legacy is subscribed to, or is known not to be there for now, it is a client. What is sent
    /// from here on waits for it.
    pub async fn admit(self: &Arc<Self>, address: IpAddr) -> Admitted {
        let interest = self.interest();
        let mut link = self.link.subscribe();
        let settled =
            link.wait_for(|link| matches!(link, Link::Up | Link::Down)).await.is_ok_and(|link| *link == Link::Up);
        if !settled {
            // What legacy queues from here on is for this client.
            self.gap.store(true, Ordering::SeqCst);
        }
        let client = Client::new(self.numbers.fetch_add(1, Ordering::Relaxed), address);
        self.clients.add(Arc::clone(&client));
        if self.draining.load(Ordering::SeqCst) {
            client.end(End::Drained);
        }
        Admitted { notifier: Arc::clone(self), client, interest: Some(interest) }
    }

    /// Counts somebody who wants to be a client. Legacy is subscribed to from here on.
    fn interest(self: &Arc<Self>) -> Interest {
        self.wanted.send_modify(|wanted| *wanted += 1);
        Interest(Arc::clone(self))
    }
}
