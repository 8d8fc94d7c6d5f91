//! Rules by filter, with the settings they are linked to.

use indexmap::IndexMap;
use rusqlite::params_from_iter;
use serde_json::{Map, Value, json};

use super::rule::{ANY_COUNTERPARTY, COLUMNS, Link, Linked, PROPERTY, Property, Rule};
use crate::{
    db::{DbError, Transaction},
    handlers::{
        Context, Handler, Unanswered,
        filter::countable,
        handler::Outcome,
        ordering,
        rows::{self, Row, odd},
    },
    schema::events::{EVENT_SUBTYPES, EVENT_TYPES},
    wire::{
        Answer, Gives, Location,
        gives::key,
        validate::{Fallback, Field, Kind, Members, Record, Schema, each, field, texts::STRING_OR_NONE},
    },
};

/// `POST /api/1/accounting/rules`, which reads.
pub const RULES: Handler =
    Handler::reads("accounting_rules", "POST /api/1/accounting/rules", |context| Box::pin(rules(context)))
        .needs_user(&[super::rule::RULES, super::rule::LINKS, "settings(name, value)"])
        .takes(&FILTER, Location::JsonOrQuery)
        .refuses(&[401])
        .gives(PAGE_SHOWN);

const PAGE_SHOWN: Gives = Gives::Object(&[
    key(
        "entries",
        Gives::List(&Gives::Object(&[
            key("identifier", Gives::Int),
            key("taxable", PROPERTY),
            key("count_entire_amount_spend", PROPERTY),
            key("count_cost_basis_pnl", PROPERTY),
            key("accounting_treatment", Gives::Maybe(&Gives::Text)),
            key("event_type", Gives::Text),
            key("event_subtype", Gives::Text),
            key("counterparty", Gives::Maybe(&Gives::Text)),
        ])),
    ),
    key("entries_found", Gives::Int),
    key("entries_total", Gives::Int),
    key("entries_limit", Gives::Int),
]);

pub(super) static EVENT_TYPE: Members = Members::of("HistoryEventType", EVENT_TYPES);
pub(super) static EVENT_SUBTYPE: Members = Members::of("HistoryEventSubType", EVENT_SUBTYPES);
static EACH_TYPE: Field = each(Kind::Member(&EVENT_TYPE));
static EACH_SUBTYPE: Field = each(Kind::Member(&EVENT_SUBTYPE));
static EACH_COUNTERPARTY: Field = each(STRING_OR_NONE).nullable();

/// `AccountingRulesQuerySchema`
static FILTER: Schema = Schema::new(&[
    ordering::ORDER_BY,
    ordering::ASCENDING,
    ordering::LIMIT,
    ordering::OFFSET,
    field("event_types", Kind::Delimited(&EACH_TYPE)).or(Fallback::Null),
    field("event_subtypes", Kind::Delimited(&EACH_SUBTYPE)).or(Fallback::Null),
    field("counterparties", Kind::Delimited(&EACH_COUNTERPARTY)).or(Fallback::Null),
])
.checks(&[ordering::both_or_none]);

const ORDERED_BY: &[&str] = &[
    "identifier",
    "type",
    "subtype",
    "counterparty",
    "taxable",
    "count_entire_amount_spend",
    "count_cost_basis_pnl",
    "accounting_treatment",
    "rowid",
    "oid",
    "_rowid_",
];

/// What was read in one transaction.
struct Page {
    rules: Vec<Row>,
    links: Vec<Row>,
    settings: Vec<Row>,
    found: i64,
    total: i64,
}

