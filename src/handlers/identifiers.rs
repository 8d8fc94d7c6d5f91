//! Asset identifiers as legacy shows them: in the spelling of global.db.

use std::collections::{BTreeSet, HashMap};

use super::{Context, Unanswered, rows};

/// The spelling of each identifier, by its own.
#[derive(Debug)]
pub(super) struct Spellings(HashMap<String, String>);

impl Spellings {
    /// Looks up identifiers, whose case does not matter. NFTs are in no table, and stay as they are.
    ///
    /// # Errors
    /// An identifier that global.db does not know; legacy says so in ways of its own.
    pub(super) async fn of(
        context: &Context,
        identifiers: impl IntoIterator<Item = String>,
    ) -> Result<Self, Unanswered> {
        let wanted: BTreeSet<String> = identifiers.into_iter().collect();
        let (nfts, assets): (Vec<String>, Vec<String>) =
            wanted.into_iter().partition(|identifier| identifier.starts_with("_nft_"));
        let mut spelled: HashMap<String, String> = nfts.into_iter().map(|nft| (nft.clone(), nft)).collect();
        if !assets.is_empty() {
            let found = context
                .read_global(move |transaction| {
                    let find = |asset: String| {
                        let rows =
                            rows::select(transaction, "SELECT identifier FROM assets WHERE identifier = ?", [&asset])?;
                        Ok((asset, rows))
                    };
                    assets.into_iter().map(find).collect::<Result<Vec<_>, _>>()
                })
                .await?;
            for (asset, rows) in found {
                let row = rows.first().ok_or_else(|| Unanswered::declined("an asset that global.db does not know"))?;
                spelled.insert(asset, row.text(0)?.to_owned());
            }
        }
        Ok(Self(spelled))
    }

    /// The spelling of one that was looked up.
    ///
    /// # Errors
    /// It was not.
    pub(super) fn spell(&self, identifier: &str) -> Result<&str, Unanswered> {
        self.0.get(identifier).map(String::as_str).ok_or_else(rows::odd)
    }
}
