//! An asset as a client gives it: its type decides what else belongs to it.

use std::cmp::Ordering;

use super::super::tables::CHAINS;
use crate::{
    schema::assets::{TOKEN_KIND_NAMES, TYPE_NAMES},
    wire::{
        Decimal, Value,
        validate::{
            Fallback, Fault, Field, Item, Kind, Limit, Members, Mistyped, Pass, Record, Schema, Shape, Validator,
            addresses::EVM_ADDRESS,
            amounts::PERCENTAGE,
            each, field,
            members::NOT_FOR_THIS_ENDPOINT,
            texts::{NON_EMPTY_STRING, STRICT_INTEGER, STRING_OR_NONE},
        },
    },
};

/// `AssetSchema` of a new asset.
pub(super) static ADDED: Schema = Schema::new(&[TYPE]).chosen_by("asset_type", |name| Some(OF_ADDED.named(name)));
/// `AssetSchema` of an asset that there is.
pub(super) static EDITED: Schema = Schema::new(&[TYPE]).chosen_by("asset_type", |name| Some(OF_EDITED.named(name)));

/// What belongs to an asset of each type.
struct OfType {
    fiat: Schema,
    evm: Schema,
    solana: Schema,
    other: Schema,
}

const TYPE: Field = field("asset_type", Kind::Member(&TYPES)).required();
static TYPES: Members = Members::of("AssetType", &TYPE_NAMES)
    .limited(Limit::Except(&["custom asset"], "Asset type {name} is not allowed in this context"));

const NAME: Field = field("name", NON_EMPTY_STRING).required();
const IDENTIFIER: Field = field("identifier", STRING_OR_NONE).or(Fallback::Null);
const SYMBOL: Field = field("symbol", NON_EMPTY_STRING).required();
const COINGECKO: Field = field("coingecko", STRING_OR_NONE).or(Fallback::Null);
const CRYPTOCOMPARE: Field = field("cryptocompare", STRING_OR_NONE).or(Fallback::Null);
const STARTED: Field = field("started", Kind::Timestamp(1)).or(Fallback::Null);
const SWAPPED_FOR: Field = field("swapped_for", Kind::Asset("crypto asset")).or(Fallback::Null);
const FORKED: Field = field("forked", Kind::Asset("crypto asset")).or(Fallback::Null);
const DECIMALS: Field = field("decimals", STRICT_INTEGER).required().check(&[Validator::Range {
    min: Some(0),
    max: None,
    error: Some("Token decimals should be greater than or equal to 0"),
}]);
const PROTOCOL: Field = field("protocol", STRING_OR_NONE).or(Fallback::Null);
const ADDRESS: Field = field("address", EVM_ADDRESS).required();
const CHAIN: Field = field("evm_chain", Kind::Member(&CHAINS)).required();
const EVM_KIND: Field = field("token_kind", Kind::Member(&EVM_KINDS)).required();
const UNDERLYING: Field = field("underlying_tokens", Kind::Delimited(&PART)).or(Fallback::Null);
const SOLANA: Shape =
    Shape::Like("^[1-9A-HJ-NP-Za-km-z]{32,44}$", "An address of Solana", "So11111111111111111111111111111111111111112");
const MINT: Field = field("address", Kind::Scalar(SOLANA, mint)).required();
const SOLANA_KIND: Field = field("token_kind", Kind::Member(&SOLANA_KINDS)).required();

static EVM_KINDS: Members =
    Members::of("TokenKind", &TOKEN_KIND_NAMES).limited(Limit::Only(&["erc20", "erc721"], NOT_FOR_THIS_ENDPOINT));
static SOLANA_KINDS: Members =
    Members::of("TokenKind", &TOKEN_KIND_NAMES).limited(Limit::Only(&["spl token", "spl nft"], NOT_FOR_THIS_ENDPOINT));
static PART: Field = each(Kind::Nested(&UNDERLYING_TOKEN));
static UNDERLYING_TOKEN: Schema = Schema::new(&[ADDRESS, EVM_KIND, field("weight", PERCENTAGE).required()]);

const FIAT: &[Field] = &[NAME, IDENTIFIER, SYMBOL, COINGECKO, CRYPTOCOMPARE];
const OTHER: &[Field] = &[NAME, IDENTIFIER, SYMBOL, COINGECKO, CRYPTOCOMPARE, STARTED, SWAPPED_FOR, FORKED];

