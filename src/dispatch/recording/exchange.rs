//! A finished copy of an exchange, and the redacted entry that is made of it.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{Response, request::Parts};
use tokio::sync::OwnedSemaphorePermit;

use crate::{
    dispatch::{
        casing,
        comparing::{ruled::Ruled, sides},
    },
    flags::Variant,
    forward::RawHead,
    parity::{
        self, Redactor, Rulebook,
        har::{self, Entry},
        message::Headers,
    },
    routes::Snapshot,
};

/// Headers of the bridge's own.
const OURS: &str = "x-cutover-";

/// One exchange, finished.
pub struct Exchange {
    pub(super) started: SystemTime,
    pub(super) took: Duration,
    pub(super) asked: Asked,
    pub(super) body: Bytes,
    /// The answer, or why there is nothing to compare with.
    pub(super) answer: Result<(Answered, Bytes), String>,
    /// Who answered, and with what status, even if the answer could not be copied.
    pub(super) variant: Option<Variant>,
    pub(super) status: Option<u16>,
    /// Of the route it belongs to.
    pub(super) rules: Option<Arc<Ruled>>,
    pub(super) snapshot: Arc<Snapshot>,
    /// Its places in the room.
    pub(super) _held: Vec<OwnedSemaphorePermit>,
}

/// A request without its body.
pub(super) struct Asked {
    pub(super) parts: Parts,
    pub(super) raw: Option<RawHead>,
}

/// A response without its body.
pub(super) struct Answered {
    pub(super) head: Response<()>,
    pub(super) raw: Option<RawHead>,
}

/// Without what was said: there may be secrets in it.
impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("size", &self.size()).finish_non_exhaustive()
    }
}

impl Exchange {
    /// Bytes of both bodies.
    #[must_use]
    pub fn size(&self) -> usize {
        self.body.len() + self.answer.as_ref().map_or(0, |(_, body)| body.len())
    }

    /// The entry as one line, redacted by the rules of its route, the configuration, and these names in lower case.
    #[must_use]
    pub fn entry(&self, names: &[String]) -> String {
        let further = self.snapshot.config.parity.redact.iter().map(|name| name.to_lowercase());
        let names: Vec<String> = further.chain(names.iter().cloned()).collect();
        let none = Rulebook::default();
        let redactor = Redactor::new(self.rules.as_ref().map_or(&none, |rules| &rules.book), &names);
        let request = self.asked.request(&self.body);
        let response = match &self.answer {
            Ok((head, body)) => Ok(redactor.response(&head.response(body.clone(), self.variant))),
            Err(why) => Err(why.clone()),
        };
        let mut entry = Entry::new(self.started, redactor.request(&request), response);
        entry.took = self.took;
        if let Some(origin) = self.asked.origin(&request) {
            entry.origin = origin;
        }
        if let Some(rules) = &self.rules {
            entry.note("_route", &*rules.name);
        }
        if let Some(variant) = self.variant {
            entry.note("_variant", variant.as_str());
        }
        if let Err(why) = &self.answer {
            entry.comment = Some(why.clone());
            if let Some(status) = self.status {
                entry.note("_status", status);
            }
        }
        har::line(&entry)
    }
}

impl Asked {
    fn request(&self, body: &Bytes) -> parity::Request {
        let mut request = sides::request(&self.parts, body);
        if let Some((target, headers)) = self.raw.as_ref().and_then(RawHead::request) {
            // Another form than that of a path is one that the client has chosen for the way here.
            if target.starts_with('/') || target == "*" {
                request.target = target;
            }
            request.headers = headers;
        }
        if request.target.starts_with('?') {
            request.target.insert(0, '/');
        }
        request
    }

    /// Scheme and authority of what was asked, if they make a URL.
    fn origin(&self, request: &parity::Request) -> Option<String> {
        let authority = self.parts.uri.authority().map(http::uri::Authority::as_str).or(request.header("host"))?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte);
        (!authority.is_empty() && authority.bytes().all(plain)).then(|| format!("http://{authority}"))
    }
}

impl Answered {
    fn response(&self, body: Bytes, variant: Option<Variant>) -> parity::Response {
        let mut response = sides::response(&self.head, body);
        match (self.raw.as_ref().and_then(RawHead::answer), variant) {
            (Some(lines), _) => {
                response.headers = lines;
                response.spelled = true;
            }
            (None, Some(Variant::Native)) => {
                response.headers = self.spelled();
                response.spelled = true;
            }
            _ => {}
        }
        response.headers.retain(|(name, _)| !name.to_ascii_lowercase().starts_with(OURS));
        response
    }

    /// The lines of an answer of ours, which we know how to spell.
    fn spelled(&self) -> Headers {
        let latin = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect();
        let lines = self.head.headers().iter();
        lines.map(|(name, value)| (casing::spelled(name).to_owned(), latin(value.as_bytes()))).collect()
    }
}
