//! `eth withdrawal event` and `eth block event`: what validators of Ethereum bring in.

use num_bigint::BigInt;
use num_traits::ToPrimitive as _;

use super::{
    super::{
        extensions::Staking,
        fields::{AMOUNT, EVENT_IDENTIFIER, IDENTIFIER, TIMESTAMP, VALIDATOR_INDEX, amount, int, maybe_int, text},
    },
    Editing, Event, Kind,
};
use crate::{
    handlers::Stop,
    wire::validate::{
        Field, Record, Schema, Validator,
        addresses::EVM_ADDRESS,
        field,
        texts::{BOOLEAN, INTEGER},
    },
};

/// From here on a division by floats is not what it seems.
const EXACT: i64 = 1 << 53;

const BLOCK_NUMBER: Field = field("block_number", INTEGER).required().check(&[Validator::Range {
    min: Some(0),
    max: None,
    error: Some("Block number must be an integer >= 0"),
}]);

const WITHDRAWN: Schema = Schema::new(&[
    TIMESTAMP,
    AMOUNT,
    IDENTIFIER,
    field("is_exit", BOOLEAN).required(),
    EVENT_IDENTIFIER,
    field("withdrawal_address", EVM_ADDRESS).required(),
    VALIDATOR_INDEX,
]);
const PRODUCED: Schema = Schema::new(&[
    TIMESTAMP,
    AMOUNT,
    IDENTIFIER,
    field("is_mev_reward", BOOLEAN).required(),
    EVENT_IDENTIFIER,
    field("fee_recipient", EVM_ADDRESS).required(),
    BLOCK_NUMBER,
    VALIDATOR_INDEX,
]);

/// `CreateEthWithdrawalEventEventSchema`
pub(super) const WITHDRAWAL: Kind = Kind {
    name: "eth withdrawal event",
    edited: WITHDRAWN,
    added: WITHDRAWN.without("identifier"),
    editing: Editing::Single,
    events: withdrawal,
};
/// `CreateEthBlockEventEventSchema`
pub(super) const BLOCK: Kind = Kind {
    name: "eth block event",
    edited: PRODUCED,
    added: PRODUCED.without("identifier"),
    editing: Editing::Single,
    events: block,
};

fn withdrawal(arguments: &Record) -> Result<Vec<Event>, Stop> {
    let (timestamp, validator_index) = (int(arguments, "timestamp")?, int(arguments, "validator_index")?);
    let (amount, is_exit) = (amount(arguments, "amount")?, arguments.flag("is_exit")?);
    let group = match text(arguments, "event_identifier")? {
        Some(given) => given,
        None => format!("EW_{validator_index}_{}", days(&timestamp)?),
    };
    let notes = if is_exit {
        format!("Exit validator {validator_index} with {amount} ETH")
    } else {
        format!("Withdraw {amount} ETH from validator {validator_index}")
    };
    Ok(vec![Event {
        identifier: maybe_int(arguments, "identifier")?,
        entry_type: 3,
        group,
        timestamp,
        location: "ethereum",
        location_label: text(arguments, "withdrawal_address")?,
        asset: "ETH".into(),
        amount,
        notes: Some(notes),
        type_: "staking",
        subtype: "remove asset",
        staking: Some(Staking { validator_index, exit_or_block: i32::from(is_exit).into() }),
        ..Event::default()
    }])
}

/// Days since 1970. Legacy divides floats.
fn days(timestamp: &BigInt) -> Result<i64, Stop> {
    let exact = timestamp.to_i64().filter(|timestamp| *timestamp < EXACT);
    let timestamp = exact.ok_or_else(|| Stop::declined("a moment too far away for a float"))?;
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "small enough to be exact")]
    let days = (timestamp as f64 / 1000.0 / 86400.0) as i64;
    Ok(days)
}

/// What a relay reports is for information, and so is a block whose reward goes to somebody else.
fn block(arguments: &Record) -> Result<Vec<Event>, Stop> {
    let (number, validator_index) = (int(arguments, "block_number")?, int(arguments, "validator_index")?);
    let (amount, recipient) = (amount(arguments, "amount")?, arguments.text("fee_recipient")?.to_owned());
    let reported = arguments.flag("is_mev_reward")?;
    let notes = if reported {
        format!(
            "Validator {validator_index} produced block {number}. Relayer reported {amount} ETH as the MEV reward going \
             to {recipient}"
        )
    } else {
        format!(
            "Validator {validator_index} produced block {number} with {amount} ETH going to {recipient} as the block \
             reward"
        )
    };
    Ok(vec![Event {
        identifier: maybe_int(arguments, "identifier")?,
        entry_type: 4,
        group: text(arguments, "event_identifier")?.unwrap_or_else(|| format!("BP1_{number}")),
        sequence_index: i32::from(reported).into(),
        timestamp: int(arguments, "timestamp")?,
        location: "ethereum",
        location_label: Some(recipient),
        asset: "ETH".into(),
        amount,
        notes: Some(notes),
        type_: if reported { "informational" } else { "staking" },
        untracked_type: Some("informational"),
        subtype: if reported { "mev reward" } else { "block production" },
        staking: Some(Staking { validator_index, exit_or_block: number }),
        ..Event::default()
    }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_whole_and_counted_as_far_as_floats_are_exact() {
        for (timestamp, whole) in [(0, 0), (86_399_999, 0), (86_400_000, 1), (1_700_000_000_123_i64, 19_675)] {
            assert_eq!(days(&BigInt::from(timestamp)).ok(), Some(whole));
        }
        assert!(days(&BigInt::from(EXACT)).is_err() && days(&(BigInt::from(u64::MAX) * 2u8)).is_err());
    }
}
