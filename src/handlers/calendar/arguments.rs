//! What is asked of calendar entries, and the condition that comes of it.

use rusqlite::types::Value;

use super::account::{self, ADDRESS, CHAIN, COUNTERPARTY};
use crate::{
    handlers::{
        Unanswered,
        ordering::{self, ASCENDING, LIMIT, OFFSET, ORDER_BY},
    },
    wire::validate::{
        Fallback, Fault, Field, Item, Kind, Pass, Record, Schema, each, field,
        texts::{INTEGER, STRING_OR_NONE},
    },
};

/// Most accounts or identifiers that are looked for; legacy's database takes some more.
const MOST: usize = 500;

static ACCOUNT: Schema = Schema::new(&[ADDRESS, CHAIN]).checks(&[fits]);

const FROM: Field = field("from_timestamp", Kind::Timestamp(1)).or(Fallback::Int(0));
const TO: Field = field("to_timestamp", Kind::Timestamp(1)).or(Fallback::Null);

pub(super) static ARGUMENTS: Schema = Schema::new(&[
    ORDER_BY,
    ASCENDING,
    FROM,
    TO,
    LIMIT,
    OFFSET,
    field("name", STRING_OR_NONE).or(Fallback::Null),
    field("description", STRING_OR_NONE).or(Fallback::Null),
    COUNTERPARTY,
    field("accounts", Kind::List(&each(Kind::Nested(&ACCOUNT)))).or(Fallback::Null),
    field("identifiers", Kind::List(&each(INTEGER))).or(Fallback::Null),
])
.checks(&[ordering::both_or_none]);

/// An address is looked at where its chain is known.
fn fits(record: &Record, _: &Pass<'_>) -> Result<(), Fault> {
    account::given(record)?.map_or(Ok(()), |(address, chain)| account::fits(address, chain))
}

/// Parameters of a query.
pub(super) type Parameters = Vec<Value>;

/// The condition of the entries that match, and its parameters.
pub(super) fn condition(arguments: &Record) -> Result<(String, Parameters), Unanswered> {
    let mut conditions = vec!["timestamp >= ?".to_owned()];
    let mut parameters: Parameters = vec![arguments.int("from_timestamp")?.into()];
    if let Some(to) = arguments.maybe_int("to_timestamp")? {
        conditions.push("timestamp <= ?".to_owned());
        parameters.push(to.into());
    }
    // An empty list of accounts is none at all; an empty one of identifiers is one that nothing is in.
    if let Some(accounts) = arguments.maybe_list("accounts")?.filter(|accounts| !accounts.is_empty()) {
        let mut alternatives = Vec::new();
        for account in few(accounts)? {
            let Item::Record(account) = account else {
                return Err(Unanswered::Failed("an account is no record".into()));
            };
            parameters.push(account.maybe_text("address")?.map(str::to_owned).into());
            match account.maybe_text("blockchain")? {
                Some(chain) => {
                    alternatives.push("address = ? AND blockchain = ?");
                    parameters.push(chain.to_uppercase().into());
                }
                None => alternatives.push("address = ?"),
            }
        }
        conditions.push(format!("({})", alternatives.join(" OR ")));
    }
    for name in ["name", "description", "counterparty"] {
        if let Some(text) = arguments.maybe_text(name)? {
            conditions.push(format!("{name} = ?"));
            parameters.push(text.to_owned().into());
        }
    }
    if let Some(identifiers) = arguments.maybe_list("identifiers")? {
        for identifier in few(identifiers)? {
            let Item::Int(identifier) = identifier else {
                return Err(Unanswered::Failed("an identifier is no int".into()));
            };
            let identifier = i64::try_from(identifier);
            let identifier = identifier.map_err(|_| Unanswered::declined("an identifier beyond 64 bits"))?;
            parameters.push(identifier.into());
        }
        conditions.push(format!("identifier IN ({})", vec!["?"; identifiers.len()].join(",")));
    }
    Ok((conditions.join(" AND "), parameters))
}

fn few(items: &[Item]) -> Result<&[Item], Unanswered> {
    if items.len() > MOST { Err(Unanswered::declined("it asks for very many")) } else { Ok(items) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{
        Location,
        location::{Reading, Sources, read},
        parse::parse,
        validate::Known,
    };

    fn reading(body: &str) -> Reading {
        let body = parse(body.as_bytes()).unwrap();
        read(&ARGUMENTS, Location::JsonOrQuery, Sources { body: Some(&body), query: "", path: &[] }, 0, &Known::new())
    }

    fn condition_of(body: &str) -> Result<(String, usize), String> {
        match reading(body) {
            Reading::Loaded(arguments) => {
                condition(&arguments).map(|(text, values)| (text, values.len())).map_err(|error| error.to_string())
            }
            Reading::Refused(answer) => Err(String::from_utf8_lossy(&answer.body).into_owned()),
            Reading::Asked(questions) => Err(format!("asks {}", questions[0].value)),
            Reading::Legacy(why) => Err(why),
        }
    }

    #[test]
    fn conditions_hold_parameters_and_nothing_of_the_client() {
        for (body, text, values) in [
            ("{}", "timestamp >= ?", 1),
            (
                r#"{"to_timestamp": 5, "name": "a", "description": "", "accounts": [], "identifiers": []}"#,
                "timestamp >= ? AND timestamp <= ? AND name = ? AND identifier IN ()",
                3,
            ),
            (
                r#"{"accounts": [{"address": "x"}, {"blockchain": "eth2", "address": "y"}, {}], "identifiers": [1, "2"]}"#,
                "timestamp >= ? AND (address = ? OR address = ? AND blockchain = ? OR address = ?) AND identifier IN (?,?)",
                7,
            ),
        ] {
            assert_eq!(condition_of(body), Ok((text.to_owned(), values)), "{body}");
        }
    }

    #[test]
    fn what_is_no_plain_question_is_refused_or_declined() {
        let low = "0x9531c059098e3d194ff87febb587ab07b30b1306";
        for (body, said) in [
            (r#"{"counterparty": "ens"}"#.to_owned(), "asks ens"),
            (r#"{"counterparty": 5}"#.to_owned(), "Unknown counterparty 5 provided"),
            (r#"{"counterparty": []}"#.to_owned(), "unhashable type: 'list'"),
            (
                format!(r#"{{"accounts": [{{"address": "{low}", "blockchain": "polygon pos"}}]}}"#),
                "0x9531c059098e3d194ff87febb587ab07b30b1306 is not a Polygon PoS address",
            ),
            (r#"{"accounts": [{"address": "zz", "blockchain": "eth"}]}"#.to_owned(), "an address that is none"),
            (
                r#"{"accounts": [{"address": "1A", "blockchain": "btc"}]}"#.to_owned(),
                "Given value 1A is not a bitcoin address",
            ),
            (r#"{"identifiers": [9223372036854775808]}"#.to_owned(), "beyond 64 bits"),
        ] {
            let answer = condition_of(&body).unwrap_err();
            assert!(answer.contains(said), "{body}: {answer}");
        }
    }
}
