//! Label and tags of an extended public key, and the tags of the addresses derived from it.

use num_bigint::BigInt;
use rusqlite::params;

use super::{
    data::{LABEL, TAGS, some_or_null, tags as tags_in},
    list,
};
use crate::{
    db::Transaction,
    handlers::{Context, Handler, Stop, Unanswered, gate::Stamp, handler::Outcome, refusals::broken, tags},
    schema::{
        chains::{self, BLOCKCHAIN, Chain},
        enums::CHAINS,
        needs::Database,
    },
    wire::{
        Answer, Location, Value,
        address::xpub,
        number::{self, Read},
        validate::{
            Fallback, Fault, Item, Kind, Limit, Members, Pass, Record, Schema, Shape, field, members::NOT_A_CHAIN_HERE,
        },
    },
};

/// `PATCH /api/1/blockchains/{blockchain}/xpub`
pub const EDIT: Handler =
    Handler::writes("blockchain_xpub_edit", "PATCH /api/1/blockchains/{blockchain}/xpub", |context| {
        Box::pin(edit(context))
    })
    .needs_user(&[
        "blockchain_accounts(account, blockchain)",
        "tags(name, description, background_color, foreground_color)",
        "tag_mappings(object_reference, tag_name)",
        "address_book(address, blockchain, name)",
        "xpubs(xpub, derivation_path, label, blockchain)",
        "xpub_mappings(address, xpub, derivation_path, blockchain)",
    ])
    .changes(&[(Database::User, "tag_mappings"), (Database::User, "xpubs")])
    .takes(&EDITED, Location::JsonAndPath)
    .refuses(&[401, 409])
    .gives(list::OF_KEYS);

/// The two chains of Bitcoin.
static BITCOINS: Members = Members::of(BLOCKCHAIN.class, CHAINS).limited(Limit::Except(
    &[
        "eth",
        "eth2",
        "ksm",
        "avax",
        "dot",
        "optimism",
        "polygon_pos",
        "arbitrum_one",
        "base",
        "gnosis",
        "scroll",
        "binance_sc",
        "zksync_lite",
    ],
    NOT_A_CHAIN_HERE,
));
const XPUB: Shape = Shape::Like(
    "^[a-zA-Z0-9]{111}$",
    "An extended public key",
    "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8",
);
const DERIVATION_PATH: Shape = Shape::Like("^m(/[0-9]+)*$", "A derivation path without hardened nodes", "m/0/0");

/// `XpubPatchSchema`
static EDITED: Schema = Schema::new(&[
    TAGS,
    field("xpub", Kind::Scalar(XPUB, key)).required(),
    field("derivation_path", Kind::Scalar(DERIVATION_PATH, path)).or(Fallback::Null),
    LABEL,
    field("blockchain", Kind::Member(&BITCOINS)).required(),
])
.checks(&[some_or_null]);

/// `XpubField`
fn key(value: &Value, _: &Pass<'_>) -> Result<Item, Fault> {
    let text = value.as_str().ok_or_else(|| Fault::message("Xpub should be a string"))?;
    xpub::read(text)?;
    Ok(Item::Text(text.to_owned()))
}

/// `DerivationPathField`: `m`, and ints of zero and more behind slashes.
fn path(value: &Value, _: &Pass<'_>) -> Result<Item, Fault> {
    let path = value.as_str().ok_or_else(|| Fault::message("Derivation path should be a string"))?;
    let mut nodes = path.split('/');
    if nodes.next() != Some("m") {
        return Err(Fault::message("Derivation paths accepted by rotki should start with m"));
    }
    for node in nodes {
        if node.contains('\'') {
            return Err(Fault::message(
                "Derivation paths accepted by rotki should have no hardened nodes. Meaning no nodes with a '",
            ));
        }
        match number::int(node, 10) {
            Read::Int(number) if number < BigInt::ZERO => {
                let message = format!("Found negative integer node {number} in xpub derivation path");
                return Err(Fault::message(message));
            }
            Read::Int(_) => {}
            Read::Invalid => {
                return Err(Fault::message(format!("Found non integer node {node} in xpub derivation path")));
            }
            Read::Odd => return Err(Fault::legacy("a number of an unusual kind")),
        }
    }
    Ok(Item::Text(path.to_owned()))
}

