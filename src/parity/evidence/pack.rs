//! A sample as a row of the file: what is small as JSON, bodies as blobs, deflated if they are large.

use std::io::{Read, Write};

use bytes::Bytes;
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use serde::{Deserialize, Serialize};

use super::limits::{BODY, DIFFERENCES};
use crate::parity::{Difference, Response, Verdict, message::Headers};

/// Bytes from which a body is deflated.
const LARGE: usize = 1024;
/// The first byte of a blob says how the rest is to be read.
const PLAIN: u8 = 0;
const DEFLATED: u8 = 1;

/// What is in a sample besides its columns and its bodies.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) headers: Headers,
    pub(super) expected: Option<Status>,
    pub(super) actual: Option<Status>,
    pub(super) version: String,
    differences: Vec<Difference>,
    reason: Option<String>,
}

/// A response without its body.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Status {
    code: u16,
    reason: String,
    headers: Headers,
    spelled: bool,
}

impl Head {
    pub(super) fn new(verdict: &Verdict, exchange: &super::Exchange) -> Self {
        let differences = verdict.differences();
        let reason = match verdict {
            Verdict::HandlerFailed(reason) => Some(reason.clone()),
            _ => None,
        };
        Self {
            headers: exchange.request.headers.clone(),
            expected: exchange.expected.as_ref().map(Status::of),
            actual: exchange.actual.as_ref().map(Status::of),
            version: exchange.version.clone(),
            differences: differences.iter().take(DIFFERENCES).cloned().collect(),
            reason,
        }
    }

    /// The verdict of this word.
    pub(super) fn verdict(&mut self, word: &str) -> Result<Verdict, String> {
        let differences = std::mem::take(&mut self.differences);
        match word {
            "mismatched" => Ok(Verdict::Mismatched(differences)),
            "noise" => Ok(Verdict::Noise(differences)),
            "handler failed" => Ok(Verdict::HandlerFailed(self.reason.take().unwrap_or_default())),
            word => Err(format!("{word:?} is no verdict of which samples are kept")),
        }
    }
}

impl Status {
    fn of(response: &Response) -> Self {
        let Response { status, reason, headers, spelled, .. } = response;
        Self { code: *status, reason: reason.clone(), headers: headers.clone(), spelled: *spelled }
    }

    pub(super) fn with(self, body: Bytes) -> Response {
        let Self { code, reason, headers, spelled } = self;
        Response { status: code, reason, headers, spelled, body }
    }
}

/// A body as a blob.
pub(super) fn body(body: &[u8]) -> Vec<u8> {
    if body.len() > LARGE {
        let mut deflated = DeflateEncoder::new(vec![DEFLATED], Compression::fast());
        // Writing to memory does not fail; and if it did, the body is stored as it is.
        if let Some(blob) = deflated.write_all(body).ok().and_then(|()| deflated.finish().ok())
            && blob.len() <= body.len()
        {
            return blob;
        }
    }
    let mut blob = Vec::with_capacity(body.len() + 1);
    blob.push(PLAIN);
    blob.extend_from_slice(body);
    blob
}

/// The body in a blob.
///
/// # Errors
/// It is damaged, or larger than [`BODY`].
pub(super) fn unpacked(blob: &[u8]) -> Result<Bytes, String> {
    match blob.split_first() {
        Some((&PLAIN, body)) => Ok(Bytes::copy_from_slice(body)),
        Some((&DEFLATED, deflated)) => {
            let mut body = Vec::new();
            let read = DeflateDecoder::new(deflated).take(BODY + 1).read_to_end(&mut body);
            match read {
                Ok(read) if read as u64 <= BODY => Ok(body.into()),
                Ok(_) => Err("a body is larger than any that was stored".into()),
                Err(error) => Err(format!("a body can not be read: {error}")),
            }
        }
        _ => Err("a body is of an unknown form".into()),
    }
}

/// About how many bytes an exchange takes in memory.
pub(super) fn weight(verdict: &Verdict, exchange: &super::Exchange) -> u64 {
    let lines = |headers: &Headers| headers.iter().map(|(name, value)| name.len() + value.len() + 48).sum::<usize>();
    let response = |response: &Option<Response>| {
        response.as_ref().map_or(0, |response| response.body.len() + response.reason.len() + lines(&response.headers))
    };
    let request = &exchange.request;
    let differences = verdict.differences().iter().take(DIFFERENCES);
    let differences = differences
        .map(|one| one.path.len() + one.general.len() + one.expected.len() + one.actual.len() + 100)
        .sum::<usize>();
    let sum = request.body.len()
        + request.target.len()
        + lines(&request.headers)
        + response(&exchange.expected)
        + response(&exchange.actual)
        + differences
        + exchange.version.len()
        + 500;
    sum as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_body_comes_back_as_it_was(bytes in prop::collection::vec(any::<u8>(), 0..3000), times in 1..20_usize) {
            let bytes = bytes.repeat(times);
            let blob = body(&bytes);
            prop_assert!(blob.len() <= bytes.len() + 1);
            prop_assert_eq!(unpacked(&blob).unwrap(), bytes);
        }

        #[test]
        fn damaged_bodies_are_errors_and_not_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = unpacked(&bytes);
        }
    }

    #[test]
    fn large_bodies_are_deflated() {
        assert!(body(&b"x".repeat(100_000)).len() < 1000);
        assert_eq!(body(b"small")[0], PLAIN);
        assert!(unpacked(&[]).is_err() && unpacked(&[7, 1]).is_err());
    }
}
