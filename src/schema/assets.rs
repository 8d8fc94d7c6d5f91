//! Enumerations of global.db: as it stores them, and as the wire spells them.

/// Types of assets.
#[rustfmt::skip] // a row per line reads as a table
pub const TYPES: [(&str, &str); 25] = [
    ("A", "fiat"),
    ("B", "own chain"),
    ("C", "evm token"),
    ("D", "omni token"),
    ("E", "neo token"),
    ("F", "counterparty token"),
    ("G", "bitshares token"),
    ("H", "ardor token"),
    ("I", "nxt token"),
    ("J", "ubiq token"),
    ("K", "nubits token"),
    ("L", "burst token"),
    ("M", "waves token"),
    ("N", "qtum token"),
    ("O", "stellar token"),
    ("P", "tron token"),
    ("Q", "ontology token"),
    ("R", "vechain token"),
    ("T", "eos token"),
    ("U", "fusion token"),
    ("V", "luniverse token"),
    ("W", "other"),
    ("Y", "solana token"),
    ("Z", "nft"),
    ("[", "custom asset"),
];

/// Kinds of tokens.
#[rustfmt::skip] // a row per line reads as a table
pub const TOKEN_KINDS: [(&str, &str); 5] = [
    ("A", "erc20"),
    ("B", "erc721"),
    ("C", "unknown"),
    ("D", "spl token"),
    ("E", "spl nft"),
];

/// EVM chains.
#[rustfmt::skip] // a row per line reads as a table
pub const EVM_CHAINS: [(i64, &str); 20] = [
    (1, "ethereum"),
    (10, "optimism"),
    (56, "binance_sc"),
    (100, "gnosis"),
    (137, "polygon_pos"),
    (250, "fantom"),
    (8453, "base"),
    (42161, "arbitrum_one"),
    (43114, "avalanche"),
    (42220, "celo"),
    (42170, "arbitrum_nova"),
    (25, "cronos"),
    (288, "boba"),
    (9001, "evmos"),
    (1101, "polygon_zkevm"),
    (324, "zksync_era"),
    (369, "pulsechain"),
    (534_352, "scroll"),
    (146, "sonic"),
    (59144, "linea"),
];

/// Where historical prices come from.
#[rustfmt::skip] // a row per line reads as a table
pub const PRICE_SOURCES: [(&str, &str); 9] = [
    ("A", "manual"),
    ("B", "coingecko"),
    ("C", "cryptocompare"),
    ("D", "xratescom"),
    ("E", "manual current"),
    ("F", "defillama"),
    ("G", "uniswapv2"),
    ("H", "uniswapv3"),
    ("I", "alchemy"),
];

/// Names of [`TYPES`].
pub const TYPE_NAMES: [&str; 25] = names(&TYPES);
/// Names of [`TOKEN_KINDS`].
pub const TOKEN_KIND_NAMES: [&str; 5] = names(&TOKEN_KINDS);
/// Names of [`EVM_CHAINS`].
pub const EVM_CHAIN_NAMES: [&str; 20] = names(&EVM_CHAINS);
/// Names of [`PRICE_SOURCES`].
pub const PRICE_SOURCE_NAMES: [&str; 9] = names(&PRICE_SOURCES);

/// Assets that legacy's code names. One that is missing in the database it takes from a copy that it brings along.
const CONSTANTS: &str = include_str!("constant_assets.txt");

/// Whether legacy's code names this asset.
#[must_use]
pub fn is_constant(identifier: &str) -> bool {
    CONSTANTS.lines().any(|line| line == identifier)
}

/// What the wire calls a stored value.
pub fn name_of<K: PartialEq>(table: &[(K, &'static str)], stored: &K) -> Option<&'static str> {
    table.iter().find(|(key, _)| key == stored).map(|(_, name)| *name)
}

/// How a name of the wire is stored.
pub fn stored_as<K: Copy>(table: &[(K, &'static str)], name: &str) -> Option<K> {
    table.iter().find(|(_, known)| *known == name).map(|(key, _)| *key)
}

const fn names<K, const N: usize>(table: &[(K, &'static str); N]) -> [&'static str; N] {
    let mut names = [""; N];
    let mut at = 0;
    while at < N {
        names[at] = table[at].1;
        at += 1;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_values_and_names_lead_to_each_other() {
        assert_eq!(name_of(&TYPES, &"C"), Some("evm token"));
        assert_eq!(stored_as(&EVM_CHAINS, "scroll"), Some(534_352));
        assert_eq!(name_of(&PRICE_SOURCES, &"J"), None);
        assert_eq!(TYPE_NAMES[24], "custom asset");
        assert!(is_constant("ETH2") && !is_constant("eth2") && !is_constant(""));
    }
}
