//! An asset, or several that are one to the user, over time.

use crate::{
    handlers::{Context, Stop, Unanswered, refusals::int, rows},
    wire::validate::{Fallback, Fault, Kind, Pass, Record, Schema, field, texts::INTEGER},
};

/// `StatisticsAssetBalanceSchema`
pub(in crate::handlers) static ARGUMENTS: Schema = Schema::new(&[
    field("from_timestamp", Kind::Timestamp(1)).or(Fallback::Int(0)),
    field("to_timestamp", Kind::Timestamp(1)).or(Fallback::Now),
    field("asset", Kind::Asset("asset")).or(Fallback::Null),
    field("collection_id", INTEGER).or(Fallback::Null),
])
.checks(&[one_of_them]);

fn one_of_them(record: &Record, _: &Pass<'_>) -> Result<(), Fault> {
    match (record.is_null("asset"), record.is_null("collection_id")) {
        (true, true) => Err(Fault::at("asset", "Need to either provide an asset or a collection_id")),
        (false, false) => Err(Fault::at("collection_id", "Can't provide both an asset and a collection_id")),
        _ => Ok(()),
    }
}

/// What is asked about.
pub(in crate::handlers) enum Subject {
    /// As global.db spells it.
    Asset(String),
    /// The assets of a collection, which may be none, as the collection spells them.
    Collection(Vec<String>),
}

impl Subject {
    /// Reads it out of [`ARGUMENTS`].
    ///
    /// # Errors
    /// The number of a collection is beyond SQLite's, or the database's.
    pub(in crate::handlers) async fn of(context: &Context, arguments: &Record) -> Result<Self, Stop> {
        Ok(match arguments.maybe_text("asset")? {
            Some(asset) => Self::Asset(asset.to_owned()),
            None => Self::Collection(collection(context, int(arguments, "collection_id")?).await?),
        })
    }

    /// The assets.
    pub(in crate::handlers) fn assets(&self) -> &[String] {
        match self {
            Self::Asset(asset) => std::slice::from_ref(asset),
            Self::Collection(assets) => assets,
        }
    }
}

/// The assets of a collection.
async fn collection(context: &Context, id: i64) -> Result<Vec<String>, Unanswered> {
    let read = context.read_global(move |transaction| {
        rows::select(
            transaction,
            "SELECT asset FROM multiasset_mappings WHERE collection_id = ? ORDER BY collection_id, asset",
            [id],
        )
    });
    read.await?.iter().map(|row| row.text(0).map(str::to_owned)).collect()
}
