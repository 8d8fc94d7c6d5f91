//! The tries of a question.

use std::{
    sync::atomic::Ordering,
    time::{Duration, SystemTime},
};

use http::header::LOCATION;
use reqwest::{Url, redirect};
use tokio::{
    sync::OnceCell,
    task::spawn_blocking,
    time::{Instant, sleep, timeout_at},
};

use super::{
    Ask, Failure, Reply, Service,
    counts::Outcome,
    door::Door,
    proxy::Environment,
    service::Limits,
    trust,
    waiting::{backoff, is_transient, wanted},
};
use crate::config::Worded;

/// How we are called; GitHub wants to know ("user agent required").
const NAME: &str = concat!("cutover/", env!("CARGO_PKG_VERSION"));
/// Longest time for a connection, and longest silence of a server: legacy's own defaults (its settings `connect_timeout`
/// and `read_timeout`). `outbound.deadline` bounds the whole.
const SILENCE: Duration = Duration::from_secs(30);
/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(30);
/// Most times that a server sends us on to itself.
const REDIRECTS: usize = 10;

/// Asks services.
#[derive(Debug)]
pub struct Client {
    environment: Environment,
    http: OnceCell<reqwest::Client>,
    doors: Vec<Door>,
}

impl Client {
    /// With the proxies and certificates that the environment names.
    #[must_use]
    pub fn new(environment: Environment) -> Self {
        Self::limited(environment, Service::limits)
    }

    /// With other limits than the services' own.
    #[must_use]
    pub fn limited(environment: Environment, limits: impl Fn(Service) -> Limits) -> Self {
        let doors = Service::ALL.iter().map(|service| Door::new(limits(*service))).collect();
        Self { environment, http: OnceCell::new(), doors }
    }

    /// What all questions to each service have in common.
    pub fn doors(&self) -> impl Iterator<Item = (Service, &Door)> + Clone {
        Service::ALL.iter().copied().zip(&self.doors)
    }

    /// Asks a service at this address. Dropped, it is given up, and so is its connection.
    ///
    /// # Errors
    /// Why there is no answer. An answer of any status is one.
    pub async fn ask(
        &self,
        service: Service,
        base: &str,
        deadline: Option<Duration>,
        ask: &Ask,
    ) -> Result<Reply, Failure> {
        let door = &self.doors[service as usize];
        let begun = door.counts.begin();
        let began = Instant::now();
        let until = deadline.map(|deadline| began + deadline);
        let tries = self.tries(door, base, until, ask);
        let result = match until {
            Some(until) => timeout_at(until, tries).await.unwrap_or(Err(Failure::Late)),
            None => tries.await,
        };
        let outcome = Outcome::from(&result);
        begun.end(outcome);
        let (service, outcome, what) = (service.word(), outcome.word(), ask.what);
        match &result {
            Ok(reply) => {
                tracing::debug!(service, what, outcome, status = reply.status.as_u16(), took = ?began.elapsed(), "asked");
            }
            Err(why) => {
                tracing::info!(service, what, outcome, %why, took = ?began.elapsed(), "asked without an answer");
            }
        }
        result
    }

    async fn tries(&self, door: &Door, base: &str, until: Option<Instant>, ask: &Ask) -> Result<Reply, Failure> {
        let url = ask.url(base)?;
        self.environment.proxy(&url)?;
        let http = self.http().await?;
        door.budget.asked();
        let mut tries = 0;
        loop {
            let place = door.enter(until).await?;
            let result = once(http, &url, ask).await;
            drop(place);
            tries += 1;
            let pause = match &result {
                Ok(reply) => wanted(reply.status, &reply.headers, SystemTime::now()),
                Err(_) => None,
            };
            if let Some(pause) = pause {
                door.pace.pause(Instant::now(), pause);
            }
            let transient = match &result {
                Ok(reply) => is_transient(reply.status),
                Err(failure) => failure.is_transient(),
            };
            if !transient || !ask.idempotent || tries > door.limits.retries {
                return result;
            }
            let pause = backoff(&door.limits, tries).max(pause.unwrap_or_default());
            if until.is_some_and(|until| Instant::now() + pause >= until) {
                return result;
            }
            if !door.budget.retry() {
                door.counts.withheld.fetch_add(1, Ordering::Relaxed);
                return result;
            }
            door.counts.retries.fetch_add(1, Ordering::Relaxed);
            sleep(pause).await;
        }
    }

    /// Made when it is first needed: the certificates of the system take a moment to read.
    async fn http(&self) -> Result<&reqwest::Client, Failure> {
        let make = async || {
            let environment = self.environment.clone();
            let made = spawn_blocking(move || http(&environment)).await;
            made.unwrap_or_else(|error| Err(Failure::Misconfigured(error.to_string())))
        };
        self.http.get_or_try_init(make).await
    }
}

fn http(environment: &Environment) -> Result<reqwest::Client, Failure> {
    let proxies = environment.clone();
    let builder = reqwest::Client::builder()
        .user_agent(NAME)
        .connect_timeout(SILENCE)
        .read_timeout(SILENCE)
        .pool_idle_timeout(IDLE)
        .referer(false)
        // What can not be a proxy has been refused before.
        .proxy(reqwest::Proxy::custom(move |url| proxies.proxy(url).ok().flatten()))
        .redirect(redirect::Policy::custom(|attempt| {
            let from = attempt.previous().first().map(Url::origin);
            let known = from == Some(attempt.url().origin()) && attempt.previous().len() <= REDIRECTS;
            if known { attempt.follow() } else { attempt.stop() }
        }));
    Ok(trust::trusting(builder, environment)?.build()?)
}

/// One try, with the whole of its answer.
async fn once(http: &reqwest::Client, url: &Url, ask: &Ask) -> Result<Reply, Failure> {
    let request = http.request(ask.method.clone(), url.clone()).headers(ask.headers.clone()).body(ask.body.clone());
    let mut response = request.send().await?;
    // One without an address leads nowhere, and is an answer as any other.
    if response.status().is_redirection() && response.headers().contains_key(LOCATION) {
        return Err(Failure::Elsewhere);
    }
    let said = response.content_length().unwrap_or_default();
    if usize::try_from(said).is_ok_and(|said| said > ask.largest) {
        return Err(Failure::TooLarge(ask.largest));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > ask.largest {
            return Err(Failure::TooLarge(ask.largest));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply { status: response.status(), headers: response.headers().clone(), body: body.into() })
}
