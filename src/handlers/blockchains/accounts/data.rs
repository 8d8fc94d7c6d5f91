//! Label and tags of an account, as a request gives them.

use crate::{
    handlers::{Unanswered, rows::odd},
    wire::validate::{
        Fallback, Fault, Field, Item, Kind, Mistyped, Pass, Record, Schema, each, field,
        texts::{NON_EMPTY_STRING, STRING_OR_NONE},
    },
};

static EACH_TAG: Field = each(NON_EMPTY_STRING);
/// `TagsSettingSchema`
pub(super) const TAGS: Field = field("tags", Kind::List(&EACH_TAG)).or(Fallback::Null);
/// No label if it is empty.
pub(super) const LABEL: Field = field("label", STRING_OR_NONE).or(Fallback::Null);

/// `BlockchainAccountDataSchema`
static DATA: Schema =
    Schema::new(&[TAGS, field("address", NON_EMPTY_STRING).required(), LABEL]).checks(&[some_or_null]);
static EACH: Field = each(Kind::Nested(&DATA));
/// `accounts`
pub(super) const ACCOUNTS: Field = field("accounts", Kind::List(&EACH)).required();

/// No tags are null, not an empty list.
pub(super) fn some_or_null(record: &Record, _: &Pass<'_>) -> Result<(), Fault> {
    match record.get("tags") {
        Some(Item::List(tags)) if tags.is_empty() => Err(Fault::at("tags", "Provided empty list for tags. Use null.")),
        _ => Ok(()),
    }
}

/// An account with its new label and tags; without either it has none any more.
#[derive(Debug, Clone)]
pub(super) struct Data {
    pub(super) address: String,
    pub(super) label: Option<String>,
    pub(super) tags: Option<Vec<String>>,
}

impl Data {
    /// The accounts of a request.
    ///
    /// # Errors
    /// The schema and this disagree.
    pub(super) fn all(arguments: &Record) -> Result<Vec<Self>, Unanswered> {
        let accounts = arguments.maybe_list("accounts")?.ok_or_else(odd)?;
        let account = |item: &Item| match item {
            Item::Record(record) => Ok(Self {
                address: record.text("address")?.to_owned(),
                label: record.maybe_text("label")?.map(str::to_owned),
                tags: tags(record)?,
            }),
            _ => Err(odd()),
        };
        accounts.iter().map(account).collect()
    }
}

/// `tags`; `None` for null.
///
/// # Errors
/// They are no texts.
pub(super) fn tags(record: &Record) -> Result<Option<Vec<String>>, Mistyped> {
    let Some(tags) = record.maybe_list("tags")? else { return Ok(None) };
    let text = |tag: &Item| tag.as_text().map(str::to_owned).ok_or_else(|| Mistyped::Wrong("tags".into(), "texts"));
    tags.iter().map(text).collect::<Result<_, _>>().map(Some)
}
