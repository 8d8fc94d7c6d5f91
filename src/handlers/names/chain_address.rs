//! An address and its chain, as legacy takes and spells them.

use crate::{
    handlers::{Unanswered, rows::odd},
    schema::chains::{self, BLOCKCHAIN, Chain, Kind as ChainKind},
    wire::{
        address::{bitcoin, cash, ecosystem::Ecosystem, plain, substrate},
        validate::{
            Fallback, Fault, Field, Item, Kind, Pass, Record, Schema, addresses::checksummed, each, field,
            texts::NON_EMPTY_STRING,
        },
    },
};

/// `OptionalAddressesWithBlockchainsListSchema`'s element
static CHAIN_ADDRESS: Schema = Schema::new(&[ADDRESS, CHAIN]).checks(&[fits_its_chain]).after(spelled);

/// `address`
pub(super) const ADDRESS: Field = field("address", NON_EMPTY_STRING).required();
/// `blockchain`; null for all chains of a family.
pub(super) const CHAIN: Field = field("blockchain", Kind::Member(&BLOCKCHAIN)).or(Fallback::Null);

static EACH: Field = each(Kind::Nested(&CHAIN_ADDRESS));

/// `addresses`
pub(super) const ADDRESSES: Field = field("addresses", Kind::List(&EACH)).or(Fallback::Null);

/// An address that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ChainAddress {
    /// In the spelling that databases have it in.
    pub(super) address: String,
    /// Key of its chain; any chain of the family if there is none.
    pub(super) chain: Option<&'static str>,
    /// Its family.
    pub(super) ecosystem: Ecosystem,
}

impl ChainAddress {
    /// The address of a record that the schema here has read.
    ///
    /// # Errors
    /// The schema and this disagree.
    pub(super) fn of(record: &Record) -> Result<Self, Unanswered> {
        let address = record.text("address")?.to_owned();
        let ecosystem = Ecosystem::of(&address).ok().flatten().ok_or_else(odd)?;
        Ok(Self { address, chain: chain_of(record).map(|chain| chain.key), ecosystem })
    }

    /// Its chain.
    #[must_use]
    pub(super) fn chain(&self) -> Option<&'static Chain> {
        self.chain.and_then(chains::by_key)
    }

    /// What stands for its chain, or for its family, in an address book.
    #[must_use]
    pub(super) fn stored_as(&self) -> &'static str {
        self.chain().map_or_else(|| self.ecosystem.group(), |chain| chain.value)
    }

    /// What messages call its chain, or the lack of one.
    #[must_use]
    pub(super) fn title(&self) -> &'static str {
        self.chain().map_or("None", |chain| chain.title)
    }
}

/// The addresses of a request; `None` if it has null, or nothing.
///
/// # Errors
/// The schema and this disagree.
pub(super) fn addresses(arguments: &Record) -> Result<Option<Vec<ChainAddress>>, Unanswered> {
    let Some(items) = arguments.maybe_list("addresses")? else { return Ok(None) };
    let address = |item: &Item| match item {
        Item::Record(record) => ChainAddress::of(record),
        _ => Err(odd()),
    };
    items.iter().map(address).collect::<Result<Vec<_>, _>>().map(Some)
}

fn chain_of(record: &Record) -> Option<&'static Chain> {
    record.get("blockchain").and_then(Item::as_text).and_then(chains::by_key)
}

fn address_of(record: &Record) -> Result<&str, Fault> {
    let address = record.get("address").and_then(Item::as_text);
    let address = address.ok_or_else(|| Fault::legacy("an address that is no text"))?;
    plain(address)?;
    Ok(address)
}

/// An address of Bitcoin or of a Substrate chain is one.
pub(super) fn fits_its_chain(record: &Record, _: &Pass<'_>) -> Result<(), Fault> {
    let Some(chain) = chain_of(record) else { return Ok(()) };
    let address = address_of(record)?;
    let fits = match chain.key {
        "btc" | "bch" => bitcoin::is_valid(address)? || cash::is_valid(address)?,
        "dot" => substrate::is_valid(address, substrate::POLKADOT)?,
        "ksm" => substrate::is_valid(address, substrate::KUSAMA)?,
        _ => true,
    };
    if fits {
        Ok(())
    } else {
        Err(Fault::at("address", format!("Given value {address} is not a {} address", chain.title)))
    }
}

/// EVM addresses in their checksummed spelling, where the chain is one of EVM's or not said.
pub(super) fn spelled(mut record: Record, _: &Pass<'_>) -> Result<Item, Fault> {
    let address = address_of(&record)?.to_owned();
    let address = match chain_of(&record) {
        Some(Chain { kind: ChainKind::Evm(_), title, .. }) => checksummed(&address)
            .ok_or_else(|| Fault::at("address", format!("Given value {address} is not a valid {title} address")))?,
        None => checksummed(&address).unwrap_or(address),
        Some(_) => address,
    };
    if Ecosystem::of(&address)?.is_none() {
        return Err(Fault::at("address", "Given address is from an unsupported ecosystem"));
    }
    record.insert("address", Item::Text(address));
    Ok(Item::Record(record))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{
        Location,
        location::{Reading, Sources, read},
        parse::parse,
        validate::Known,
    };

    static SCHEMA: Schema = Schema::new(&[ADDRESSES]);

    fn said(element: &str) -> String {
        let body = parse(format!("{{\"addresses\": [{element}]}}").as_bytes()).unwrap();
        match read(&SCHEMA, Location::Json, Sources { body: Some(&body), query: "", path: &[] }, 0, &Known::new()) {
            Reading::Loaded(record) => addresses(&record).unwrap().unwrap().remove(0).address,
            Reading::Refused(answer) => String::from_utf8_lossy(&answer.body).into_owned(),
            Reading::Legacy(_) => "legacy".into(),
            Reading::Asked(_) => "asked".into(),
        }
    }

    #[test]
    fn addresses_are_spelled_and_refused_as_legacy_does() {
        for (element, expected) in [
            (
                r#"{"address": "9531c059098e3d194ff87febb587ab07b30b1306"}"#,
                "0x9531C059098e3d194fF87FebB587aB07B30B1306",
            ),
            (
                r#"{"address": "0x9531c059098e3d194ff87febb587ab07b30b1306", "blockchain": "zksync lite"}"#,
                "0x9531c059098e3d194ff87febb587ab07b30b1306",
            ),
            (r#"{"address": "0x12", "blockchain": "eth"}"#, "Given value 0x12 is not a valid ethereum address"),
            (r#"{"address": "zz", "blockchain": "dot"}"#, "Given value zz is not a polkadot address"),
            (r#"{"address": "zz"}"#, "Given address is from an unsupported ecosystem"),
            (r#"{"address": "zcashaddress"}"#, "Invalid bech32 checksum"),
            (r#"{"address": "28"}"#, "index out of range"),
            (r#"{"address": " 28"}"#, "legacy"),
        ] {
            assert!(said(element).contains(expected), "{element}: {}", said(element));
        }
    }
}
