//! Questions to servers of others, which legacy asks with Python's `requests`: with bounds on how many, how often and how
//! long, and with counts of what came of them. docs/outbound.md says how to add one, record it and test it.
//!
//! - [`service`]: whom the bridge can ask, and how much of it each takes
//! - [`reach`]: the way to one of them that a handler is given
//! - [`ask`], [`reply`]: a question, and what was answered
//! - [`failure`]: why there is no answer
//! - [`client`]: the tries of a question
//! - [`door`]: places, pace and budget of one service
//! - [`pace`]: so many a second, and none while a service wants to be left alone
//! - [`budget`]: a bound on what retries may add
//! - [`waiting`]: how long before a retry, and what a service says about that
//! - [`proxy`], [`trust`]: proxies and certificates by the variables that `requests` honours
//! - [`counts`]: what is counted
//! - one module per integration: [`github`]
//!
//! TLS is that of the OpenSSL which `SQLCipher` links anyway (through native-tls): a second one would double what has to
//! be kept current, and aws-lc or ring beside it would be a second C library of the same kind in one binary.

pub mod ask;
pub mod budget;
pub mod client;
pub mod counts;
pub mod door;
pub mod failure;
pub mod github;
pub mod pace;
pub mod proxy;
pub mod reach;
pub mod reply;
pub mod service;
pub mod trust;
pub mod waiting;

pub use ask::Ask;
pub use client::Client;
pub use failure::Failure;
pub use reach::Reach;
pub use reply::Reply;
pub use service::Service;
