//! What legacy answers to everyone alike: constants of its version, as it was recorded to give them.

use std::sync::LazyLock;

use serde_json::Value;

/// The `result` of an answer. A test reads every one of them, so that the empty default never stands for it.
pub type Constant = LazyLock<Value>;

macro_rules! constants {
    ($($(#[$doc:meta])* $name:ident = $file:literal;)*) => {
        $($(#[$doc])* pub static $name: Constant =
            LazyLock::new(|| serde_json::from_str(include_str!(concat!("constants/", $file))).unwrap_or_default());)*

        #[cfg(test)]
        const ALL: &[(&str, &str, &Constant)] =
            &[$(($file, include_str!(concat!("constants/", $file)), &$name)),*];
    };
}

constants! {
    /// Which settings each property of an accounting rule may be linked to.
    ACCOUNTING_RULES_INFO = "accounting_rules_info.json";
    /// The modules of Ethereum.
    ETH_MODULES = "blockchains_eth_modules.json";
    /// Every EVM chain.
    EVM_CHAINS = "blockchains_evm_all.json";
    /// The supported chains.
    SUPPORTED_CHAINS = "blockchains_supported.json";
    /// Names and icons of protocols.
    DEFI_METADATA = "defi_metadata.json";
    /// Counterparties and the products they have.
    PRODUCTS = "history_events_products.json";
    /// How types and subtypes of events are called and coloured.
    TYPE_MAPPINGS = "history_events_type_mappings.json";
    /// Price oracles.
    ORACLES = "oracles.json";
    /// Protocols whose cached data can be refreshed.
    REFRESHABLE = "protocols_data_refresh.json";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_constant_is_read() {
        for (file, text, constant) in ALL {
            assert_eq!(serde_json::from_str::<Value>(text).unwrap(), ***constant, "{file}");
            assert!(constant.is_object() || constant.is_array(), "{file}");
        }
    }
}
