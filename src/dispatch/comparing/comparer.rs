//! What all comparisons share: their queue, their room, the evidence.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::{Semaphore, mpsc};

use super::{
    judge::{self, Job},
    rate::Rate,
    window::Writes,
};
use crate::{
    config::{Rule, settings},
    dispatch::Bridge,
    forward::copy,
    parity::{
        Rulebook, Skip, Verdict,
        evidence::{Evidence, Exchange, Noted},
    },
    routes::Route,
};

/// What all comparisons share.
#[derive(Debug)]
pub struct Comparer {
    /// What came of them.
    pub evidence: Evidence,
    /// What may write, as it passes through.
    pub writes: Arc<Writes>,
    /// Room for the bodies of comparisons.
    pub(super) room: Arc<Semaphore>,
    /// How often legacy is asked again.
    pub(super) again: Rate,
    queue: mpsc::Sender<Job>,
    /// Until somebody runs them.
    waiting: Mutex<Option<(mpsc::Receiver<Job>, usize)>>,
    rules: Mutex<HashMap<String, Arc<RouteRules>>>,
}

/// A route's rules, compiled once for each version of the route.
#[derive(Debug)]
pub struct RouteRules {
    /// The route's name.
    pub name: Arc<str>,
    /// The rules.
    pub book: Rulebook,
    /// The rules as reports name them.
    pub texts: Arc<[String]>,
    of: Vec<Rule>,
}

impl Comparer {
    /// A comparer without comparisons.
    #[must_use]
    pub fn new(config: &settings::Parity, evidence: Evidence) -> Self {
        let (queue, waiting) = mpsc::channel(config.queue);
        Self {
            evidence,
            writes: Arc::default(),
            room: copy::room(config.memory),
            again: Rate::default(),
            queue,
            waiting: Mutex::new(Some((waiting, config.concurrency))),
            rules: Mutex::default(),
        }
    }

    /// Runs a bridge's comparisons, without end. The second call does nothing.
    pub async fn run(bridge: Arc<Bridge>) {
        let Some((mut waiting, concurrency)) = bridge.comparer.waiting.lock().take() else { return };
        let places = Arc::new(Semaphore::new(concurrency));
        while let Some(job) = waiting.recv().await {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            let bridge = Arc::clone(&bridge);
            tokio::spawn(async move {
                judge::run(&bridge, job).await;
                drop(place);
            });
        }
    }

    /// Queues a comparison. The newest is dropped, and counted, where there is no place for it.
    pub(super) fn submit(&self, job: Job) {
        if let Err(mpsc::error::TrySendError::Full(job) | mpsc::error::TrySendError::Closed(job)) =
            self.queue.try_send(job)
        {
            self.note(&job.rules, Verdict::Skipped(Skip::Overload), None);
        }
    }

    /// Notes what came of a comparison.
    pub fn note(&self, rules: &RouteRules, verdict: Verdict, sample: Option<Box<Exchange>>) {
        tracing::debug!(route = %rules.name, verdict = verdict.as_str(), "compared");
        self.evidence.note(Noted { route: Arc::clone(&rules.name), verdict, rules: Arc::clone(&rules.texts), sample });
    }

    /// The rules of a route.
    #[must_use]
    pub fn rules(&self, route: &Route) -> Arc<RouteRules> {
        let mut known = self.rules.lock();
        if let Some(rules) = known.get(&route.name).filter(|rules| rules.of == route.parity) {
            return Arc::clone(rules);
        }
        let rules = Arc::new(RouteRules {
            name: route.name.as_str().into(),
            book: Rulebook::new(&route.parity),
            texts: route.parity.iter().map(ToString::to_string).collect(),
            of: route.parity.clone(),
        });
        known.insert(route.name.clone(), Arc::clone(&rules));
        rules
    }
}