async fn rules(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let default = "identifier DESC,type ASC,subtype ASC,counterparty ASC";
    let end = ordering::clause(&arguments, ORDERED_BY, default)?;
    let (filter, values) = filter(&arguments)?;
    let page = context.read_user(&user, move |transaction| read(transaction, &filter, &values, &end)).await?;
    let settings = Settings::of(&page.settings)?;
    let mut rules = page.rules.iter().map(Rule::of).collect::<Result<IndexMap<_, _>, _>>()?;
    for row in &page.links {
        let link = Link::of(row)?;
        // Another setting is not meant to be here.
        let setting = link.linkable().ok_or_else(odd)?;
        // A property that there is not is passed over.
        let Some(property) = Property::of(link.property) else { continue };
        // Legacy asks for the page a second time to find its links, and fails if SQLite gives it another one.
        let rule = rules.get_mut(&row.int(0)?).ok_or_else(|| Unanswered::declined("a link of another page"))?;
        *rule.property(property) = Linked { value: settings.value(setting), setting: Some(setting) };
    }
    let entries: Vec<Value> = rules.iter().map(|(identifier, rule)| entry(*identifier, rule)).collect();
    Ok(Answer::ok(&json!({
        "entries": entries,
        "entries_found": page.found,
        "entries_total": page.total,
        "entries_limit": -1,
    }))?)
}

fn entry(identifier: i64, rule: &Rule) -> Value {
    let mut shown = rule.treatment();
    shown.insert("identifier".to_owned(), identifier.into());
    shown.extend(rule.subject());
    Value::Object(shown)
}

/// The condition and its values.
fn filter(arguments: &Record) -> Result<(String, Vec<String>), Unanswered> {
    let mut conditions = Vec::new();
    let mut values = Vec::new();
    for (argument, column) in
        [("event_types", "type"), ("event_subtypes", "subtype"), ("counterparties", "counterparty")]
    {
        let Some(items) = arguments.maybe_list(argument)? else { continue };
        conditions.push(format!("({column} IN ({}))", vec!["?"; items.len()].join(", ")));
        values.extend(items.iter().map(|item| item.as_text().unwrap_or(ANY_COUNTERPARTY).to_owned()));
    }
    countable(values.len())?;
    let clause = if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
    Ok((clause, values))
}

fn read(transaction: &Transaction<'_>, filter: &str, values: &[String], end: &str) -> Result<Page, DbError> {
    let rules = format!("SELECT {COLUMNS} FROM accounting_rules{filter}{end}");
    let rules = rows::select(transaction, &rules, params_from_iter(values))?;
    let found = format!("SELECT COUNT(*) FROM accounting_rules{filter}");
    let found = rows::count(transaction, &found, values)?;
    let total = rows::total(transaction, "SELECT COUNT(*) FROM accounting_rules")?;
    let links = format!(
        "SELECT {} FROM linked_rules_properties WHERE accounting_rule IN \
         (SELECT identifier FROM accounting_rules{filter}{end})",
        Link::COLUMNS
    );
    let links = rows::select(transaction, &links, params_from_iter(values))?;
    let settings = "SELECT name, value FROM settings \
                    WHERE name IN ('include_gas_costs', 'include_crypto2crypto', 'taxfree_after_period')";
    Ok(Page { rules, links, settings: rows::select(transaction, settings, [])?, found, total })
}

/// The settings that rules can follow. Both are on until the user says otherwise.
struct Settings(Map<String, Value>);

impl Settings {
    /// Legacy reads all settings here, and warns the user about a tax-free period that is none.
    fn of(rows: &[Row]) -> Result<Self, Unanswered> {
        let mut settings = Map::new();
        for row in rows {
            let name = row.text(0)?;
            if name == "taxfree_after_period" {
                let plain =
                    |text: &str| text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u32>().is_ok_and(|n| n > 0);
                if row.maybe_text(1)?.is_some_and(|text| !plain(text)) {
                    return Err(odd());
                }
            } else {
                settings.insert(name.to_owned(), json!(row.text(1)? == "True"));
            }
        }
        Ok(Self(settings))
    }

    fn value(&self, setting: &str) -> bool {
        self.0.get(setting).and_then(Value::as_bool).unwrap_or(true)
    }
}
