//! Content codings (RFC 9110 section 8.4.1), undone within bounds.

use std::{borrow::Cow, io::Read};

use super::Response;

/// Largest body after decoding; a few kilobytes can unpack to gigabytes.
const LARGEST: u64 = 16 << 20;
/// Most codings, one upon the other.
const CODINGS: usize = 4;

/// The body is not what its content coding says, or unpacks to more than is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Undecodable;

/// The body with its content coding undone.
pub(super) fn decoded(response: &Response) -> Result<Cow<'_, [u8]>, Undecodable> {
    let mut body = Cow::Borrowed(&response.body[..]);
    let lines = response.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-encoding"));
    let named = lines.map(|(_, value)| value.to_ascii_lowercase()).collect::<Vec<_>>().join(",");
    let codings: Vec<&str> = named.split(',').map(str::trim).filter(|coding| !coding.is_empty()).collect();
    if codings.len() > CODINGS {
        return Err(Undecodable);
    }
    // The last one named was applied last.
    for coding in codings.into_iter().rev() {
        body = Cow::Owned(match coding {
            "identity" => continue,
            "gzip" | "x-gzip" => unpacked(flate2::read::MultiGzDecoder::new(&*body))?,
            // Some senders leave out the zlib frame that the RFC asks for.
            "deflate" => unpacked(flate2::read::ZlibDecoder::new(&*body))
                .or_else(|_| unpacked(flate2::read::DeflateDecoder::new(&*body)))?,
            _ => return Err(Undecodable),
        });
    }
    Ok(body)
}

fn unpacked(decoder: impl Read) -> Result<Vec<u8>, Undecodable> {
    let mut bytes = Vec::new();
    decoder.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|_| Undecodable)?;
    if bytes.len() as u64 > LARGEST { Err(Undecodable) } else { Ok(bytes) }
}
