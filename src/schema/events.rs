//! Kinds of events, as accounting rules name them.

use super::constants::TYPE_MAPPINGS;

/// What happened, in legacy's order.
pub const EVENT_TYPES: &[&str] = &[
    "trade",
    "staking",
    "deposit",
    "withdrawal",
    "transfer",
    "spend",
    "receive",
    "adjustment",
    "informational",
    "migrate",
    "renew",
    "deploy",
    "fail",
    "loss",
    "mint",
    "burn",
    "multi trade",
];

/// What happened more closely, in legacy's order.
pub const EVENT_SUBTYPES: &[&str] = &[
    "reward",
    "deposit asset",
    "remove asset",
    "fee",
    "spend",
    "receive",
    "approve",
    "airdrop",
    "bridge",
    "governance",
    "none",
    "generate debt",
    "payback debt",
    "receive wrapped",
    "return wrapped",
    "donate",
    "nft",
    "place order",
    "liquidate",
    "interest payment",
    "cancel order",
    "refund",
    "block production",
    "mev reward",
    "apply",
    "update",
    "create",
    "attest",
    "payment",
    "grant",
    "interest",
    "cashback",
    "hack",
    "clawback",
    "deposit for wrapped",
    "redeem wrapped",
    "consolidate",
    "delegate",
    "liquidity provision loss",
    "burn",
];

/// Kinds of entries, by their number, which begins with 1.
pub const ENTRY_TYPES: &[&str] = &[
    "history event",
    "evm event",
    "eth withdrawal event",
    "eth block event",
    "eth deposit event",
    "asset movement event",
    "swap event",
    "evm swap event",
];

/// What a protocol on an EVM chain is asked for.
pub const PRODUCTS: &[&str] = &["pool", "staking", "gauge", "bribe", "lending", "minting"];

/// Keys of an event's extra data that are its details.
pub const DETAILS: [&str; 2] = ["sub_swaps", "liquity_staking"];

/// The contract that all deposits of validators go to.
pub const DEPOSIT_CONTRACT: &str = "0x00000000219ab540356cBB839Cbe05303d7705Fa";

/// Whether legacy knows events of this type and subtype.
#[must_use]
pub fn is_pair(event_type: &str, subtype: &str) -> bool {
    TYPE_MAPPINGS["global_mappings"][event_type].get(subtype).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_go_with_some_subtypes() {
        assert!(is_pair("multi trade", "fee") && is_pair("trade", "none"));
        assert!(!is_pair("trade", "reward") && !is_pair("", "") && !is_pair("unheard of", "fee"));
        for (event_type, subtypes) in TYPE_MAPPINGS["global_mappings"].as_object().unwrap() {
            assert!(EVENT_TYPES.contains(&event_type.as_str()));
            assert!(subtypes.as_object().unwrap().keys().all(|subtype| EVENT_SUBTYPES.contains(&subtype.as_str())));
        }
    }
}
