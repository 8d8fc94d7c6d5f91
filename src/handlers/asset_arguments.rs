//! Arguments that name an asset: whether global.db knows it, and how it spells it.

use rusqlite::OptionalExtension as _;

use super::{Context, Stop, Unanswered, cells, filter::bindable};
use crate::{
    schema::assets::is_constant,
    wire::validate::{Item, Question, Record},
};

/// How identifiers of non-fungible tokens begin. Legacy takes them apart instead of looking them up.
pub(super) const NFT: &str = "_nft_";

impl Context {
    /// The arguments, of a schema in which `Kind::Asset` stands.
    ///
    /// # Errors
    /// They are legacy's to judge.
    pub async fn arguments_with_assets(&self) -> Result<Record, Stop> {
        self.arguments_known(|questions| self.assets(questions)).await
    }

    /// Answers questions about assets.
    ///
    /// # Errors
    /// Assets that legacy finds somewhere else than in global.db.
    pub(super) async fn assets(&self, questions: Vec<Question>) -> Result<Vec<Result<Item, String>>, Unanswered> {
        let identifiers: Vec<String> = questions.into_iter().map(|question| question.value).collect();
        for identifier in &identifiers {
            if bindable(identifier)?.starts_with(NFT) {
                return Err(Unanswered::declined("legacy takes identifiers of NFTs apart"));
            }
        }
        let read = self.read_global(move |transaction| {
            let mut select = transaction.prepare_cached("SELECT identifier FROM assets WHERE identifier = ?")?;
            let mut found = Vec::with_capacity(identifiers.len());
            for identifier in identifiers {
                let spelled = select.query_row([&identifier], |row| Ok(cells::string(row, 0))).optional()?.transpose();
                found.push((identifier, spelled));
            }
            Ok(found)
        });
        let answers = read.await?.into_iter().map(|(identifier, spelled)| match spelled {
            Ok(Some(spelled)) => Ok(Ok(Item::Text(spelled))),
            Ok(None) if is_constant(&identifier) => {
                Err(Unanswered::declined("legacy brings an asset along that the database does not have"))
            }
            Ok(None) => Ok(Err(format!("Unknown asset {identifier} provided."))),
            Err(_) => Err(Unanswered::declined("an asset's identifier is stored as something else than text")),
        });
        answers.collect()
    }
}
