//! Where names come from.

use super::chain_address::ChainAddress;
use crate::{
    db::{DbError, Transaction},
    handlers::{
        Unanswered,
        rows::{self, Row, odd},
    },
    schema::{
        chains::{Chain, Kind},
        hardcoded,
    },
};

/// A source of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The user's address book.
    Private,
    /// Labels of the user's accounts, which stand in the user's address book too.
    Accounts,
    /// The address book that all users share.
    Global,
    /// Names of tokens, by the address of their contract.
    Tokens,
    /// What legacy knows by itself.
    Hardcoded,
    /// Names of the Ethereum Name Service that were looked up before.
    Ens,
}

/// What the user's database has on an address.
#[derive(Debug)]
pub(super) struct Mine {
    book: Option<Row>,
    ens: Option<Row>,
}

/// What global.db has on an address.
#[derive(Debug)]
pub(super) struct Global {
    book: Option<Row>,
    token: Option<Row>,
}

impl Mine {
    /// Reads it.
    ///
    /// # Errors
    /// SQLite's own.
    pub(super) fn read(transaction: &Transaction<'_>, address: &ChainAddress) -> Result<Self, DbError> {
        let ens = "SELECT ens_name FROM ens_mappings WHERE address=?";
        let ens = rows::select(transaction, ens, [&address.address])?.into_iter().next();
        Ok(Self { book: book(transaction, address)?, ens })
    }
}

impl Global {
    /// Reads it.
    ///
    /// # Errors
    /// SQLite's own.
    pub(super) fn read(transaction: &Transaction<'_>, address: &ChainAddress) -> Result<Self, DbError> {
        let token = match address.chain() {
            Some(Chain { kind: Kind::Evm(id), .. }) => {
                let token = "SELECT assets.name FROM evm_tokens INNER JOIN assets \
                             ON evm_tokens.identifier=assets.identifier WHERE address=? AND chain=?";
                rows::select(transaction, token, (&address.address, id))?.into_iter().next()
            }
            _ => None,
        };
        Ok(Self { book: book(transaction, address)?, token })
    }
}

/// An address book's entry. One for the whole family comes before one for the chain by the order of their names, that
/// for zkSync Lite alone comes first.
fn book(transaction: &Transaction<'_>, address: &ChainAddress) -> Result<Option<Row>, DbError> {
    let query = "SELECT name FROM address_book WHERE address=? AND (blockchain IS ? OR blockchain IS ?) \
                 ORDER BY blockchain DESC";
    let group = address.ecosystem.group();
    let chain = address.chain().map_or(group, |chain| chain.value);
    Ok(rows::select(transaction, query, (&address.address, chain, group))?.into_iter().next())
}

impl Source {
    const ALL: [Self; 6] = [Self::Private, Self::Accounts, Self::Global, Self::Tokens, Self::Hardcoded, Self::Ens];

    /// As the setting spells it.
    #[must_use]
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Private => "private_addressbook",
            Self::Accounts => "blockchain_account",
            Self::Global => "global_addressbook",
            Self::Tokens => "ethereum_tokens",
            Self::Hardcoded => "hardcoded_mappings",
            Self::Ens => "ens_names",
        }
    }

    /// A source by its word.
    #[must_use]
    pub(super) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.word() == word)
    }

    /// The name it has for an address.
    ///
    /// # Errors
    /// It is stored as something else than a text.
    pub(super) fn name<'r>(
        self,
        address: &ChainAddress,
        mine: &'r Mine,
        global: &'r Global,
    ) -> Result<Option<&'r str>, Unanswered> {
        let row = match self {
            Self::Private => &mine.book,
            Self::Accounts if address.chain.is_some() => &mine.book,
            Self::Accounts => &None,
            Self::Global => &global.book,
            Self::Tokens => &global.token,
            Self::Hardcoded if address.chain == Some("eth") => return Ok(hardcoded::name_of(&address.address)),
            Self::Hardcoded => &None,
            Self::Ens => &mine.ens,
        };
        let name = row.as_ref().map(|row| row.maybe_text(0)).transpose().map_err(|_| odd())?;
        Ok(name.flatten())
    }
}
