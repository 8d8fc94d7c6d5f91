//! Whether a token's symbol or name is that of an advertisement, as legacy judges it.

use std::sync::LazyLock;

use regex::Regex;

const WORDS: [&str; 4] = ["https://", "claim", "visit", "invited"];

/// A domain: its ending, behind a dot or what may stand for one.
#[allow(clippy::unwrap_used, reason = "a constant, which a test reads")]
static DOMAIN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[\p{Sk}\p{Po}](?:com|io|site|xyz|li|org|cc|net|pm)").unwrap());

/// Whether it is.
pub(super) fn looks_like_spam(text: &str) -> bool {
    let folded = text.to_lowercase();
    WORDS.iter().any(|word| folded.contains(word)) || is_priced(text) || DOMAIN.is_match(&folded)
}

/// A dollar sign at the beginning of the first line, and a dot with something on both sides.
fn is_priced(text: &str) -> bool {
    let line: Vec<char> = text.split('\n').next().unwrap_or_default().chars().collect();
    line.first() == Some(&'$') && line.len() > 3 && line[2..line.len() - 1].contains(&'.')
}

/// Tokens that look like it and are none.
pub(super) const GENUINE: [&str; 18] = [
    "eip155:1/erc20:0xA0b73E1Ff0B80914AB6fe0444E65848C4C34450b",
    "eip155:1/erc20:0xB63B606Ac810a52cCa15e44bB630fd42D8d1d83d",
    "eip155:100/erc20:0x20E694659536C6B46e4B8BE8f6303fFCD8d1dF69",
    "eip155:100/erc20:0x420CA0f9B9b604cE0fd9C18EF134C705e5Fa3430",
    "eip155:100/erc20:0x50D1A74F4b6dcaCddD97fd442C0e22a4c97F2b7f",
    "eip155:100/erc20:0x5Cb9073902F2035222B9749F8fB0c9BFe5527108",
    "eip155:100/erc20:0x614Bd419D3735C9eb51542C06e5Acc09a9953f61",
    "eip155:100/erc20:0x8E34bfEC4f6Eb781f9743D9b4af99CD23F9b7053",
    "eip155:100/erc20:0xD8F84BF2E036A3c8E4c0e25ed2aAe0370F3CCca8",
    "eip155:100/erc20:0xcB444e90D8198415266c6a2724b7900fb12FC56E",
    "eip155:137/erc20:0x18ec0A6E18E5bc3784fDd3a3634b31245ab704F6",
    "eip155:137/erc20:0x646BEea7a02FdAdA34c8e118949fE32350aB2206",
    "eip155:137/erc20:0x64E97c1a6535afD4a313eF46F88A64a34250B719",
    "eip155:137/erc20:0x75792CBDb361d80ba89271a079EfeE62c29FA324",
    "eip155:137/erc20:0x91e2B584908C2807EFc9F846E0C2A1fe875C5141",
    "eip155:137/erc20:0xE0aEa583266584DafBB3f9C3211d5588c73fEa8d",
    "eip155:137/erc20:0xd053fc09e8F05A43Da4ECC40a750559C938C8131",
    "eip155:137/erc20:0xf1bBf27A9D659D326efBfa5D284EBaeFB803983D",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advertisements_are_told_from_names() {
        for text in
            ["Visit us", "CLAIM it", "https://x", "$ 5.0 ETH", "x.COM", "a!io", "b´xyz", "$1000.5x\nmore", ".li"]
        {
            assert!(looks_like_spam(text), "{text}");
        }
        for text in ["", "USD Coin", "com", "x.co", "$.5", "$5", "$5.", "5.0$", "a-com", "x\n$1.00"] {
            assert!(!looks_like_spam(text), "{text}");
        }
    }
}
