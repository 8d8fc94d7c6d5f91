//! Substrate addresses (SS58).

use blake2::{Blake2b512, Digest as _};

use super::{Judged, base58};
use crate::wire::validate::Fault;

/// The network of Polkadot's addresses.
pub const POLKADOT: u16 = 0;
/// The network of Kusama's addresses.
pub const KUSAMA: u16 = 2;

/// Whether it is an address of this network, plain ASCII given.
///
/// # Errors
/// It is so short that legacy reads beyond its end, or too long to look at.
pub fn is_valid(address: &str, network: u16) -> Judged {
    if address.len() > base58::LONGEST {
        return Err(Fault::legacy("a very long address"));
    }
    if address.starts_with("0x") {
        return Ok(false);
    }
    let Some(bytes) = base58::decode(address) else { return Ok(false) };
    let beyond = || Fault::Crash("index out of range".into());
    let first = *bytes.first().ok_or_else(beyond)?;
    let (prefix, found) = if first & 0x40 == 0 {
        (1, u16::from(first))
    } else {
        let second = u16::from(*bytes.get(1).ok_or_else(beyond)?);
        (2, u16::from(first & 0x3f) << 2 | second >> 6 | (second & 0x3f) << 8)
    };
    if matches!(found, 46 | 47) || found != network {
        return Ok(false);
    }
    let size = match bytes.len() {
        3 | 4 | 6 | 10 => 1,
        5 | 7 | 11 => 2,
        n if n == 34 + prefix || n == 35 + prefix => 2,
        8 | 12 => 3,
        9 | 13 => 4,
        14 => 5,
        15 => 6,
        16 => 7,
        17 => 8,
        _ => return Ok(false),
    };
    let (body, checksum) = bytes.split_at(bytes.len() - size);
    let hash = Blake2b512::new().chain_update(b"SS58PRE").chain_update(body).finalize();
    Ok(hash[..size] == *checksum)
}
