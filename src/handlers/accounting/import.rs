//! Rules of an export, over those that there are.

use num_traits::ToPrimitive as _;
use rusqlite::{CachedStatement, params_from_iter, types::Value as Cell};

use super::{rule::ANY_COUNTERPARTY, write::STALE};
use crate::{
    db::{DbError, Transaction},
    handlers::{
        Context, Handler, Stop, Unanswered,
        asynchronous::{ASYNC_QUERY, answered},
        filter::bindable,
        gate::Stamp,
        handler::Outcome,
        refusals::broken,
        shared,
        upload::named,
    },
    schema::{
        enums::member,
        events::{EVENT_SUBTYPES, EVENT_TYPES},
        needs::{Database, Tables},
    },
    session::who::User,
    wire::{
        Answer, Dict, Gives, Location, Value,
        parse::parse,
        validate::{Kind, Record, Schema, Shape, field},
    },
};

/// `PUT /api/1/accounting/rules/import`, with the path of a file.
pub const NAMED: Handler =
    Handler::writes("accounting_rules_import", "PUT /api/1/accounting/rules/import", |context| {
        Box::pin(of_path(context))
    })
    .needs_user(READ)
    .changes(CHANGED)
    .leaves_stale(STALE)
    .takes(&PATH, Location::Json)
    .refuses(&[401, 409])
    .gives(Gives::Flag);
/// `PATCH /api/1/accounting/rules/import`, with the file as a part of a form.
pub const UPLOADED: Handler =
    Handler::writes("accounting_rules_upload", "PATCH /api/1/accounting/rules/import", |context| {
        Box::pin(of_form(context))
    })
    .needs_user(READ)
    .changes(CHANGED)
    .leaves_stale(STALE)
    .takes(&FORM, Location::Form)
    .refuses(&[401, 409])
    .gives(Gives::Flag);

const READ: Tables = &[
    "accounting_rules(identifier, type, subtype, counterparty)",
    "linked_rules_properties(accounting_rule)",
    // Read for a foreign key.
    "settings(name)",
];
const CHANGED: &[(Database, &str)] =
    &[(Database::User, "accounting_rules"), (Database::User, "linked_rules_properties")];

const FILE: &str = "filepath";
const ENDING: &str = ".json";

const UPLOAD: Kind = Kind::Scalar(Shape::File, |name, _| named(name, ENDING));
/// `AsyncFilePathSchema`, with a path
static PATH: Schema = Schema::new(&[ASYNC_QUERY, field(FILE, shared::FILE).required()]);
/// `AsyncFilePathSchema`, with a form
static FORM: Schema = Schema::new(&[ASYNC_QUERY, field(FILE, UPLOAD).required()]);

async fn of_path(context: Context) -> Outcome {
    let user = context.login()?;
    let known = |questions| shared::known(&context, questions, ENDING);
    let arguments = context.arguments_known(known).await?;
    let file = shared::read(&context, arguments.text(FILE)?).await?;
    import(context, user, &arguments, &file).await
}

async fn of_form(context: Context) -> Outcome {
    let user = context.login()?;
    let (arguments, form) = context.form()?;
    import(context, user, &arguments, &form.file(FILE)?).await
}

async fn import(context: Context, user: User, arguments: &Record, file: &[u8]) -> Outcome {
    // What is legacy's to read is left to it before a task is begun.
    let read = Import::read(file)?;
    let work = async move {
        let import = read.map_err(Missing::refusal)?;
        context.write_user(&user, Stamp::None, move |transaction| import.store(transaction)).await
    };
    answered(arguments, work).await
}

/// What a file lacks that legacy looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Missing(&'static str);

impl Missing {
    fn refusal(self) -> Stop {
        let message = format!("Key '{}' not found in the accounting rules json file", self.0);
        Stop::Refused(Answer::failure(409, &message))
    }
}

/// Rows for both tables, in the order of the file. Legacy looks through the links when it has stored the rules.
#[derive(Debug, Clone, PartialEq)]
struct Import {
    rules: Vec<[Cell; 8]>,
    links: Result<Vec<[Cell; 4]>, Missing>,
}

type Lines<const N: usize> = Result<Vec<[Cell; N]>, Missing>;

