//! How global.db spells and calls the assets of events.

use std::collections::{BTreeSet, HashMap};

use super::stored::Stored;
use crate::handlers::{
    Context, Unanswered,
    asset_arguments::NFT,
    rows::{self, odd},
};

/// The type of assets that the user made up.
const CUSTOM: &str = "[";
/// The type of tokens on EVM chains.
const EVM_TOKEN: &str = "C";

/// An asset as it is shown.
#[derive(Debug, Clone)]
pub(super) struct Asset {
    /// Its identifier.
    pub identifier: String,
    /// What it is called in notes.
    pub symbol: String,
}

/// The assets of some events, by the identifiers that they have there.
#[derive(Debug, Default)]
pub(super) struct Assets(HashMap<String, Asset>);

impl Assets {
    /// Assets that are known already.
    #[cfg(test)]
    pub(super) fn known(assets: HashMap<String, Asset>) -> Self {
        Self(assets)
    }

    /// Looks them up. NFTs are in no table, and stay as they are.
    ///
    /// # Errors
    /// One that global.db does not have: legacy leaves its events out, and complains.
    pub(super) async fn of(context: &Context, events: &[Stored]) -> Result<Self, Unanswered> {
        let wanted: BTreeSet<String> = events.iter().map(|event| event.asset.clone()).collect();
        let mut assets = HashMap::new();
        let mut sought = Vec::new();
        for asset in wanted {
            match asset.strip_prefix(NFT) {
                Some(symbol) => {
                    let shown = Asset { identifier: asset.clone(), symbol: symbol.to_owned() };
                    assets.insert(asset, shown);
                }
                None => sought.push(asset),
            }
        }
        if !sought.is_empty() {
            let found = context.read_global(move |transaction| {
                let find = |asset: String| {
                    let select = "SELECT a.identifier, a.type, a.name, d.symbol FROM assets a \
                                  LEFT JOIN common_asset_details d ON d.identifier = a.identifier \
                                  WHERE a.identifier = ?";
                    let rows = rows::select(transaction, select, [&asset])?;
                    Ok((asset, rows))
                };
                sought.into_iter().map(find).collect::<Result<Vec<_>, _>>()
            });
            for (asset, rows) in found.await? {
                let row = rows.first().ok_or_else(|| Unanswered::declined("an asset that global.db does not know"))?;
                let symbol = match (row.text(1)?, row.maybe_text(3)?) {
                    (CUSTOM, _) => row.text(2)?,
                    (_, Some(symbol)) => symbol,
                    (EVM_TOKEN, None) => "",
                    (_, None) => return Err(odd()),
                };
                let shown = Asset { identifier: row.text(0)?.to_owned(), symbol: symbol.to_owned() };
                assets.insert(asset, shown);
            }
        }
        Ok(Self(assets))
    }

    /// One that was looked up.
    ///
    /// # Errors
    /// It was not.
    pub(super) fn get(&self, identifier: &str) -> Result<&Asset, Unanswered> {
        self.0.get(identifier).ok_or_else(odd)
    }
}
