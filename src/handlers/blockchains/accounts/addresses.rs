//! The addresses in a request to edit accounts of a chain: each one of the chain, none twice. A name of ENS is legacy's to
//! resolve.

use std::collections::BTreeSet;

use crate::{
    schema::chains::{self, Chain, Kind as ChainKind},
    wire::{
        address::{bitcoin, cash, plain, substrate},
        validate::{Fault, Item, Pass, Record, addresses::checksummed},
    },
};

/// `_validate_blockchain_account_schemas`. On zkSync Lite it looks at nothing.
pub(super) fn fit_the_chain(record: &Record, _: &Pass<'_>) -> Result<(), Fault> {
    let chain = chain_of(record)?;
    if chain.kind == ChainKind::EvmLike {
        return Ok(());
    }
    let mut given = BTreeSet::new();
    for address in addresses(record) {
        let (shown, judged) = judged(address?, chain)?;
        if !given.insert(judged) {
            let message = format!("Address {shown} appears multiple times in the request data");
            return Err(Fault::at("address", message));
        }
    }
    Ok(())
}

/// EVM addresses in their checksummed spelling, all others as they came.
pub(super) fn spelled(mut record: Record, _: &Pass<'_>) -> Result<Item, Fault> {
    if !matches!(chain_of(&record)?.kind, ChainKind::Evm(_) | ChainKind::EvmLike) {
        return Ok(Item::Record(record));
    }
    let Some(Item::List(accounts)) = record.get("accounts") else { return Err(unread()) };
    let mut accounts = accounts.clone();
    for account in &mut accounts {
        let Item::Record(account) = account else { return Err(unread()) };
        let address = account.get("address").and_then(Item::as_text).and_then(checksummed).ok_or_else(named)?;
        account.insert("address", Item::Text(address));
    }
    record.insert("accounts", Item::List(accounts));
    Ok(Item::Record(record))
}

/// What makes two addresses the same.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Judged {
    /// Their spelling.
    Text(String),
    /// On Bitcoin Cash, what they hold in either of its two spellings.
    Payload(Vec<u8>),
}

/// The address as messages show it, and what it is compared by.
fn judged(address: &str, chain: &Chain) -> Result<(String, Judged), Fault> {
    plain(address)?;
    // On Bitcoin Cash fewer names count as such: a name without `.eth` is refused there.
    let end = address.rsplit_once('.').map_or("", |(_, end)| end);
    if end == "eth" || chain.key != "bch" && may_end_a_name(end) {
        return Err(named());
    }
    let as_it_is = || Judged::Text(address.to_owned());
    let (found, what) = match chain.kind {
        ChainKind::Evm(_) | ChainKind::EvmLike => match checksummed(address) {
            Some(spelled) => return Ok((spelled.clone(), Judged::Text(spelled))),
            None => (None, "an evm".to_owned()),
        },
        ChainKind::Bitcoin if chain.key == "bch" => (of_cash(address)?, "a valid bitcoin cash".to_owned()),
        ChainKind::Bitcoin => (bitcoin::is_valid(address)?.then(as_it_is), "a valid bitcoin".to_owned()),
        ChainKind::Substrate => {
            let network = if chain.key == "ksm" { substrate::KUSAMA } else { substrate::POLKADOT };
            (substrate::is_valid(address, network)?.then(as_it_is), format!("a valid {}", chain.title))
        }
        ChainKind::Beacon => (Some(as_it_is()), String::new()),
    };
    match found {
        Some(judged) => Ok((address.to_owned(), judged)),
        None => Err(Fault::at("address", format!("Given value {address} is not {what} address"))),
    }
}

/// An address of Bitcoin Cash. One that legacy fails to convert into the older spelling is compared as it is: in capital
/// letters, or of a kind or size that there was not.
fn of_cash(address: &str) -> Result<Option<Judged>, Fault> {
    if let Some(mut payload) = cash::payload(address)? {
        let small = address.bytes().all(|b| !b.is_ascii_uppercase());
        let older = match payload.first_mut() {
            Some(0) => true,
            Some(kind @ (5 | 8)) => {
                *kind = 5;
                true
            }
            _ => false,
        };
        let judged = if small && older { Judged::Payload(payload) } else { Judged::Text(address.to_owned()) };
        return Ok(Some(judged));
    }
    Ok(bitcoin::older(address)?.map(Judged::Payload))
}

/// Whether what is behind the last point may end a name of ENS.
fn may_end_a_name(end: &str) -> bool {
    end.len() >= 2 && end.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn named() -> Fault {
    Fault::legacy("a name that legacy would look up on the network")
}

fn unread() -> Fault {
    Fault::legacy("accounts that were not read")
}

fn chain_of(record: &Record) -> Result<&'static Chain, Fault> {
    record.get("blockchain").and_then(Item::as_text).and_then(chains::by_key).ok_or_else(unread)
}

fn addresses(record: &Record) -> impl Iterator<Item = Result<&str, Fault>> {
    let accounts = match record.get("accounts") {
        Some(Item::List(accounts)) => accounts.as_slice(),
        _ => &[],
    };
    accounts.iter().map(|account| match account {
        Item::Record(account) => account.get("address").and_then(Item::as_text).ok_or_else(unread),
        _ => Err(unread()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(address: &str, chain: &str) -> String {
        match judged(address, chains::by_key(chain).unwrap()) {
            Ok((_, judged)) => format!("{judged:?}"),
            Err(fault) => format!("{fault:?}"),
        }
    }

    #[test]
    fn names_are_left_to_legacy_where_it_would_look_them_up() {
        for (address, chain, looked_up) in [
            ("me.eth", "eth", true),
            ("me.a-", "btc", true),
            ("me.e", "eth", false),
            ("me.", "dot", false),
            ("a.b.xyz", "ksm", true),
            ("me.eth", "bch", true),
            ("me.xyz", "bch", false),
        ] {
            assert_eq!(said(address, chain).starts_with("Legacy"), looked_up, "{address} on {chain}");
        }
    }

    #[test]
    fn an_address_of_bitcoin_cash_is_the_same_in_either_spelling_but_not_in_capital_letters() {
        let older = "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu";
        let cash = "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a";
        assert_eq!(said(older, "bch"), said(cash, "bch"));
        assert_eq!(said(older, "bch"), said(cash.strip_prefix("bitcoincash:").unwrap(), "bch"));
        assert_ne!(said(older, "bch"), said(&cash.to_uppercase(), "bch"));
        assert!(said("me.xyz", "bch").contains("Given value me.xyz is not a valid bitcoin cash address"));
    }

    #[test]
    fn what_is_no_address_of_the_chain_is_refused_in_its_words() {
        for (chain, what) in [
            ("eth", "an evm"),
            ("avax", "an evm"),
            ("btc", "a valid bitcoin"),
            ("dot", "a valid polkadot"),
            ("ksm", "a valid kusama"),
        ] {
            assert!(said("zz", chain).contains(&format!("Given value zz is not {what} address")), "{chain}");
        }
    }
}
