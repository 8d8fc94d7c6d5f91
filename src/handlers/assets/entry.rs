//! An asset with its details, as its type has them.

use rusqlite::Row;
use serde::Serialize;

use super::tables::{chain, kind};
use crate::{
    handlers::cells::{self, Halt, Reading},
    schema::assets::{TOKEN_KINDS, name_of},
};

/// What [`Entry::of`] reads, in this order.
pub(super) const COLUMNS: &str = "a.identifier, a.type, a.name, d.symbol, d.started, d.swapped_for, d.forked, \
     d.cryptocompare, d.coingecko, ifnull(e.address, s.address), e.chain, ifnull(e.token_kind, s.token_kind), \
     ifnull(e.decimals, s.decimals), ifnull(e.protocol, s.protocol), u.notes, u.type";

/// An asset.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    pub(super) identifier: String,
    asset_type: &'static str,
    name: Option<String>,
    #[serde(flatten)]
    details: Details,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Details {
    Fiat {
        symbol: Option<String>,
        started: Option<i64>,
    },
    Evm {
        address: String,
        evm_chain: &'static str,
        token_kind: &'static str,
        decimals: Option<i64>,
        underlying_tokens: Option<Vec<Underlying>>,
        protocol: Option<String>,
        #[serde(flatten)]
        common: Common,
    },
    Solana {
        protocol: Option<String>,
        token_kind: &'static str,
        address: String,
        decimals: Option<i64>,
        #[serde(flatten)]
        common: Common,
    },
    Custom {
        notes: Option<String>,
        custom_asset_type: Option<String>,
    },
    Other(Common),
}

#[derive(Debug, Serialize)]
struct Common {
    symbol: Option<String>,
    started: Option<i64>,
    swapped_for: Option<String>,
    forked: Option<String>,
    cryptocompare: Option<String>,
    coingecko: Option<String>,
}

/// A token that another one consists of, and how much of it, in percent.
#[derive(Debug, Serialize)]
pub(super) struct Underlying {
    pub(super) address: String,
    pub(super) token_kind: &'static str,
    pub(super) weight: String,
}

impl Entry {
    /// Reads one of [`COLUMNS`].
    pub(super) fn of(row: &Row<'_>) -> Reading<Self> {
        let asset_type = kind(row, 1)?;
        let details = match asset_type {
            "fiat" => Details::Fiat { symbol: cells::maybe_string(row, 3)?, started: cells::maybe_int(row, 4)? },
            "evm token" => Details::Evm {
                address: cells::string(row, 9)?,
                evm_chain: chain(row, 10)?.ok_or(Halt::Odd("an EVM token without a chain"))?,
                token_kind: token_kind(row, &["erc20", "erc721"])?,
                decimals: cells::maybe_int(row, 12)?,
                underlying_tokens: None,
                protocol: cells::maybe_string(row, 13)?,
                common: common(row)?,
            },
            "solana token" => Details::Solana {
                protocol: cells::maybe_string(row, 13)?,
                token_kind: token_kind(row, &["spl token", "spl nft"])?,
                address: cells::string(row, 9)?,
                decimals: cells::maybe_int(row, 12)?,
                common: common(row)?,
            },
            "custom asset" => Details::Custom {
                notes: cells::maybe_string(row, 14)?,
                custom_asset_type: cells::maybe_string(row, 15)?,
            },
            _ => Details::Other(common(row)?),
        };
        Ok(Self { identifier: cells::string(row, 0)?, asset_type, name: cells::maybe_string(row, 2)?, details })
    }

    /// Adds what it consists of.
    pub(super) fn add(&mut self, underlying: Underlying) -> Reading<()> {
        let Details::Evm { underlying_tokens, .. } = &mut self.details else {
            return Err(Halt::Odd("underlying tokens of something else than a token"));
        };
        underlying_tokens.get_or_insert_default().push(underlying);
        Ok(())
    }
}

fn token_kind(row: &Row<'_>, usual: &[&str]) -> Reading<&'static str> {
    let kind = name_of(&TOKEN_KINDS, &cells::text(row, 11)?);
    kind.filter(|kind| usual.contains(kind)).ok_or(Halt::Odd("a token's kind"))
}

fn common(row: &Row<'_>) -> Reading<Common> {
    Ok(Common {
        symbol: cells::maybe_string(row, 3)?,
        started: cells::maybe_int(row, 4)?,
        swapped_for: cells::maybe_string(row, 5)?,
        forked: cells::maybe_string(row, 6)?,
        cryptocompare: cells::maybe_string(row, 7)?,
        coingecko: cells::maybe_string(row, 8)?,
    })
}
