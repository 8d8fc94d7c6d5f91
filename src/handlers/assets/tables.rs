//! Where assets stand in global.db, and what the user has to do with them.

use std::{collections::HashSet, sync::Arc};

use rusqlite::Row;

use crate::{
    db::{Remembered, Transaction},
    handlers::{
        Context, Unanswered,
        cells::{self, Halt, Reading, settled},
    },
    schema::{
        assets::{EVM_CHAIN_NAMES, EVM_CHAINS, TYPES, name_of},
        needs::Tables,
    },
    session::who::User,
    wire::validate::{Fallback, Field, Kind, Members, field},
};

/// EVM chains by their names.
pub(super) static CHAINS: Members = Members::of("evm chain", &EVM_CHAIN_NAMES);
/// `evm_chain` of an endpoint that takes all of them.
pub(super) const EVM_CHAIN: Field = field("evm_chain", Kind::Member(&CHAINS)).or(Fallback::Null);

/// Every asset with what there is about it, at most one row of each table. The left side of a comparison says whether
/// case counts: it does for what the user made up, and for nothing else.
pub(super) const TABLES: &str = "assets a \
     LEFT JOIN common_asset_details d ON a.identifier = d.identifier \
     LEFT JOIN evm_tokens e ON a.identifier = e.identifier \
     LEFT JOIN solana_tokens s ON a.identifier = s.identifier \
     LEFT JOIN custom_assets u ON u.identifier = a.identifier";

/// What [`wishes`] reads.
pub(super) const WISHES: Tables = &["multisettings(name, value)", "settings(name, value)"];

/// What the user told legacy about assets.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    /// Identifiers of ignored assets.
    pub(super) ignored: HashSet<String>,
    /// Whether staked ether is shown as ether.
    pub(super) eth2_is_eth: bool,
}

/// Reads the user's wishes.
pub(super) async fn wishes(context: &Context, user: &User) -> Result<Arc<Wishes>, Unanswered> {
    let read = |transaction: &Transaction<'_>| {
        settled(transaction.remembered("wishes", || Ok(Arc::new(wished(transaction)?))))
    };
    context.read_user(user, read).await?
}

fn wished(transaction: &Transaction<'_>) -> Reading<Wishes> {
    let mut wishes = Wishes { eth2_is_eth: true, ..Wishes::default() };
    let mut ignored = transaction.prepare_cached("SELECT value FROM multisettings WHERE name = 'ignored_asset'")?;
    let mut rows = ignored.query([])?;
    while let Some(row) = rows.next()? {
        wishes.ignored.insert(cells::string(row, 0)?);
    }
    let mut setting = transaction.prepare_cached("SELECT value FROM settings WHERE name = 'treat_eth2_as_eth'")?;
    let mut rows = setting.query([])?;
    if let Some(row) = rows.next()? {
        wishes.eth2_is_eth = cells::text(row, 0)? == "True";
    }
    Ok(wishes)
}

impl Remembered for Arc<Wishes> {
    fn bytes(&self) -> usize {
        self.ignored.iter().map(|identifier| identifier.len() + 48).sum()
    }
}

/// Ether, staked or not.
pub(super) fn is_ether(identifier: &str) -> bool {
    matches!(identifier, "ETH" | "ETH2")
}

/// The type of an asset.
pub(super) fn kind(row: &Row<'_>, at: usize) -> Reading<&'static str> {
    name_of(&TYPES, &cells::text(row, at)?).ok_or(Halt::Odd("an asset's type"))
}

/// The chain of a token.
pub(super) fn chain(row: &Row<'_>, at: usize) -> Reading<Option<&'static str>> {
    let chain = cells::maybe_int(row, at)?;
    chain.map(|chain| name_of(&EVM_CHAINS, &chain).ok_or(Halt::Odd("a chain"))).transpose()
}
