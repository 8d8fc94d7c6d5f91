//! GitHub: the latest release of rotki.
//!
//! Legacy asks `GET https://api.github.com/repos/rotki/rotki/releases/latest` without a header of its own, once, and
//! remembers nothing of it. Any status but 200, any failure of the network, and any answer that is no JSON object with
//! `tag_name` and `html_url` it takes for "not known" without a word
//! ([the endpoint](https://docs.github.com/en/rest/releases/releases#get-the-latest-release)).

use super::{Ask, Failure, Reach};
use crate::wire::{
    Value,
    parse::{Unparsed, parse},
};

const LATEST: &str = "/repos/rotki/rotki/releases/latest";

/// A release, as GitHub describes it: whatever JSON stands there.
#[derive(Debug, Clone, PartialEq)]
pub struct Release {
    /// Its tag.
    pub tag: Value,
    /// Its page.
    pub page: Value,
}

/// What is known of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Latest {
    /// This is the latest one.
    Release(Release),
    /// GitHub did not say, for anybody who asks it from here.
    Unknown,
    /// It is not for us to say: legacy may get, or make, something else.
    Undecided(String),
}

/// Asks for the latest release.
pub async fn latest_release(reach: &Reach) -> Latest {
    let reply = match reach.ask(&Ask::get("latest release", LATEST)).await {
        Ok(reply) => reply,
        // Legacy is at the same network, and hears the same.
        Err(Failure::Late | Failure::Paused | Failure::Unreachable(_) | Failure::Broken(_)) => return Latest::Unknown,
        // Legacy trusts others, follows anywhere, reads anything, has an environment of its own.
        Err(
            why @ (Failure::Crowded
            | Failure::Untrusted(_)
            | Failure::TooLarge(_)
            | Failure::Elsewhere
            | Failure::Misconfigured(_)),
        ) => return Latest::Undecided(format!("GitHub was not asked to the end: {why}")),
    };
    if reply.status != 200 {
        return Latest::Unknown;
    }
    let Some(text) = reply.text() else { return Latest::Undecided("GitHub answered in an unusual encoding".into()) };
    match parse(text.as_bytes()) {
        Ok(Value::Dict(mut fields)) => match (fields.swap_remove("tag_name"), fields.swap_remove("html_url")) {
            (Some(tag), Some(page)) => Latest::Release(Release { tag, page }),
            _ => Latest::Unknown,
        },
        Ok(_) | Err(Unparsed::Malformed) => Latest::Unknown,
        Err(why @ Unparsed::Odd(_)) => Latest::Undecided(format!("GitHub answered oddly: {why}")),
    }
}
