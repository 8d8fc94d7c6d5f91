//! Identifiers of assets that nothing else identifies.

/// A random UUID (RFC 9562 section 5.4), as Python spells it.
pub(super) fn uuid4(random: u128) -> String {
    let of_version = random & !(0xf << 76) | 4 << 76;
    let of_variant = of_version & !(0b11 << 62) | 0b10 << 62;
    let hex = format!("{of_variant:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_has_the_version_and_the_variant_of_a_random_one() {
        assert_eq!(uuid4(0), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid4(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        // Python: uuid.UUID(int=0x0123456789abcdef0123456789abcdef, version=4)
        assert_eq!(uuid4(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef), "01234567-89ab-4def-8123-456789abcdef");
    }
}