/// One that is not there is tagged all the same. The answer has all accounts of the chain.
async fn edit(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let edited = Edited::of(&arguments)?;
    context
        .write_user(&user, Stamp::LastWrite, move |transaction| {
            if let Err(error) = edited.write(transaction) {
                return match broken(&error) {
                    Some(_) => Ok(Err(edited.refused())),
                    None => Err(error.into()),
                };
            }
            // A tag that does not exist has broken a key by now; this finds those that legacy warns about.
            let given = edited.tags.iter().flatten().map(String::as_str);
            if let Err(refused) = tags::known::all(transaction, given, edited.title())? {
                return Ok(Err(refused));
            }
            let shown = list::all(transaction, edited.chain)?;
            Ok(shown.and_then(|shown| Ok(Answer::ok(&shown)?)).map_err(Stop::from))
        })
        .await
}

/// A key with its new label and tags.
struct Edited {
    chain: &'static Chain,
    key: String,
    path: Option<String>,
    label: Option<String>,
    tags: Option<Vec<String>>,
}

impl Edited {
    fn of(arguments: &Record) -> Result<Self, Unanswered> {
        let chain = chains::by_key(arguments.text("blockchain")?);
        Ok(Self {
            chain: chain.ok_or_else(|| Unanswered::Failed("a chain that is none".into()))?,
            key: arguments.text("xpub")?.to_owned(),
            path: arguments.maybe_text("derivation_path")?.map(str::to_owned),
            label: arguments.maybe_text("label")?.map(str::to_owned),
            tags: tags_in(arguments)?,
        })
    }

    fn write(&self, transaction: &Transaction<'_>) -> Result<(), rusqlite::Error> {
        let path = self.path.as_deref().unwrap_or_default();
        let addresses = transaction
            .prepare_cached(
                "SELECT address FROM xpub_mappings WHERE xpub = ? AND derivation_path IS ? AND blockchain = ?",
            )?
            .query_map([&self.key, path, self.chain.value], |row| row.get(0))?
            .collect::<Result<Vec<String>, _>>()?;
        let tags = self.tags.as_deref();
        tags::mappings::replace(transaction, addresses.iter().map(|address| (address.as_str(), tags)))?;
        tags::mappings::replace(transaction, [(format!("{}{path}", self.key).as_str(), tags)])?;
        transaction
            .prepare_cached("UPDATE xpubs SET label = ? WHERE xpub = ? AND derivation_path = ? AND blockchain = ?")?
            .execute(params![self.label, self.key, path, self.chain.value])?;
        Ok(())
    }

    fn refused(&self) -> Stop {
        let message = format!(
            "There was an error when updating Xpub {} with derivation path {}",
            self.key,
            self.path.as_deref().unwrap_or("None")
        );
        Stop::Refused(Answer::failure(400, &message))
    }

    fn title(&self) -> &'static str {
        if self.chain.key == "btc" { "bitcoin xpub" } else { "bitcoin cash xpub" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::validate::Known;

    #[test]
    fn a_path_is_m_and_ints() {
        let known = Known::new();
        let said = |text: &str| format!("{:?}", path(&Value::Str(text.to_owned()), &Pass::new(0, &known)));
        for text in ["m", "m/0", "m/0/1_0", "m/ 7", "m/+1", "m/-0"] {
            assert!(said(text).starts_with("Ok"), "{text}");
        }
        for (text, why) in [
            ("", "should start with m"),
            ("mm/0", "should start with m"),
            ("m/0'", "no hardened nodes"),
            ("m/0h", "non integer node 0h in"),
            ("m/", "non integer node  in"),
            ("m/-1", "negative integer node -1 in"),
            ("m/٣", "Legacy"),
        ] {
            assert!(said(text).contains(why), "{text}: {}", said(text));
        }
    }
}
