//! The notifier's own tasks, from the start of the bridge to its end.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{
    frame::{Opcode, encode},
    link::Link,
    notifier::Notifier,
    subscription,
};

/// Time between two looks at who has been silent; less where the intervals are short.
const LOOK: Duration = Duration::from_secs(1);
/// Clients asked before others get their turn on the thread.
const TURN: usize = 32;
/// Longest wait for clients to take what is left for them.
const DRAIN: Duration = Duration::from_secs(5);

/// Makes the notifier work until the bridge stops, and lets its clients go then.
pub async fn run(notifier: Arc<Notifier>, stopping: watch::Receiver<bool>) {
    let mut tasks = JoinSet::new();
    for part in 0..notifier.clients.parts() {
        let notifier = Arc::clone(&notifier);
        tasks.spawn(async move {
            // Without its writer the clients of this part would get nothing, and publishers would wait for ever.
            while AssertUnwindSafe(notifier.clients.write_for(part)).catch_unwind().await.is_err() {
                tracing::error!(part, "the task that writes to websocket clients panicked; it goes on");
            }
        });
    }
    let asking = Arc::clone(&notifier);
    tasks.spawn(async move { ask(&asking).await });

    subscription::keep(&notifier, stopping).await;
    notifier.link.send_replace(Link::Down);
    notifier.drain();
    let mut wanted = notifier.wanted.subscribe();
    let _ = timeout(DRAIN, wanted.wait_for(|wanted| *wanted == 0)).await;
}

/// Asks clients whether they are there.
async fn ask(notifier: &Notifier) {
    let ping = encode::frame(Opcode::Ping, &[]);
    loop {
        let (interval, bound) = notifier.with_settings(|ws| (ws.ping_interval, ws.ping_timeout));
        let shortest = [interval, bound].into_iter().flatten().min().unwrap_or(LOOK);
        sleep((shortest / 4).min(LOOK)).await;
        for (i, client) in notifier.clients.all().iter().enumerate() {
            client.ask(&ping, interval, bound);
            if i % TURN == TURN - 1 {
                tokio::task::yield_now().await;
            }
        }
    }
}
