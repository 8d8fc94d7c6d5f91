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

/// Modules of which the queried addresses can be limited, in legacy's order.
pub const MODULES: &[&str] = &[
    "makerdao_dsr",
    "makerdao_vaults",
    "uniswap",
    "loopring",
    "eth2",
    "sushiswap",
    "liquity",
    "pickle_finance",
    "nfts",
];

/// EVM chains whose transactions legacy keeps, in its order: name in answers, chain id, as the database spells them.
pub const TRANSACTION_CHAINS: &[(&str, i64, &str)] = &[
    ("ethereum", 1, "ETH"),
    ("optimism", 10, "OPTIMISM"),
    ("polygon_pos", 137, "POLYGON_POS"),
    ("arbitrum_one", 42161, "ARBITRUM_ONE"),
    ("base", 8453, "BASE"),
    ("gnosis", 100, "GNOSIS"),
    ("scroll", 534_352, "SCROLL"),
    ("binance_sc", 56, "BINANCE_SC"),
];

/// External services, as the database and the wire spell them.
pub const EXTERNAL_SERVICES: &[&str] = &[
    "etherscan",
    "cryptocompare",
    "beaconchain",
    "loopring",
    "opensea",
    "blockscout",
    "monerium",
    "thegraph",
    "gnosis_pay",
    "optimism_blockscout",
    "polygon_pos_blockscout",
    "arbitrum_one_blockscout",
    "base_blockscout",
    "gnosis_blockscout",
    "defillama",
    "coingecko",
    "alchemy",
    "scroll_blockscout",
];

/// Chains that have a blockscout, in legacy's order, and the service of each.
pub const BLOCKSCOUTS: &[(&str, &str)] = &[
    ("ethereum", "blockscout"),
    ("optimism", "optimism_blockscout"),
    ("polygon_pos", "polygon_pos_blockscout"),
    ("arbitrum_one", "arbitrum_one_blockscout"),
    ("base", "base_blockscout"),
    ("gnosis", "gnosis_blockscout"),
    ("scroll", "scroll_blockscout"),
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
