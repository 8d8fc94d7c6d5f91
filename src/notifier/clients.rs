//! All clients, in as many parts as there are cores to write for them.

use std::{
    num::NonZero,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use super::client::Client;

/// Clients written for before others get their turn on the thread.
const TURN: usize = 32;

/// The clients, each in one part.
#[derive(Debug)]
pub struct Clients {
    parts: Box<[Part]>,
    count: AtomicUsize,
}

/// Clients that one task writes for.
#[derive(Debug)]
struct Part {
    clients: Mutex<Vec<Arc<Client>>>,
    wake: Notify,
    /// Rounds that were asked for, and the last of them that is done.
    asked: AtomicU64,
    done: watch::Sender<u64>,
}

impl Clients {
    /// None yet; a part for each core.
    #[must_use]
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get).min(8);
        let part = || Part {
            clients: Mutex::default(),
            wake: Notify::new(),
            asked: AtomicU64::new(0),
            done: watch::Sender::new(0),
        };
        Self { parts: (0..cores).map(|_| part()).collect(), count: AtomicUsize::new(0) }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Adds one.
    pub fn add(&self, client: Arc<Client>) {
        let smallest = self.parts.iter().min_by_key(|part| part.clients.lock().len());
        if let Some(part) = smallest {
            part.clients.lock().push(client);
            self.count.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Takes one off.
    pub fn remove(&self, client: &Arc<Client>) {
        for part in &self.parts {
            let mut clients = part.clients.lock();
            if let Some(at) = clients.iter().position(|other| Arc::ptr_eq(other, client)) {
                clients.swap_remove(at);
                drop(clients);
                self.count.fetch_sub(1, Ordering::SeqCst);
                // The one that came into its place may be missed by a round that is under way.
                part.ask();
                return;
            }
        }
    }

    /// Shows each to a function that does not wait.
    pub fn each(&self, mut show: impl FnMut(&Arc<Client>)) {
        for part in &self.parts {
            part.clients.lock().iter().for_each(&mut show);
        }
    }

    /// Those of this moment, for whoever has much to do for each.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Client>> {
        self.parts.iter().flat_map(|part| part.clients.lock().clone()).collect()
    }

    /// Has what was queued for them written.
    pub fn write_soon(&self) {
        self.parts.iter().for_each(Part::ask);
    }

    /// Waits while rounds of writing are more than `most` behind what was asked for. Nobody's socket is waited for in
    /// them, so this is over soon however slow the clients are.
    pub async fn caught_up(&self, most: u64) {
        for part in &self.parts {
            let wanted = part.asked.load(Ordering::Acquire).saturating_sub(most);
            // It ends with the part, and the part with us.
            let _ = part.done.subscribe().wait_for(|done| *done >= wanted).await;
        }
    }

    /// Writes for the clients of one part, whenever it is asked for, until it is dropped. There is one such task for
    /// each number below [`Clients::parts`].
    pub async fn write_for(&self, part: usize) {
        let Some(part) = self.parts.get(part) else { return };
        loop {
            part.wake.notified().await;
            // What was asked for while a round runs is in its queues already, or in the next round.
            let asked = part.asked.load(Ordering::Acquire);
            let mut at = 0;
            loop {
                let next = part.clients.lock().get(at).cloned();
                let Some(client) = next else { break };
                client.flush_if_dirty();
                at += 1;
                if at.is_multiple_of(TURN) {
                    tokio::task::yield_now().await;
                }
            }
            part.done.send_replace(asked);
        }
    }

    /// How many parts there are.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.parts.len()
    }
}

impl Default for Clients {
    fn default() -> Self {
        Self::new()
    }
}

impl Part {
    fn ask(&self) {
        self.asked.fetch_add(1, Ordering::AcqRel);
        self.wake.notify_one();
    }
}