impl OfType {
    fn named(&self, kind: &str) -> &Schema {
        match kind {
            "fiat" => &self.fiat,
            "evm token" => &self.evm,
            "solana token" => &self.solana,
            _ => &self.other,
        }
    }
}

#[rustfmt::skip] // the fields that classes share stand in one line
static OF_ADDED: OfType = OfType {
    fiat: Schema::new(FIAT).checks(&[without_oracles]),
    evm: Schema::new(&[
        NAME, IDENTIFIER, SYMBOL, COINGECKO, CRYPTOCOMPARE, STARTED, SWAPPED_FOR, FORKED,
        DECIMALS, PROTOCOL, ADDRESS, CHAIN, EVM_KIND, UNDERLYING,
    ])
    .checks(&[without_oracles, weighs_one]),
    solana: Schema::new(&[
        NAME, IDENTIFIER, SYMBOL, COINGECKO, CRYPTOCOMPARE, STARTED, SWAPPED_FOR, FORKED,
        DECIMALS, PROTOCOL, MINT, SOLANA_KIND,
    ])
    .checks(&[without_oracles]),
    other: Schema::new(OTHER).checks(&[without_oracles]),
};
/// An asset without its own identifier has to be named; symbol and decimals of a token may be null.
#[rustfmt::skip] // the fields that classes share stand in one line
static OF_EDITED: OfType = OfType {
    fiat: Schema::new(FIAT).checks(&[named]),
    evm: Schema::new(&[
        NAME, IDENTIFIER, SYMBOL.nullable(), COINGECKO, CRYPTOCOMPARE, STARTED, SWAPPED_FOR, FORKED,
        DECIMALS.nullable(), PROTOCOL, ADDRESS, CHAIN, EVM_KIND, UNDERLYING,
    ])
    .checks(&[without_oracles, weighs_one]),
    solana: Schema::new(&[
        NAME, IDENTIFIER, SYMBOL.nullable(), COINGECKO, CRYPTOCOMPARE, STARTED, SWAPPED_FOR, FORKED,
        DECIMALS.nullable(), PROTOCOL, MINT, SOLANA_KIND,
    ])
    .checks(&[without_oracles]),
    other: Schema::new(OTHER).checks(&[named]),
};

/// An address of Solana: legacy looks at its characters alone, and lets a line end after them pass.
fn mint(value: &Value, _: &Pass<'_>) -> Result<Item, Fault> {
    let text = value.as_str().ok_or_else(|| Fault::legacy("an address that is no text"))?;
    let digits = text.strip_suffix('\n').unwrap_or(text);
    let in_base_58 = |b: u8| b.is_ascii_alphanumeric() && !b"0OIl".contains(&b);
    if (32..=44).contains(&digits.len()) && digits.bytes().all(in_base_58) {
        return Ok(Item::Text(text.to_owned()));
    }
    Err(Fault::message(format!("Given value {text} is not a solana address")))
}

fn named(record: &Record, pass: &Pass<'_>) -> Result<(), Fault> {
    if record.is_null("identifier") {
        return Err(Fault::at("identifier", "Asset identifier should be given"));
    }
    without_oracles(record, pass)
}

fn without_oracles(record: &Record, _: &Pass<'_>) -> Result<(), Fault> {
    if record.is_null("coingecko") && record.is_null("cryptocompare") {
        return Ok(());
    }
    Err(Fault::legacy("it names an identifier of a price oracle, which legacy looks up on the network"))
}

