//! The accounts of a chain.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use crate::{
    db::{DbError, Transaction},
    handlers::{
        Context, Handler, Unanswered,
        handler::Outcome,
        rows::{self, Row, odd},
    },
    schema::{
        chains::{self, BLOCKCHAIN, Chain, Kind as ChainKind},
        enums::CHAINS,
    },
    wire::{
        Answer, Gives, Location,
        address::bitcoin::payload,
        gives::key,
        validate::{Kind, Limit, Members, Schema, field, members::NOT_A_CHAIN_HERE},
    },
};

/// `GET /api/1/blockchains/{blockchain}/accounts`
pub const LIST: Handler =
    Handler::reads("blockchain_accounts", "GET /api/1/blockchains/{blockchain}/accounts", |context| {
        Box::pin(list(context))
    })
    .needs_user(&[
        "blockchain_accounts(account, blockchain)",
        "tag_mappings(object_reference, tag_name)",
        "address_book(address, blockchain, name)",
        "xpubs(xpub, derivation_path, label, blockchain)",
        "xpub_mappings(address, xpub, derivation_path, blockchain)",
    ])
    .takes(&CHAIN, Location::Path)
    .refuses(&[401])
    .gives(ACCOUNTS);

const ACCOUNT: Gives = Gives::Object(&[
    key("address", Gives::Text),
    key("label", Gives::Maybe(&Gives::Text)),
    key("tags", Gives::Maybe(&Gives::List(&Gives::Text))),
]);
/// Those of bitcoin chains by the keys that they were derived from.
pub(super) const ACCOUNTS: Gives = Gives::Either(&[Gives::List(&ACCOUNT), OF_KEYS]);
pub(super) const OF_KEYS: Gives = Gives::Object(&[
    key("standalone", Gives::List(&ACCOUNT)),
    key(
        "xpubs",
        Gives::List(&Gives::Object(&[
            key("xpub", Gives::Text),
            key("blockchain", Gives::Text),
            key("derivation_path", Gives::Maybe(&Gives::Text)),
            key("label", Gives::Maybe(&Gives::Text)),
            key("tags", Gives::Maybe(&Gives::List(&Gives::Text))),
            key("addresses", Gives::Maybe(&Gives::List(&ACCOUNT))),
        ])),
    ),
]);

/// Any chain but the beacon chain.
pub(super) static WITH_ACCOUNTS: Members =
    Members::of(BLOCKCHAIN.class, CHAINS).limited(Limit::Except(&["eth2"], NOT_A_CHAIN_HERE));
/// `BlockchainAccountsGetSchema`
static CHAIN: Schema = Schema::new(&[field("blockchain", Kind::Member(&WITH_ACCOUNTS)).required()]);

/// Accounts of a chain with labels and tags; those of bitcoin chains sorted by the keys they were derived from.
async fn list(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let chain = chains::by_key(arguments.text("blockchain")?)
        .ok_or_else(|| Unanswered::Failed("a chain that is none".into()))?;
    let accounts = context.read_user(&user, move |transaction| all(transaction, chain)).await??;
    Ok(Answer::ok(&accounts)?)
}

/// All accounts of a chain as the wire has them; or a row is legacy's to judge.
///
/// # Errors
/// The database's.
pub(super) fn all(transaction: &Transaction<'_>, chain: &Chain) -> Result<Result<Value, Unanswered>, DbError> {
    let accounts = accounts(transaction, chain)?;
    if chain.kind == ChainKind::Bitcoin {
        return Ok(Keys::read(transaction, chain)?.sort(&accounts, chain));
    }
    Ok(accounts.iter().map(account).collect())
}

fn accounts(transaction: &Transaction<'_>, chain: &Chain) -> Result<Vec<Row>, DbError> {
    // In this very shape: which of several labels is shown, and how often a tag, is what SQLite makes of these joins.
    let query = "SELECT A.account, C.name, group_concat(B.tag_name,',') FROM blockchain_accounts A \
                 LEFT OUTER JOIN tag_mappings B ON B.object_reference=A.account \
                 LEFT OUTER JOIN address_book C ON C.address=A.account \
                 AND (A.blockchain IS C.blockchain OR C.blockchain IS ?1) \
                 WHERE A.blockchain=?2 GROUP BY account";
    rows::select(transaction, query, [chain.ecosystem().group(), chain.value])
}

