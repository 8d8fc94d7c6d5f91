//! Extended public keys of Bitcoin (BIP 32), as legacy reads them: it does not look at their checksum.

use num_bigint::BigUint;

use super::base58;
use crate::wire::validate::Fault;

/// Version, depth, fingerprint, index, chain code and public key.
const LENGTH: usize = 78;
/// Where the public key is: 33 bytes (SEC 1, compressed).
const KEY: std::ops::Range<usize> = 45..LENGTH;

/// Takes a key of bitcoin's main network, or says what is wrong with it.
///
/// # Errors
/// Legacy's refusal, or it is too long to look at.
pub fn read(text: &str) -> Result<(), Fault> {
    if text.len() > base58::LONGEST {
        return Err(Fault::legacy("a very long key"));
    }
    let refused = |why: &str| Err(Fault::message(why));
    let Some(bytes) = base58::decode(text) else {
        return refused(&format!("Given XPUB {text} is not b58 encoded"));
    };
    let (Some(key), Some(version)) = (bytes.get(KEY), bytes.first_chunk()) else {
        return refused(&format!("Given XPUB {text} is too small"));
    };
    if !is_on_curve(key) {
        return refused("The public key could not be parsed or is invalid.");
    }
    match u32::from_be_bytes(*version) {
        // xpub, ypub, zpub
        0x0488_b21e | 0x049d_7cb2 | 0x04b2_4746 => Ok(()),
        // xprv, yprv, zprv, tprv
        0x0488_ade4 | 0x049d_7878 | 0x04b2_430c | 0x0435_8394 => refused("Given xpub is an extended private key"),
        // tpub
        0x0435_87cf => refused("Given xpub is not for the bitcoin mainnet"),
        other => refused(&format!("Unknown XPUB prefix {other:08x} found")),
    }
}

/// Whether there is a point of secp256k1 (SEC 2) with this abscissa: x³ + 7 is a square.
fn is_on_curve(key: &[u8]) -> bool {
    let Some((2 | 3, x)) = key.split_first() else { return false };
    let prime = (BigUint::from(1u8) << 256u16) - (BigUint::from(1u8) << 32u8) - BigUint::from(977u16);
    let x = BigUint::from_bytes_be(x);
    if x >= prime {
        return false;
    }
    let square = (&x * &x * &x + BigUint::from(7u8)) % &prime;
    // Euler's criterion. No abscissa of the curve has the ordinate 0.
    square.modpow(&(&prime >> 1u8), &prime) == BigUint::from(1u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8";

    fn said(text: &str) -> String {
        format!("{:?}", read(text))
    }

    #[test]
    fn keys_are_taken_whatever_their_checksum() {
        assert_eq!(read(KEY), Ok(()));
        assert_eq!(read(&format!("{}9", &KEY[..KEY.len() - 1])), Ok(()));
    }

    #[test]
    fn what_is_no_key_is_refused_for_legacys_reason() {
        assert!(said("0OIl").contains("Given XPUB 0OIl is not b58 encoded"));
        assert!(said("xpub").contains("Given XPUB xpub is too small"));
        assert!(said("").contains("Given XPUB  is too small"));
        assert!(said(&"z".repeat(111)).contains("could not be parsed or is invalid"));
        assert!(said(&"z".repeat(513)).contains("Legacy"));
    }

    #[test]
    fn a_point_is_on_the_curve_or_not() {
        let of = |first: u8, x: u64| {
            let mut key = vec![0; 33];
            key[0] = first;
            key[25..].copy_from_slice(&x.to_be_bytes());
            is_on_curve(&key)
        };
        assert!(of(2, 1) && of(3, 1) && of(2, 2) && of(2, 3) && of(2, 4));
        assert!(!of(2, 0) && !of(2, 5) && !of(4, 1) && !of(0, 1));
    }
}
