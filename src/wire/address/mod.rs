//! Addresses of other kinds than EVM's, judged as legacy judges them: what it takes, what it refuses, and where it
//! stumbles.
//!
//! - [`base58`]: the digits that bitcoin and substrate share
//! - [`bitcoin`]: base58 with a checksum, and bech32
//! - [`cash`]: bitcoin cash
//! - [`mod@substrate`]: addresses in the format SS58
//! - [`ecosystem`]: which of them an address belongs to
//! - [`xpub`]: keys that bitcoin addresses are derived from

mod base58;
mod bech32;
pub mod bitcoin;
pub mod cash;
pub mod ecosystem;
#[cfg(test)]
mod examples;
pub mod substrate;
pub mod xpub;

use crate::wire::validate::Fault;

/// Whether an address is of a kind; an error is what legacy makes of one that it can not even judge.
pub type Judged = Result<bool, Fault>;

/// Declines what these tests are not made for: legacy's decoders tolerate some blanks, and know other scripts.
///
/// # Errors
/// There is something else than printable ASCII in it.
pub fn plain(address: &str) -> Result<(), Fault> {
    if address.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(())
    } else {
        Err(Fault::legacy("an address with blanks or other scripts in it"))
    }
}
