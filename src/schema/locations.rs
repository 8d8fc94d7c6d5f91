//! The locations legacy knows, and what describes each to the frontend: constants of its version.

use std::sync::LazyLock;

use serde_json::Value;

/// `result` of `GET /api/1/locations/all`, in legacy's order.
pub static DESCRIPTIONS: LazyLock<Value> = LazyLock::new(|| {
    // Checked by a test; a constant of the source can not fail at run time.
    serde_json::from_str(include_str!("locations.json")).unwrap_or_default()
});

/// Names of the locations as legacy serialises them.
pub const NAMES: &[&str] = &[
    "external",
    "kraken",
    "poloniex",
    "bittrex",
    "binance",
    "bitmex",
    "coinbase",
    "total",
    "banks",
    "blockchain",
    "coinbasepro",
    "gemini",
    "equities",
    "realestate",
    "commodities",
    "cryptocom",
    "uniswap",
    "bitstamp",
    "binanceus",
    "bitfinex",
    "bitcoinde",
    "iconomi",
    "kucoin",
    "balancer",
    "loopring",
    "ftx",
    "nexo",
    "blockfi",
    "independentreserve",
    "gitcoin",
    "sushiswap",
    "shapeshift",
    "uphold",
    "bitpanda",
    "bisq",
    "ftxus",
    "okx",
    "ethereum",
    "optimism",
    "polygon pos",
    "arbitrum one",
    "base",
    "gnosis",
    "woo",
    "bybit",
    "scroll",
    "zksync lite",
    "htx",
    "bitcoin",
    "bitcoin cash",
    "polkadot",
    "kusama",
    "coinbaseprime",
    "binance sc",
    "solana",
];

/// A location by the letter that the databases know it by: `A` is the first, and so on in the order of ASCII.
#[must_use]
pub fn by_letter(letter: &str) -> Option<&'static str> {
    let &[letter] = letter.as_bytes() else { return None };
    NAMES.get(usize::from(letter.checked_sub(b'A')?)).copied()
}

/// The letter of a location.
#[must_use]
pub fn letter_of(name: &str) -> Option<char> {
    let at = NAMES.iter().position(|known| *known == name)?;
    Some(char::from(b'A' + u8::try_from(at).ok()?))
}

/// What a location is called in notes that legacy makes up.
#[must_use]
pub fn in_notes(name: &str) -> String {
    if let Some(label) = DESCRIPTIONS["locations"][name]["label"].as_str() {
        return label.to_owned();
    }
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Exchanges that legacy has a mapping of symbols for; as it lists them in a message, two of them twice.
#[rustfmt::skip] // names in lines, not one a line
pub const EXCHANGES: &[&str] = &[
    "kucoin", "okx", "coinbaseprime", "bitpanda", "binance", "binanceus", "bitcoinde", "bitfinex", "bitmex", "bitstamp",
    "coinbase", "cryptocom", "gemini", "iconomi", "kraken", "independentreserve", "poloniex", "woo", "bybit", "htx",
    "cryptocom", "blockfi", "nexo", "shapeshift", "uphold", "bisq", "bitmex", "ftx", "ftxus", "bittrex", "coinbasepro",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_locations_lead_to_each_other() {
        for (name, symbol) in [("external", 'A'), ("nexo", '['), ("shapeshift", '`'), ("solana", 'w')] {
            assert_eq!(letter_of(name), Some(symbol));
            assert_eq!(by_letter(&symbol.to_string()), Some(name));
        }
        for other in ["x", "@", "", "AB", "é"] {
            assert_eq!(by_letter(other), None, "{other}");
        }
    }

    #[test]
    fn the_descriptions_are_there() {
        assert!(DESCRIPTIONS["locations"].as_object().is_some_and(|locations| locations.len() > 40));
    }
    #[test]
    fn letters_are_those_of_the_databases() {
        for (letter, name) in [("A", "external"), ("H", "total"), ("h", "polygon pos"), ("w", "solana")] {
            assert_eq!(by_letter(letter), Some(name));
            assert_eq!(letter_of(name).map(String::from).as_deref(), Some(letter));
        }
        for letter in ["", "AB", "@", "x", "\u{e9}"] {
            assert_eq!(by_letter(letter), None, "{letter}");
        }
    }
}
