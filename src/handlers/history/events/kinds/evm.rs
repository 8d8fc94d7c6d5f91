//! `evm event`: anything in a transaction, and `eth deposit event`: what a validator begins with.

use super::{
    super::{
        extensions::{Evm, Staking},
        fields::{
            AMOUNT, ASSET, EVENT_IDENTIFIER, EVENT_SUBTYPE, EVENT_TYPE, IDENTIFIER, LOCATION_LABEL, SEQUENCE_INDEX,
            TIMESTAMP, USER_NOTES, VALIDATOR_INDEX, amount, int, maybe_int, member, text,
        },
    },
    Editing, Event, Kind,
    chain::{ADDRESS, CHAIN, COUNTERPARTY, EXTRA_DATA, PRODUCT, TX_HASH, evm, extra_data, group, grouped, tx_hash},
    history::known_pair,
};
use crate::{
    handlers::Stop,
    schema::events::DEPOSIT_CONTRACT,
    wire::validate::{Fault, Item, Pass, Record, Schema, addresses::EVM_ADDRESS, field},
};

const EDITED: Schema = Schema::new(&[
    TX_HASH,
    EVENT_IDENTIFIER,
    COUNTERPARTY,
    PRODUCT,
    ADDRESS,
    EXTRA_DATA,
    CHAIN,
    TIMESTAMP,
    AMOUNT,
    IDENTIFIER,
    EVENT_TYPE,
    EVENT_SUBTYPE,
    ASSET,
    USER_NOTES,
    SEQUENCE_INDEX,
    LOCATION_LABEL,
])
.after(fits);
const DEPOSITED: Schema = Schema::new(&[
    TIMESTAMP,
    AMOUNT,
    IDENTIFIER,
    TX_HASH,
    field("depositor", EVM_ADDRESS).required(),
    EVENT_IDENTIFIER,
    SEQUENCE_INDEX,
    VALIDATOR_INDEX,
    EXTRA_DATA,
]);

/// `CreateEvmEventSchema`
pub(super) const KIND: Kind =
    Kind { name: "evm event", edited: EDITED, added: EDITED.without("identifier"), editing: Editing::Single, events };
/// `CreateEthDepositEventEventSchema`
pub(super) const DEPOSIT: Kind = Kind {
    name: "eth deposit event",
    edited: DEPOSITED,
    added: DEPOSITED.without("identifier"),
    editing: Editing::Single,
    events: deposit,
};

fn fits(record: Record, _: &Pass<'_>) -> Result<Item, Fault> {
    grouped(&record)?;
    known_pair(&record)?;
    Ok(Item::Record(record))
}

fn events(arguments: &Record) -> Result<Vec<Event>, Stop> {
    let location = member(arguments, "location")?;
    Ok(vec![Event {
        identifier: maybe_int(arguments, "identifier")?,
        entry_type: 2,
        group: group(arguments, location)?.unwrap_or_default(),
        sequence_index: int(arguments, "sequence_index")?,
        timestamp: int(arguments, "timestamp")?,
        location,
        location_label: text(arguments, "location_label")?,
        asset: arguments.text("asset")?.to_owned(),
        amount: amount(arguments, "amount")?,
        notes: text(arguments, "user_notes")?,
        type_: member(arguments, "event_type")?,
        subtype: member(arguments, "event_subtype")?,
        extra_data: extra_data(arguments),
        evm: Some(evm(arguments)?),
        ..Event::default()
    }])
}

fn deposit(arguments: &Record) -> Result<Vec<Event>, Stop> {
    let (amount, validator_index) = (amount(arguments, "amount")?, int(arguments, "validator_index")?);
    Ok(vec![Event {
        identifier: maybe_int(arguments, "identifier")?,
        entry_type: 5,
        group: group(arguments, "ethereum")?.unwrap_or_default(),
        sequence_index: int(arguments, "sequence_index")?,
        timestamp: int(arguments, "timestamp")?,
        location: "ethereum",
        location_label: text(arguments, "depositor")?,
        asset: "ETH".into(),
        notes: Some(format!("Deposit {amount} ETH to validator {validator_index}")),
        amount,
        type_: "staking",
        subtype: "deposit asset",
        extra_data: extra_data(arguments),
        evm: Some(Evm {
            tx_hash: tx_hash(arguments)?,
            counterparty: Some("eth2".into()),
            product: Some("staking"),
            address: Some(DEPOSIT_CONTRACT.into()),
        }),
        staking: Some(Staking { validator_index, exit_or_block: 0.into() }),
        ..Event::default()
    }])
}