impl Import {
    /// Reads a file.
    ///
    /// # Errors
    /// Legacy fails on it in its own words, or would after it has stored it.
    fn read(file: &[u8]) -> Result<Result<Self, Missing>, Unanswered> {
        let Ok(Value::Dict(file)) = parse(file) else { return Err(odd()) };
        let (rules, links) = match (file.get("accounting_rules"), file.get("linked_properties")) {
            (None, _) => return Ok(Err(Missing("accounting_rules"))),
            (_, None) => return Ok(Err(Missing("linked_properties"))),
            (Some(Value::Dict(rules)), Some(Value::Dict(links))) => (rules, links),
            _ => return Err(odd()),
        };
        let links = lines(links, link)?;
        Ok(lines(rules, rule)?.map(|rules| Self { rules, links }))
    }

    /// What was stored before a row that is refused stays. What legacy has in memory of the events of those rules it keeps
    /// then; here it is dropped.
    fn store(&self, transaction: &Transaction<'_>) -> Result<Result<Answer, Stop>, DbError> {
        let mut rule = transaction.prepare_cached(
            "INSERT OR REPLACE INTO accounting_rules(identifier, type, subtype, counterparty, taxable, \
             count_entire_amount_spend, count_cost_basis_pnl, accounting_treatment) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )?;
        if let Some(refused) = put_all(&mut rule, &self.rules, "accounting rules")? {
            return Ok(Ok(refused));
        }
        let links = match &self.links {
            Ok(links) => links,
            Err(missing) => return Ok(Err(missing.clone().refusal())),
        };
        let mut link = transaction.prepare_cached(
            "INSERT OR REPLACE INTO linked_rules_properties(identifier, accounting_rule, property_name, setting_name) \
             VALUES (?, ?, ?, ?)",
        )?;
        match put_all(&mut link, links, "linked properties")? {
            Some(refused) => Ok(Ok(refused)),
            None => Ok(Answer::ok(&true).map_err(Stop::from)),
        }
    }
}

/// The refusal of the first row that SQLite does not take.
fn put_all<const N: usize>(
    insert: &mut CachedStatement<'_>,
    rows: &[[Cell; N]],
    what: &str,
) -> Result<Option<Answer>, DbError> {
    for row in rows {
        if let Err(error) = insert.execute(params_from_iter(row)) {
            return match broken(&error) {
                Some(why) => Ok(Some(Answer::failure(409, &format!("Failed to import {what} due to: {why}")))),
                None => Err(error.into()),
            };
        }
    }
    Ok(None)
}

/// Entries by identifier, up to the first in which something is missing.
fn lines<const N: usize>(
    entries: &Dict,
    read: impl Fn(&str, &Dict) -> Result<Result<[Cell; N], Missing>, Unanswered>,
) -> Result<Lines<N>, Unanswered> {
    let mut lines = Vec::with_capacity(entries.len());
    for (identifier, entry) in entries {
        let Value::Dict(entry) = entry else { return Err(odd()) };
        match read(identifier, entry)? {
            Ok(line) => lines.push(line),
            Err(missing) => return Ok(Err(missing)),
        }
    }
    Ok(Ok(lines))
}

/// A kind of event that there is not is stored too, and then legacy falls over it: that is for legacy to do.
fn rule(identifier: &str, entry: &Dict) -> Result<Result<[Cell; 8], Missing>, Unanswered> {
    let [event_type, event_subtype, counterparty, rule] =
        match all(entry, ["event_type", "event_subtype", "counterparty", "rule"]) {
            Ok(values) => values,
            Err(missing) => return Ok(Err(missing)),
        };
    let kind = |value: &Value, members| match value.as_str() {
        Some(text) if member(text, members).is_some() => cell(value),
        _ => Err(odd()),
    };
    let Value::Dict(rule) = rule else { return Err(odd()) };
    let property = |name: &str| match rule.get(name) {
        Some(Value::Dict(property)) => cell(property.get("value").ok_or_else(odd)?),
        _ => Err(odd()),
    };
    Ok(Ok([
        text(identifier)?,
        kind(event_type, EVENT_TYPES)?,
        kind(event_subtype, EVENT_SUBTYPES)?,
        match counterparty {
            Value::Null => text(ANY_COUNTERPARTY)?,
            Value::Str(counterparty) => text(counterparty)?,
            _ => return Err(odd()),
        },
        property("taxable")?,
        property("count_entire_amount_spend")?,
        property("count_cost_basis_pnl")?,
        match rule.get("accounting_treatment") {
            Some(Value::Null) => Cell::Null,
            Some(Value::Str(treatment)) if member(treatment, &["swap"]).is_some() => text("A")?,
            _ => return Err(odd()),
        },
    ]))
}

fn link(identifier: &str, entry: &Dict) -> Result<Result<[Cell; 4], Missing>, Unanswered> {
    Ok(match all(entry, ["accounting_rule", "property_name", "setting_name"]) {
        Ok([rule, property, setting]) => Ok([text(identifier)?, cell(rule)?, cell(property)?, cell(setting)?]),
        Err(missing) => Err(missing),
    })
}

/// Values by name, or the first that is missing.
fn all<'d, const N: usize>(entry: &'d Dict, names: [&'static str; N]) -> Result<[&'d Value; N], Missing> {
    match names.into_iter().find(|name| !entry.contains_key(*name)) {
        Some(name) => Err(Missing(name)),
        None => Ok(names.map(|name| &entry[name])),
    }
}

/// A value as legacy's driver binds it. SQLite makes of it what its column is for.
fn cell(value: &Value) -> Result<Cell, Unanswered> {
    match value {
        Value::Null => Ok(Cell::Null),
        Value::Bool(flag) => Ok(Cell::Integer((*flag).into())),
        Value::Int(int) => int.to_i64().map(Cell::Integer).ok_or_else(odd),
        Value::Str(value) => text(value),
        Value::Float(_) | Value::List(_) | Value::Dict(_) => Err(odd()),
    }
}

fn text(text: &str) -> Result<Cell, Unanswered> {
    Ok(Cell::Text(bindable(text)?.to_owned()))
}

fn odd() -> Unanswered {
    Unanswered::declined("the file has rules of an unusual form")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"accounting_rules": {"7": {"event_type": "Multi_Trade", "event_subtype": "spend",
        "counterparty": null, "rule": {"taxable": {"value": true}, "count_entire_amount_spend": {"value": "0"},
        "count_cost_basis_pnl": {"value": 1, "linked_setting": "x"}, "accounting_treatment": "swap"}}},
        "linked_properties": {"1": {"accounting_rule": 7, "property_name": "taxable", "setting_name": "a"}}}"#;

