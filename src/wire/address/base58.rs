//! Base58: a number in digits that are hard to mistake, and leading zero bytes as ones.

const DIGITS: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Longest text that is looked at; the work grows with its square.
pub(super) const LONGEST: usize = 512;

/// The bytes behind a text; `None` if it has other characters.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let ones = text.bytes().take_while(|b| *b == b'1').count();
    // Least significant first.
    let mut bytes: Vec<u8> = Vec::with_capacity(text.len());
    for digit in text.bytes() {
        let mut carry = u32::try_from(DIGITS.iter().position(|known| *known == digit)?).ok()?;
        for byte in &mut bytes {
            carry += u32::from(*byte) * 58;
            *byte = u8::try_from(carry & 0xff).ok()?;
            carry >>= 8;
        }
        while carry > 0 {
            bytes.push(u8::try_from(carry & 0xff).ok()?);
            carry >>= 8;
        }
    }
    bytes.extend(std::iter::repeat_n(0, ones));
    bytes.reverse();
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_become_bytes() {
        assert_eq!(decode("").unwrap(), b"");
        assert_eq!(decode("11").unwrap(), [0, 0]);
        assert_eq!(decode("2g").unwrap(), b"a");
        assert_eq!(decode("1a3gV").unwrap(), [0, 0x62, 0x62, 0x62][..].to_vec());
        assert_eq!(decode("0"), None);
        assert_eq!(decode("l"), None);
    }
}
