//! What bech32 and bitcoin cash share: digits of five bits each, and regrouping them into bytes.

const DIGITS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// The values behind lower-case digits; `None` if there are other characters.
pub(super) fn values(text: &str) -> Option<Vec<u8>> {
    text.bytes().map(|b| DIGITS.iter().position(|known| *known == b).and_then(|at| u8::try_from(at).ok())).collect()
}

/// Five bits a value into eight, without padding; `None` if what is left over is a whole digit, or not zero.
pub(super) fn bytes(values: &[u8]) -> Option<Vec<u8>> {
    let (mut bits, mut held) = (0u32, 0u32);
    let mut out = Vec::with_capacity(values.len() * 5 / 8);
    for value in values {
        held = (held << 5 | u32::from(*value)) & 0xfff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(held >> bits & 0xff).ok()?);
        }
    }
    let rest = held & ((1 << bits) - 1);
    (bits < 5 && rest == 0).then_some(out)
}

/// The remainder that tells the kind of checksum: 1 for bech32, another constant for bech32m.
pub(super) fn remainder(prefix: &str, values: &[u8]) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let high = prefix.bytes().map(|b| b >> 5);
    let low = prefix.bytes().map(|b| b & 31);
    high.chain([0]).chain(low).chain(values.iter().copied()).fold(1, |sum, value| {
        let top = sum >> 25;
        let sum = (sum & 0x01ff_ffff) << 5 ^ u32::from(value);
        GENERATOR.iter().enumerate().filter(|(bit, _)| top >> bit & 1 == 1).fold(sum, |sum, (_, g)| sum ^ g)
    })
}
