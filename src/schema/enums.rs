//! Serialised enumerations: as the database spells them, and as the wire does.

/// Asset types, in legacy's order.
pub const ASSET_TYPES: &[&str] = &[
    "fiat",
    "own chain",
    "evm token",
    "omni token",
    "neo token",
    "counterparty token",
    "bitshares token",
    "ardor token",
    "nxt token",
    "ubiq token",
    "nubits token",
    "burst token",
    "waves token",
    "qtum token",
    "stellar token",
    "tron token",
    "ontology token",
    "vechain token",
    "eos token",
    "fusion token",
    "luniverse token",
    "other",
    "solana token",
    "custom asset",
];

/// Oracles of current prices.
pub const CURRENT_PRICE_ORACLES: &[&str] = &[
    "coingecko",
    "cryptocompare",
    "uniswapv2",
    "uniswapv3",
    "manualcurrent",
    "blockchain",
    "fiat",
    "defillama",
    "alchemy",
];

/// Oracles of historical prices.
pub const HISTORICAL_PRICE_ORACLES: &[&str] = &[
    "manual",
    "coingecko",
    "cryptocompare",
    "xratescom",
    "manual current",
    "defillama",
    "uniswapv2",
    "uniswapv3",
    "alchemy",
];

/// Ways to match acquisitions to disposals.
pub const COST_BASIS_METHODS: &[&str] = &["fifo", "lifo", "hifo", "acb"];

/// Chains, as the database and the wire spell them.
pub const CHAINS: &[&str] = &[
    "eth",
    "eth2",
    "btc",
    "bch",
    "ksm",
    "avax",
    "dot",
    "optimism",
    "polygon_pos",
    "arbitrum_one",
    "base",
    "gnosis",
    "scroll",
    "binance_sc",
    "zksync_lite",
];

/// Finds a stored name among enumeration members the way legacy does: case does not matter, a space is an underscore.
/// Only ASCII is matched; anything else is legacy's to judge.
#[must_use]
pub fn member(stored: &str, members: &'static [&'static str]) -> Option<&'static str> {
    let folded = |text: &str| text.replace(' ', "_").to_ascii_lowercase();
    let wanted = folded(stored);
    members.iter().copied().find(|member| folded(member) == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_in_any_case_with_spaces_or_underscores() {
        assert_eq!(member("MANUAL_CURRENT", HISTORICAL_PRICE_ORACLES), Some("manual current"));
        assert_eq!(member("Polygon Pos", CHAINS), Some("polygon_pos"));
        assert_eq!(member("fıfo", COST_BASIS_METHODS), None);
    }
}
