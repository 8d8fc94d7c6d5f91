//! Which family of chains an address belongs to.

use super::{bitcoin, cash, plain, substrate};
use crate::wire::validate::{Fault, addresses::checksummed};

/// A family of chains that share their addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ecosystem {
    /// Ethereum and its like.
    Evm,
    /// Bitcoin and Bitcoin Cash.
    Bitcoin,
    /// Polkadot and Kusama.
    Substrate,
}

impl Ecosystem {
    /// The family of an address; `None` if legacy knows none.
    ///
    /// # Errors
    /// Legacy fails to judge it, or is left to.
    pub fn of(address: &str) -> Result<Option<Self>, Fault> {
        plain(address)?;
        if checksummed(address).is_some() {
            return Ok(Some(Self::Evm));
        }
        if bitcoin::is_valid(address)? || cash::is_valid(address)? {
            return Ok(Some(Self::Bitcoin));
        }
        let substrate =
            substrate::is_valid(address, substrate::POLKADOT)? || substrate::is_valid(address, substrate::KUSAMA)?;
        Ok(substrate.then_some(Self::Substrate))
    }

    /// What stands in an address book for every chain of the family.
    #[must_use]
    pub fn group(self) -> &'static str {
        match self {
            Self::Evm => "TYPE_EVMLIKE",
            Self::Bitcoin => "TYPE_BITCOIN",
            Self::Substrate => "TYPE_SUBSTRATE",
        }
    }
}
