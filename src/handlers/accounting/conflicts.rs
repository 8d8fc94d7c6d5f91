//! Rules that differ from those of the last update.

use indexmap::IndexMap;
use num_traits::Zero as _;
use serde_json::{Value, json};

use super::rule::{ANY_COUNTERPARTY, COLUMNS, LINKABLE, Link, Linked, PROPERTY, Property, Rule};
use crate::{
    handlers::{
        Context, Handler, Unanswered,
        handler::Outcome,
        ordering,
        rows::{self, Row, odd},
    },
    schema::{
        enums::member,
        events::{EVENT_SUBTYPES, EVENT_TYPES},
    },
    wire::{self, Answer, Dict, Gives, Location, gives::key, parse::parse, validate::Schema},
};

/// `POST /api/1/accounting/rules/conflicts`, which reads.
pub const CONFLICTS: Handler =
    Handler::reads("accounting_rules_conflicts", "POST /api/1/accounting/rules/conflicts", |context| {
        Box::pin(conflicts(context))
    })
    .needs_user(&[super::rule::RULES, super::rule::LINKS, "unresolved_remote_conflicts(local_id, remote_data)"])
    .takes(&PAGE, Location::JsonOrQuery)
    .refuses(&[401])
    .gives(PAGE_SHOWN);

const RULE: Gives = Gives::Object(&[
    key("taxable", PROPERTY),
    key("count_entire_amount_spend", PROPERTY),
    key("count_cost_basis_pnl", PROPERTY),
    key("accounting_treatment", Gives::Maybe(&Gives::Text)),
    key("event_type", Gives::Text),
    key("event_subtype", Gives::Text),
    key("counterparty", Gives::Maybe(&Gives::Text)),
]);
const PAGE_SHOWN: Gives = Gives::Object(&[
    key(
        "entries",
        Gives::List(&Gives::Object(&[key("local_id", Gives::Int), key("local_data", RULE), key("remote_data", RULE)])),
    ),
    key("entries_found", Gives::Int),
    key("entries_total", Gives::Int),
    key("entries_limit", Gives::Int),
]);

/// `AccountingRuleConflictsPagination`
static PAGE: Schema = Schema::new(&[ordering::LIMIT, ordering::OFFSET]);

/// Conflicts, the latest rule first. Of several about one rule the last counts.
async fn conflicts(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let end = ordering::clause(&arguments, &[], "accounting_rules.identifier DESC")?;
    let (rows, links, found) = context
        .read_user(&user, move |transaction| {
            let rows = format!(
                "SELECT {COLUMNS}, remote_data FROM unresolved_remote_conflicts JOIN accounting_rules \
                 ON unresolved_remote_conflicts.local_id=accounting_rules.identifier{end}"
            );
            let links = format!("SELECT {} FROM linked_rules_properties ORDER BY rowid", Link::COLUMNS);
            let found = "SELECT COUNT(*) FROM unresolved_remote_conflicts";
            Ok((
                rows::select(transaction, &rows, [])?,
                rows::select(transaction, &links, [])?,
                rows::total(transaction, found)?,
            ))
        })
        .await?;
    let mut entries: IndexMap<i64, Value> = IndexMap::new();
    for row in &rows {
        let (identifier, mut local) = Rule::of(row)?;
        follow(&mut local, identifier, &links)?;
        let remote = remote(row.text(8)?)?;
        let entry = json!({"local_id": identifier, "local_data": data(&local), "remote_data": data(&remote)});
        entries.insert(identifier, entry);
    }
    let entries: Vec<Value> = entries.into_values().collect();
    Ok(Answer::ok(&json!({
        "entries": entries,
        "entries_found": found,
        "entries_total": found,
        "entries_limit": -1,
    }))?)
}

fn data(rule: &Rule) -> Value {
    let mut shown = rule.treatment();
    shown.extend(rule.subject());
    Value::Object(shown)
}

/// Names the settings that a rule follows; unlike elsewhere its own values stay.
fn follow(rule: &mut Rule, identifier: i64, links: &[Row]) -> Result<(), Unanswered> {
    for link in Link::all(links, identifier) {
        let link = link?;
        let property = Property::of(link.property).ok_or_else(odd)?;
        rule.property(property).setting = Some(link.linkable().ok_or_else(odd)?);
    }
    Ok(())
}

/// A rule as the update has it.
fn remote(text: &str) -> Result<Rule, Unanswered> {
    read(text).ok_or_else(|| Unanswered::declined("a rule of the update is in an unusual form"))
}

fn read(text: &str) -> Option<Rule> {
    let Ok(wire::Value::Dict(data)) = parse(text.as_bytes()) else { return None };
    let mut rule = Rule {
        properties: [
            flag(&data, "taxable")?,
            flag(&data, "count_cost_basis_pnl")?,
            flag(&data, "count_entire_amount_spend")?,
        ],
        treatment: match data.get("accounting_treatment")? {
            wire::Value::Null => None,
            wire::Value::Str(text) if text.is_empty() => None,
            other => Some(member(other.as_str()?, &["swap"])?),
        },
        event_type: member(data.get("event_type")?.as_str()?, EVENT_TYPES)?,
        event_subtype: member(data.get("event_subtype")?.as_str()?, EVENT_SUBTYPES)?,
        counterparty: match data.get("counterparty")? {
            wire::Value::Null => None,
            other => Some(other.as_str()?.to_owned()).filter(|text| text != ANY_COUNTERPARTY),
        },
    };
    match data.get("links") {
        None => {}
        Some(wire::Value::Dict(links)) => {
            for (property, setting) in links {
                let setting = setting.as_str()?;
                let setting = LINKABLE.into_iter().find(|linkable| *linkable == setting)?;
                rule.property(Property::of(property)?).setting = Some(setting);
            }
        }
        Some(_) => return None,
    }
    Some(rule)
}

/// A property of the update: what Python takes for true.
fn flag(data: &Dict, name: &str) -> Option<Linked> {
    let value = match data.get(name)? {
        wire::Value::Bool(flag) => *flag,
        wire::Value::Int(int) => !int.is_zero(),
        _ => return None,
    };
    Some(Linked { value, setting: None })
}
