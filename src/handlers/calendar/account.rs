//! The address, chain and counterparty of an entry, as they are read.

use crate::{
    handlers::Unanswered,
    schema::chains::{self, BLOCKCHAIN, Chain, Kind as ChainKind},
    session::who::User,
    wire::{
        Value,
        address::{bitcoin, cash, plain, substrate},
        validate::{
            Fallback, Fault, Field, Item, Kind, Question, Record, Shape, addresses::checksummed, field,
            texts::STRING_OR_NONE,
        },
    },
};

pub(super) const ADDRESS: Field = field("address", STRING_OR_NONE).or(Fallback::Null);
pub(super) const CHAIN: Field = field("blockchain", Kind::Member(&BLOCKCHAIN)).or(Fallback::Null);
pub(super) const COUNTERPARTY: Field = field("counterparty", KNOWN_COUNTERPARTY).or(Fallback::Null);

/// `EvmCounterpartyField`: one of a set of texts, which asks for a hash before anything else.
const KNOWN_COUNTERPARTY: Kind = Kind::Scalar(Shape::Text, |value, pass| match value {
    Value::Str(text) => pass.look_up("counterparty", text),
    Value::List(_) | Value::Dict(_) => Err(Fault::Crash(format!("unhashable type: '{}'", value.class()))),
    other => match other.to_str() {
        Some(shown) => Err(Fault::message(format!("Unknown counterparty {shown} provided"))),
        None => Err(Fault::legacy("a counterparty of an unusual kind")),
    },
});

/// Which counterparties there are was decided at login; see `GET /api/1/history/events/counterparties`.
pub(super) fn counterparties(user: &User, questions: Vec<Question>) -> Result<Vec<Result<Item, String>>, Unanswered> {
    let known = user.counterparties.as_deref().and_then(serde_json::Value::as_array);
    let known = known.ok_or_else(|| Unanswered::declined("legacy has not shown its counterparties yet"))?;
    let judged = questions.into_iter().map(|Question { value, .. }| {
        if known.iter().any(|counterparty| counterparty["identifier"] == *value) {
            Ok(Item::Text(value))
        } else {
            Err(format!("Unknown counterparty {value} provided"))
        }
    });
    Ok(judged.collect())
}

/// Address and chain as they were given, where both were.
pub(super) fn given(record: &Record) -> Result<Option<(&str, &'static Chain)>, Fault> {
    let wrong = |error: crate::wire::validate::Mistyped| Fault::legacy(error.to_string());
    let chain = record.maybe_text("blockchain").map_err(wrong)?.and_then(chains::by_key);
    let address = record.maybe_text("address").map_err(wrong)?;
    Ok(address.zip(chain))
}

/// Whether an address is one of its chain. On EVM chains it has to be spelled with its checksum; where it is none at all,
/// which legacy does not expect, it is legacy's to judge. The beacon chain takes any.
pub(super) fn fits(address: &str, chain: &Chain) -> Result<(), Fault> {
    let fits = match chain.kind {
        ChainKind::Evm(_) | ChainKind::EvmLike => match checksummed(address) {
            Some(spelled) => spelled == address,
            None => return Err(Fault::legacy("an address that is none")),
        },
        ChainKind::Beacon => true,
        ChainKind::Bitcoin => {
            plain(address)?;
            bitcoin::is_valid(address)? || cash::is_valid(address)?
        }
        ChainKind::Substrate => {
            plain(address)?;
            let format = if chain.key == "dot" { substrate::POLKADOT } else { substrate::KUSAMA };
            substrate::is_valid(address, format)?
        }
    };
    if fits {
        Ok(())
    } else {
        Err(Fault::at("address", format!("Given value {address} is not a {} address", chain.title)))
    }
}
