//! Who may hold a connection: so many in all, and of one client no more than its share.
//!
//! A client is an address. Of IPv6 it is the network of 64 bits that it is in, since whoever has one has all of it (RFC
//! 6177 section 2). Where many clients come by one address, a share by address says nothing: from this machine
//! (`127.0.0.1`, `::1`) and from trusted proxies each may hold all.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use ipnet::IpNet;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::{settings::Listen, values::Percent};

/// All places.
#[derive(Debug)]
pub(super) struct Places {
    cap: usize,
    free: Arc<Semaphore>,
    shares: Arc<Shares>,
}

/// How many places each client holds; a client that holds none has no entry.
#[derive(Debug, Default)]
struct Shares(Mutex<HashMap<IpAddr, usize>>);

/// A place, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
    _share: Option<Share>,
}

#[derive(Debug)]
struct Share {
    shares: Arc<Shares>,
    client: IpAddr,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// All are taken.
    All,
    /// The client has its share.
    Share,
}

impl Places {
    /// So many.
    pub(super) fn new(cap: usize) -> Self {
        Self { cap, free: Arc::new(Semaphore::new(cap)), shares: Arc::default() }
    }

    /// A place for a connection from this address, if there is one.
    pub(super) fn take(&self, address: IpAddr, listen: &Listen) -> Result<Place, Taken> {
        let address = address.to_canonical();
        let exempt = listen.client_share == Percent::FULL
            || [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)].contains(&address)
            || listen.trusted_proxies.iter().any(|network| network.contains(&address));
        let permit = Arc::clone(&self.free).try_acquire_owned().map_err(|_| Taken::All)?;
        let share = match exempt {
            true => None,
            false => Some(self.share(client(address), share_of(self.cap, listen.client_share)).ok_or(Taken::Share)?),
        };
        Ok(Place { _permit: permit, _share: share })
    }

    fn share(&self, client: IpAddr, most: usize) -> Option<Share> {
        let mut held = self.shares.0.lock();
        let count = held.entry(client).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Share { shares: Arc::clone(&self.shares), client })
    }

    /// Completes when every place is free.
    pub(super) async fn all_free(&self) {
        let all = u32::try_from(self.cap).unwrap_or(u32::MAX);
        drop(self.free.acquire_many(all).await);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.shares.0.lock();
        if let Some(count) = held.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.client);
            }
        }
    }
}

/// At least one: a share that lets nobody in is none.
fn share_of(cap: usize, share: Percent) -> usize {
    (cap * usize::from(share.basis_points()) / 10_000).max(1)
}

fn client(address: IpAddr) -> IpAddr {
    let network = match address {
        IpAddr::V4(_) => return address,
        IpAddr::V6(_) => IpNet::new(address, 64),
    };
    network.map_or(address, |network| network.network())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Layers, load};

    fn listen(share: &str, trusted: &str) -> Listen {
        let given = |name, text: &str| ("listen", name, text.to_owned());
        let layers = Layers {
            command_line: vec![given("client_share", share), given("trusted_proxies", trusted)],
            ..Layers::default()
        };
        load(&layers, None, &[]).unwrap().config.listen
    }

    fn at(address: &str) -> IpAddr {
        address.parse().unwrap()
    }

    #[test]
    fn a_client_has_its_share_and_gives_it_back() {
        let (places, listen) = (Places::new(4), listen("50", ""));
        let first = places.take(at("192.0.2.1"), &listen).unwrap();
        let _second = places.take(at("::ffff:192.0.2.1"), &listen).unwrap();
        assert_eq!(places.take(at("192.0.2.1"), &listen).unwrap_err(), Taken::Share);
        // Who is refused holds nothing, and another is let in.
        let _other = places.take(at("192.0.2.2"), &listen).unwrap();
        drop(first);
        let _again = places.take(at("192.0.2.1"), &listen).unwrap();
        let _last = places.take(at("192.0.2.3"), &listen).unwrap();
        assert_eq!(places.take(at("192.0.2.4"), &listen).unwrap_err(), Taken::All);
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_are_one_client() {
        let (places, listen) = (Places::new(2), listen("50", ""));
        let held = places.take(at("2001:db8::1"), &listen).unwrap();
        assert_eq!(places.take(at("2001:db8::ffff:1"), &listen).unwrap_err(), Taken::Share);
        assert!(places.take(at("2001:db8:0:1::1"), &listen).is_ok());
        drop(held);
        assert!(places.shares.0.lock().is_empty(), "nothing is kept of who is gone");
    }

    #[test]
    fn this_machine_and_trusted_proxies_may_hold_all_places() {
        let (places, listen) = (Places::new(6), listen("1", "198.51.100.0/24"));
        let addresses = ["127.0.0.1", "::1", "198.51.100.7"].map(at);
        let _held: Vec<Place> =
            addresses.iter().chain(&addresses).map(|address| places.take(*address, &listen).unwrap()).collect();
    }
}