/// What a token consists of, if anything, makes a whole.
fn weighs_one(record: &Record, _: &Pass<'_>) -> Result<(), Fault> {
    let odd = || Fault::legacy("weights that can not be added");
    let wrong = |why: Mistyped| Fault::legacy(why.to_string());
    let Some(parts) = record.maybe_list("underlying_tokens").map_err(wrong)? else { return Ok(()) };
    let mut sum = Decimal::zero();
    for part in parts {
        let Item::Record(part) = part else { return Err(odd()) };
        let weight = part.maybe_decimal("weight").map_err(wrong)?.ok_or_else(odd)?;
        sum = sum.add(weight).map_err(|_| odd())?;
    }
    let fault = match sum.compare(&Decimal::from(1)).map_err(|_| odd())? {
        Ordering::Equal => return Ok(()),
        Ordering::Greater => "exceeds 100%",
        Ordering::Less => "does not add up to 100%",
    };
    let percent = sum.multiply(&Decimal::from(100)).map_err(|_| odd())?;
    let address = record.maybe_text("address").map_err(wrong)?.ok_or_else(odd)?;
    Err(Fault::message(format!("The sum of underlying token weights for {address} is {percent} and {fault}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{
        json::dumps_value,
        parse::parse,
        validate::{Known, Question},
    };

    fn loaded(schema: &Schema, body: &str) -> Result<Item, Fault> {
        let question = |value: &str| Question { hook: "crypto asset", value: value.to_owned() };
        let known = Known::from([
            (question("BTC"), Ok(Item::Text("BTC".into()))),
            (question("x"), Err("Unknown asset x provided.".into())),
        ]);
        schema.load(&parse(body.as_bytes()).unwrap(), &Pass::new(0, &known))
    }

    /// As rotki 1.40.1 was seen to answer.
    #[test]
    fn the_type_of_an_asset_decides_what_else_belongs_to_it() {
        let part = |weight: &str| {
            format!(
                r#"{{"asset_type": "evm token", "name": "N", "symbol": "S", "decimals": 1, "evm_chain": "base",
                "token_kind": "erc20", "address": "0x9531C059098e3d194fF87FebB587aB07B30B1306", "underlying_tokens":
                [{{"address": "0x6e15887E2CEC81434C16D587709f64603b39b545", "token_kind": "erc20", "weight": {weight}}}]}}"#
            )
        };
        for (body, said) in [
            (r#"{"name": "N", "x": 1, "y": 2}"#, r#"{"asset_type": ["Missing data for required field."]}"#),
            (
                r#"{"asset_type": "Custom_Asset"}"#,
                r#"{"asset_type": ["Asset type custom asset is not allowed in this context"]}"#,
            ),
            (
                r#"{"asset_type": "fiat", "name": "N", "started": 1}"#,
                r#"{"symbol": ["Missing data for required field."], "started": ["Unknown field."]}"#,
            ),
            (
                r#"{"asset_type": "other", "name": "N", "symbol": "S", "forked": "x"}"#,
                r#"{"forked": ["Unknown asset x provided."]}"#,
            ),
            (
                r#"{"asset_type": "solana token", "name": "N", "symbol": "S", "decimals": -1, "token_kind": "erc20", "address": "0"}"#,
                r#"{"decimals": ["Token decimals should be greater than or equal to 0"], "address": ["Given value 0 is not a solana address"], "token_kind": ["erc20 is not one of the valid values for this endpoint"]}"#,
            ),
            (
                &part("99.5"),
                r#"{"_schema": ["The sum of underlying token weights for 0x9531C059098e3d194fF87FebB587aB07B30B1306 is 99.500 and does not add up to 100%"]}"#,
            ),
        ] {
            let Err(Fault::Invalid(messages)) = loaded(&ADDED, body) else { panic!("{body}") };
            assert_eq!(dumps_value(&messages), said, "{body}");
        }
        assert!(matches!(loaded(&ADDED, &part("100")), Ok(Item::Record(_))));
    }

    #[test]
    fn an_asset_that_there_is_has_to_be_named_and_oracles_are_legacys() {
        let given = r#"{"asset_type": "other", "name": "N", "symbol": "S", "forked": "BTC""#;
        assert!(loaded(&ADDED, &format!("{given}}}")).is_ok());
        let Err(Fault::Invalid(messages)) = loaded(&EDITED, &format!("{given}, \"coingecko\": \"x\"}}")) else {
            panic!("it is not named")
        };
        assert_eq!(dumps_value(&messages), r#"{"identifier": ["Asset identifier should be given"]}"#);
        for schema in [&ADDED, &EDITED] {
            let looked_up = format!("{given}, \"identifier\": \"I\", \"coingecko\": \"x\"}}");
            assert!(matches!(loaded(schema, &looked_up), Err(Fault::Legacy(_))));
        }
    }
}
