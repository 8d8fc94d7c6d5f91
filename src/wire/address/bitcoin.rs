//! Bitcoin addresses: base58 with a checksum, and bech32.

use sha2::{Digest as _, Sha256};

use super::{Judged, base58, bech32};
use crate::wire::validate::Fault;

/// Checksum of BIP350.
const BECH32M: u32 = 0x2bc8_30a3;

/// Whether it is a bitcoin address, plain ASCII given.
///
/// # Errors
/// It is too long to look at.
pub fn is_valid(address: &str) -> Judged {
    Ok(older(address)?.is_some() || is_segwit(address))
}

/// What an address of the older kind, in base58, holds: a byte for its kind, and a hash.
///
/// # Errors
/// It is too long to look at.
pub fn older(address: &str) -> Result<Option<Vec<u8>>, Fault> {
    if address.len() > base58::LONGEST {
        return Err(Fault::legacy("a very long address"));
    }
    Ok(payload(address).filter(|payload| matches!(payload.first(), Some(0 | 5))))
}

/// What a base58 text with a checksum of bitcoin's holds.
#[must_use]
pub fn payload(text: &str) -> Option<Vec<u8>> {
    let mut bytes = base58::decode(text)?;
    let checksum = bytes.split_off(bytes.len().checked_sub(4)?);
    let twice = Sha256::digest(Sha256::digest(&bytes));
    (twice[..4] == checksum[..]).then_some(bytes)
}

/// A program of version 0 to 16. Legacy takes the older checksum for every version.
fn is_segwit(address: &str) -> bool {
    let lower = address.to_ascii_lowercase();
    if address != lower && address != address.to_ascii_uppercase() {
        return false;
    }
    let Some(values) = lower.strip_prefix("bc1").and_then(bech32::values) else { return false };
    let Some((&version, program)) = values.len().checked_sub(6).and_then(|end| values[..end].split_first()) else {
        return false;
    };
    let checksum = bech32::remainder("bc", &values);
    let Some(program) = bech32::bytes(program) else { return false };
    let size = match version {
        0 => matches!(program.len(), 20 | 32),
        1..=16 => (2..=40).contains(&program.len()),
        _ => false,
    };
    size && (checksum == 1 || version > 0 && checksum == BECH32M)
}