    fn read(file: &str) -> Result<Result<Import, Missing>, Unanswered> {
        Import::read(file.as_bytes())
    }

    #[test]
    fn rows_are_bound_as_the_file_has_them() {
        let import = read(FILE).unwrap().unwrap();
        let text = |text: &str| Cell::Text(text.to_owned());
        let rule = [
            text("7"),
            text("Multi_Trade"),
            text("spend"),
            text("NONE"),
            Cell::Integer(1),
            text("0"),
            Cell::Integer(1),
            text("A"),
        ];
        let link = [text("1"), Cell::Integer(7), text("taxable"), text("a")];
        assert_eq!(import, Import { rules: vec![rule], links: Ok(vec![link]) });
    }

    #[test]
    fn what_is_missing_is_named_in_legacys_order_and_what_is_odd_is_left_to_it() {
        for (from, missing) in [
            ("accounting_rules", "accounting_rules"),
            ("linked_properties", "linked_properties"),
            ("event_type", "event_type"),
            ("event_subtype", "event_subtype"),
            ("counterparty", "counterparty"),
            ("\"rule", "rule"),
        ] {
            let file = FILE.replacen(from, &from.replace(missing, "other"), 1);
            assert_eq!(read(&file).unwrap(), Err(Missing(missing)), "{from}");
        }
        let import = read(&FILE.replace("property_name", "other")).unwrap().unwrap();
        assert_eq!(import.links, Err(Missing("property_name")));
        for (from, to) in [
            ("{\"accounting_rules", "[\"accounting_rules"),
            ("Multi_Trade", "zz"),
            ("\"Multi_Trade\"", "1"),
            ("null", "1"),
            ("null", "\"\\u0000\""),
            ("\"taxable\": {\"value\": true}", "\"taxable\": true"),
            ("\"taxable\": {\"value\": true}", "\"other\": {\"value\": true}"),
            ("{\"value\": true}", "{\"other\": true}"),
            ("{\"value\": true}", "{\"value\": 1.0}"),
            ("{\"value\": true}", "{\"value\": 9223372036854775808}"),
            ("{\"value\": true}", "{\"value\": []}"),
            ("accounting_treatment", "other"),
            ("\"swap\"", "\"other\""),
            ("\"swap\"", "0"),
            ("\"linked_properties\": {", "\"linked_properties\": 1, \"x\": {"),
            ("{\"accounting_rule\": 7", "{\"accounting_rule\": 7.5"),
        ] {
            let file = FILE.replacen(from, to, 1);
            assert!(file != FILE && read(&file).is_err(), "{from} -> {to}");
        }
    }
}
