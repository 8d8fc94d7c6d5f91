//! What entries that name a transaction of an EVM chain have in common.

use super::super::{extensions::Evm, fields::text};
use crate::{
    handlers::Stop,
    schema::{enums::TRANSACTION_CHAINS, events::PRODUCTS, locations::NAMES},
    wire::{
        json::dumps_value,
        validate::{
            Fallback, Fault, Field, Item, Kind as ArgumentKind, Limit, Members, Mistyped, Record, Shape,
            addresses::{EVM_ADDRESS, EVM_TX_HASH},
            field,
            members::NOT_A_LOCATION_HERE,
            texts::STRING_OR_NONE,
        },
        value::Value,
    },
};

/// Chains of which legacy keeps transactions, the last one in a table of its own.
pub(in super::super) const CHAINS: &[&str] =
    &["ethereum", "optimism", "polygon pos", "arbitrum one", "base", "gnosis", "scroll", "binance sc", ZKSYNC];
/// Not quite an EVM chain.
pub(in super::super) const ZKSYNC: &str = "zksync lite";

static CHAIN_NAMES: Members = Members::of("Location", NAMES).limited(Limit::Only(CHAINS, NOT_A_LOCATION_HERE));
pub(in super::super) static PRODUCT_NAMES: Members = Members::of("EvmProduct", PRODUCTS);

pub(super) const TX_HASH: Field = field("tx_hash", EVM_TX_HASH).required();
pub(super) const COUNTERPARTY: Field = field("counterparty", STRING_OR_NONE).or(Fallback::Null);
pub(super) const PRODUCT: Field = field("product", ArgumentKind::Member(&PRODUCT_NAMES)).or(Fallback::Null);
pub(super) const ADDRESS: Field = field("address", EVM_ADDRESS).or(Fallback::Null);
pub(super) const CHAIN: Field = field("location", ArgumentKind::Member(&CHAIN_NAMES)).required();
/// Any object.
pub(super) const EXTRA_DATA: Field = field(
    "extra_data",
    ArgumentKind::Scalar(Shape::Object, |value, _| match value {
        Value::Dict(_) => Ok(Item::Raw(value.clone())),
        _ => Err(Fault::message("Not a valid mapping type.")),
    }),
)
.or(Fallback::Null);

/// The columns of an EVM event.
pub(super) fn evm(arguments: &Record) -> Result<Evm, Stop> {
    let product = match arguments.get("product") {
        Some(Item::Member(product)) => Some(*product),
        _ => None,
    };
    Ok(Evm {
        tx_hash: tx_hash(arguments)?,
        counterparty: text(arguments, "counterparty")?,
        product,
        address: text(arguments, "address")?,
    })
}

/// The transaction, as it is stored.
pub(super) fn tx_hash(arguments: &Record) -> Result<Vec<u8>, Mistyped> {
    let digits = arguments.text("tx_hash")?.trim_start_matches("0x");
    let bytes = (0..digits.len() / 2).map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16));
    bytes.collect::<Result<_, _>>().map_err(|_| Mistyped::Wrong("tx_hash".into(), "a hash"))
}

/// JSON of what was given, unless it is empty.
pub(super) fn extra_data(arguments: &Record) -> Option<String> {
    match arguments.get("extra_data") {
        Some(Item::Raw(extra @ Value::Dict(entries))) if !entries.is_empty() => Some(dumps_value(extra)),
        _ => None,
    }
}

/// What the events of a transaction have in common: what was given, or the chain's number and the transaction's hash.
/// `None` where the chain has no number: legacy asserts that it has one.
pub(super) fn group(arguments: &Record, location: &str) -> Result<Option<String>, Mistyped> {
    if let Some(given) = arguments.maybe_text("event_identifier")? {
        return Ok(Some(given.to_owned()));
    }
    let chain = TRANSACTION_CHAINS.iter().find(|(name, ..)| name.replace('_', " ") == location);
    let hash = arguments.text("tx_hash")?;
    Ok(chain.map(|(_, number, _)| format!("{number}{hash}")))
}

/// The crash of an entry that has no group.
pub(super) fn grouped(record: &Record) -> Result<(), Fault> {
    match group(record, record.maybe_text("location").ok().flatten().unwrap_or_default()) {
        Ok(None) => Err(Fault::Crash(String::new())),
        _ => Ok(()),
    }
}
