//! The chains legacy knows.

use super::enums::CHAINS;
use crate::wire::{address::ecosystem::Ecosystem, validate::Members};

/// What a chain is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An EVM chain and its number.
    Evm(i64),
    /// zkSync Lite: addresses as on EVM chains, in any spelling.
    EvmLike,
    /// The beacon chain.
    Beacon,
    /// Bitcoin and Bitcoin Cash.
    Bitcoin,
    /// Polkadot and Kusama.
    Substrate,
}

/// A chain.
#[derive(Debug, Clone, Copy)]
pub struct Chain {
    /// As the wire spells it.
    pub key: &'static str,
    /// As the databases spell it.
    pub value: &'static str,
    /// As messages call it.
    pub title: &'static str,
    /// What it is like.
    pub kind: Kind,
}

impl Chain {
    /// Its family.
    #[must_use]
    pub fn ecosystem(&self) -> Ecosystem {
        match self.kind {
            Kind::Evm(_) | Kind::EvmLike | Kind::Beacon => Ecosystem::Evm,
            Kind::Bitcoin => Ecosystem::Bitcoin,
            Kind::Substrate => Ecosystem::Substrate,
        }
    }
}

const fn chain(key: &'static str, value: &'static str, title: &'static str, kind: Kind) -> Chain {
    Chain { key, value, title, kind }
}

/// All of them, in legacy's order.
pub const ALL: &[Chain] = &[
    chain("eth", "ETH", "ethereum", Kind::Evm(1)),
    chain("eth2", "ETH2", "Ethereum Staking", Kind::Beacon),
    chain("btc", "BTC", "bitcoin", Kind::Bitcoin),
    chain("bch", "BCH", "bitcoin cash", Kind::Bitcoin),
    chain("ksm", "KSM", "kusama", Kind::Substrate),
    chain("avax", "AVAX", "avalanche", Kind::Evm(43_114)),
    chain("dot", "DOT", "polkadot", Kind::Substrate),
    chain("optimism", "OPTIMISM", "optimism", Kind::Evm(10)),
    chain("polygon_pos", "POLYGON_POS", "Polygon PoS", Kind::Evm(137)),
    chain("arbitrum_one", "ARBITRUM_ONE", "Arbitrum One", Kind::Evm(42_161)),
    chain("base", "BASE", "base", Kind::Evm(8453)),
    chain("gnosis", "GNOSIS", "Gnosis", Kind::Evm(100)),
    chain("scroll", "SCROLL", "scroll", Kind::Evm(534_352)),
    chain("binance_sc", "BINANCE_SC", "Binance Smart Chain", Kind::Evm(56)),
    chain("zksync_lite", "ZKSYNC_LITE", "ZKSync Lite", Kind::EvmLike),
];

/// `BlockchainField`, read into the chain's key.
pub static BLOCKCHAIN: Members = Members::of("SupportedBlockchain", CHAINS);

/// A chain by its key.
#[must_use]
pub fn by_key(key: &str) -> Option<&'static Chain> {
    ALL.iter().find(|chain| chain.key == key)
}

/// A chain as the databases spell it, to the letter.
#[must_use]
pub fn by_value(value: &str) -> Option<&'static Chain> {
    ALL.iter().find(|chain| chain.value == value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_and_the_enumeration_are_the_same_chains() {
        assert!(ALL.iter().map(|chain| chain.key).eq(CHAINS.iter().copied()));
        for chain in ALL {
            assert_eq!(chain.value.to_ascii_lowercase(), chain.key);
        }
    }
}