fn account(row: &Row) -> Result<Value, Unanswered> {
    Ok(json!({"address": row.text(0)?, "label": row.maybe_text(1)?, "tags": tags(row.maybe_text(2)?)}))
}

/// Names with commas between them, and the commas within them no less.
fn tags(joined: Option<&str>) -> Option<Vec<&str>> {
    joined.filter(|joined| !joined.is_empty()).map(|joined| joined.split(',').collect())
}

/// The extended public keys of a chain.
struct Keys {
    keys: Vec<Row>,
    /// Address, key and derivation path.
    mappings: Vec<Row>,
}

impl Keys {
    fn read(transaction: &Transaction<'_>, chain: &Chain) -> Result<Self, DbError> {
        let keys = "SELECT A.xpub, A.derivation_path, A.label, group_concat(B.tag_name,',') FROM xpubs A \
                    LEFT OUTER JOIN tag_mappings B ON B.object_reference=A.xpub||A.derivation_path \
                    WHERE A.blockchain=? GROUP BY A.xpub||A.derivation_path";
        let mappings = "SELECT B.address, A.xpub, A.derivation_path FROM xpubs A \
                        LEFT OUTER JOIN xpub_mappings B ON B.xpub=A.xpub \
                        AND B.derivation_path IS A.derivation_path AND B.blockchain=A.blockchain \
                        WHERE B.blockchain=?";
        Ok(Self {
            keys: rows::select(transaction, keys, [chain.value])?,
            mappings: rows::select(transaction, mappings, [chain.value])?,
        })
    }

    fn sort(&self, accounts: &[Row], chain: &Chain) -> Result<Value, Unanswered> {
        let mut keys: IndexMap<(&str, &str), Vec<Value>> = IndexMap::new();
        for row in &self.keys {
            if !is_key(row.text(0)?) {
                return Err(odd());
            }
            keys.insert((row.text(0)?, row.text(1)?), Vec::new());
        }
        if keys.len() < self.keys.len() {
            return Err(odd());
        }
        let mut standalone = Vec::new();
        for row in accounts {
            let address = row.text(0)?;
            let mut found = self.mappings.iter().filter(|mapping| mapping.text(0).is_ok_and(|text| text == address));
            match (found.next(), found.next()) {
                (None, _) => standalone.push(account(row)?),
                (Some(mapping), None) => {
                    let key = keys.get_mut(&(mapping.text(1)?, mapping.text(2)?)).ok_or_else(odd)?;
                    key.push(account(row)?);
                }
                // Under several keys: legacy's own query says which is first.
                (Some(_), Some(_)) => return Err(odd()),
            }
        }
        let mut shown = Vec::new();
        for (row, accounts) in self.keys.iter().zip(keys.into_values()) {
            let mut key = Map::new();
            key.insert("xpub".to_owned(), row.text(0)?.into());
            key.insert("blockchain".to_owned(), chain.key.into());
            key.insert("derivation_path".to_owned(), json!(Some(row.text(1)?).filter(|path| !path.is_empty())));
            key.insert("label".to_owned(), json!(row.maybe_text(2)?));
            key.insert("tags".to_owned(), json!(tags(row.maybe_text(3)?)));
            key.insert("addresses".to_owned(), if accounts.is_empty() { Value::Null } else { accounts.into() });
            shown.push(Value::Object(key));
        }
        Ok(json!({"standalone": standalone, "xpubs": shown}))
    }
}

/// Whether legacy can read it: a checksum that fits, 78 bytes, a public key in them.
fn is_key(text: &str) -> bool {
    let known = ["xpub", "ypub", "zpub"].iter().any(|prefix| text.starts_with(prefix)) && text.len() < 128;
    known && payload(text).is_some_and(|payload| payload.len() == 78 && matches!(payload[45], 2 | 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_split_at_every_comma() {
        assert_eq!(tags(None), None);
        assert_eq!(tags(Some("")), None);
        assert_eq!(tags(Some("com,ma,x")), Some(vec!["com", "ma", "x"]));
    }

    #[test]
    fn keys_that_legacy_may_not_read_are_not_ours_to_show() {
        let key = "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8";
        assert!(is_key(key));
        assert!(!is_key(&key[..key.len() - 1]));
        assert!(!is_key(&key.replace('5', "6")));
        assert!(!is_key("nope"));
    }
}
