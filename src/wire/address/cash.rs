//! Bitcoin cash addresses.

use super::{Judged, bech32};
use crate::wire::validate::Fault;

const PREFIX: &str = "bitcoincash";
/// Digits of the checksum.
const CHECKSUM: usize = 8;

/// Whether it is a bitcoin cash address, plain ASCII given. Version and length are not looked at.
///
/// # Errors
/// A wrong checksum is an exception that legacy does not catch.
pub fn is_valid(address: &str) -> Judged {
    payload(address).map(|payload| payload.is_some())
}

/// What the address holds: a byte of kind and size, and a hash.
///
/// # Errors
/// A wrong checksum is an exception that legacy does not catch.
pub fn payload(address: &str) -> Result<Option<Vec<u8>>, Fault> {
    let lower = address.to_ascii_lowercase();
    if address != lower && address != address.to_ascii_uppercase() {
        return Ok(None);
    }
    let (prefix, digits) = lower.split_once(':').unwrap_or((PREFIX, &lower));
    if prefix.is_empty() || digits.contains(':') || digits.len() <= CHECKSUM {
        return Ok(None);
    }
    let Some(values) = bech32::values(digits) else { return Ok(None) };
    if remainder(prefix, &values) != 0 {
        return Err(Fault::Crash("Invalid bech32 checksum".into()));
    }
    let bytes = bech32::bytes(&values[..values.len() - CHECKSUM]);
    Ok(bytes.filter(|_| prefix == PREFIX))
}

/// Zero if the checksum is right.
fn remainder(prefix: &str, values: &[u8]) -> u64 {
    const GENERATOR: [u64; 5] = [0x98_f2bc_8e61, 0x79_b76d_99e2, 0xf3_3e5f_b3c4, 0xae_2eab_e2a8, 0x1e_4f43_e470];
    let prefix = prefix.bytes().map(|b| b & 31);
    let sum = prefix.chain([0]).chain(values.iter().copied()).fold(1u64, |sum, value| {
        let top = sum >> 35;
        let sum = (sum & 0x07_ffff_ffff) << 5 ^ u64::from(value);
        GENERATOR.iter().enumerate().filter(|(bit, _)| top >> bit & 1 == 1).fold(sum, |sum, (_, g)| sum ^ g)
    });
    sum ^ 1
}
