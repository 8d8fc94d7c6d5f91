//! The way to a service that a handler is given, where the configuration allows it.

use std::{sync::Arc, time::Duration};

use super::{Ask, Client, Failure, Reply, Service};
use crate::config::{Outbound, Worded};

/// The way to one service.
#[derive(Clone)]
pub struct Reach {
    client: Arc<Client>,
    service: Service,
    base: String,
    deadline: Option<Duration>,
}

impl Reach {
    /// The way to a service; none where it is not to be asked.
    #[must_use]
    pub fn to(service: Service, client: &Arc<Client>, config: &Outbound) -> Option<Self> {
        let base = service.base(config).trim_end_matches('/').to_owned();
        let way = Self { client: Arc::clone(client), service, base, deadline: config.deadline };
        (!way.base.is_empty()).then_some(way)
    }

    /// Asks it. Cancel-safe: whoever does not want to know any more drops this, and the connection goes with it.
    ///
    /// # Errors
    /// Why there is no answer. An answer of any status is one.
    pub async fn ask(&self, ask: &Ask) -> Result<Reply, Failure> {
        self.client.ask(self.service, &self.base, self.deadline, ask).await
    }
}

/// Without the address, which may have a name and password in it.
impl std::fmt::Debug for Reach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reach").field("service", &self.service.word()).finish_non_exhaustive()
    }
}
