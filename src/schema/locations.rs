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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_descriptions_are_there() {
        assert!(DESCRIPTIONS["locations"].as_object().is_some_and(|locations| locations.len() > 40));
    }
}
