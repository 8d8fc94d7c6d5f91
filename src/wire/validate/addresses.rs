//! Addresses and transaction hashes of EVM chains.

use num_bigint::BigUint;
use sha3::{Digest as _, Keccak256};

use super::{Fault, Item, Kind, Pass, Shape};
use crate::wire::{
    number::{is_blank, is_space},
    value::Value,
};

/// `EvmAddressField`, read into its checksummed spelling.
pub const EVM_ADDRESS: Kind = Kind::Scalar(
    Shape::Like("^0x[0-9a-fA-F]{40}$", "An address of an EVM chain", "0x9531C059098e3d194fF87FebB587aB07B30B1306"),
    address,
);
/// `EVMTransactionHashField`, read into `0x` and 64 lower-case digits.
pub const EVM_TX_HASH: Kind = Kind::Scalar(
    Shape::Like(
        "^0x[0-9a-fA-F]{64}$",
        "The hash of a transaction",
        "0x88e96d4537bea4d9c05d12549907b32561d3bf31f45aae734cdc119f13406cb6",
    ),
    hash,
);

/// The checksummed spelling of an address (EIP-55), whatever case it came in and with or without `0x`; `None` for what
/// is no address.
#[must_use]
pub fn checksummed(text: &str) -> Option<String> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text).to_ascii_lowercase();
    if digits.len() != 40 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let hash = Keccak256::digest(digits.as_bytes());
    let spelled = digits.chars().enumerate().map(|(at, c)| {
        let nibble = if at % 2 == 0 { hash[at / 2] >> 4 } else { hash[at / 2] & 15 };
        if nibble >= 8 { c.to_ascii_uppercase() } else { c }
    });
    Some(format!("0x{}", spelled.collect::<String>()))
}

/// Whether a text is an address of Solana: 32 bytes in base 58. Blanks at its end do not count.
#[must_use]
pub fn is_solana(text: &str) -> bool {
    const DIGITS: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let text = text.trim_end_matches(|c: char| c.is_whitespace() || is_blank(c));
    // Each digit is more than 5.8 bits.
    if text.len() > 44 {
        return false;
    }
    let zeros = text.bytes().take_while(|b| *b == b'1').count();
    let number = text.bytes().try_fold(BigUint::ZERO, |number, b| {
        DIGITS.bytes().position(|digit| digit == b).map(|digit| number * 58u8 + digit)
    });
    number.is_some_and(|number| zeros as u64 + number.bits().div_ceil(8) == 32)
}

fn address(value: &Value, _: &Pass<'_>) -> Result<Item, Fault> {
    let shown = match value {
        Value::Str(text) => match checksummed(text) {
            Some(address) => return Ok(Item::Text(address)),
            None => Some(text.clone()),
        },
        // An int of the right size is an address to legacy.
        Value::Int(_) => None,
        other => other.to_str(),
    };
    let shown = shown.ok_or_else(|| Fault::legacy("an address of an unusual kind"))?;
    Err(Fault::message(format!("Given value {shown} is not an ethereum address")))
}

fn hash(value: &Value, _: &Pass<'_>) -> Result<Item, Fault> {
    let text = value.as_str().ok_or_else(|| Fault::message("Transaction hash should be a string"))?;
    let digits = from_hex(text.strip_prefix("0x").unwrap_or(text))
        .ok_or_else(|| Fault::message(format!("Could not turn transaction hash {text} to bytes")))?;
    if digits.len() != 64 {
        let length = digits.len() / 2;
        return Err(Fault::message(format!(
            "EVM transaction hashes should be 32 bytes in length. Given length={length}"
        )));
    }
    Ok(Item::Text(format!("0x{digits}")))
}

/// `bytes.fromhex`: pairs of digits, blanks between them.
fn from_hex(text: &str) -> Option<String> {
    let runs: Vec<&str> = text.split(is_space).collect();
    let even = runs.iter().all(|run| run.len() % 2 == 0 && run.bytes().all(|b| b.is_ascii_hexdigit()));
    even.then(|| runs.concat().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_solana_are_32_bytes() {
        for address in ["So11111111111111111111111111111111111111112", "11111111111111111111111111111111 \n"] {
            assert!(is_solana(address), "{address}");
        }
        for text in
            ["", "1", "0x12", " So11111111111111111111111111111111111111112", "Il0O", &"z".repeat(44), &"2".repeat(80)]
        {
            assert!(!is_solana(text), "{text}");
        }
    }

    #[test]
    fn addresses_are_spelled_with_their_checksum() {
        for address in [
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
            "0x9531C059098e3d194fF87FebB587aB07B30B1306",
        ] {
            assert_eq!(checksummed(&address.to_lowercase()).as_deref(), Some(address));
            assert_eq!(checksummed(&address[2..].to_uppercase()).as_deref(), Some(address));
        }
        for text in ["", "0x", "0x12", "0x9531C059098e3d194fF87FebB587aB07B30B130g", "abc.eth"] {
            assert_eq!(checksummed(text), None, "{text}");
        }
    }
}
