//! Differences to the rules of the last update settled.

use indexmap::IndexMap;
use num_traits::{One as _, ToPrimitive as _, Zero as _};

use super::{
    rule::{Linked, Property, Rule, linkable},
    wanted::Wanted,
};
use crate::{
    db::{DbError, Transaction},
    handlers::{Context, Handler, Stop, filter::bindable, gate::Stamp, handler::Outcome, rows},
    schema::{
        enums::member,
        events::{EVENT_SUBTYPES, EVENT_TYPES},
        needs::Database,
    },
    wire::{
        Answer, Dict, Gives, Location, Value,
        parse::parse,
        validate::{
            Fallback, Fault, Field, Item, Kind, Mistyped, Pass, Record, Schema, Validator, each, field,
            texts::{INTEGER, STRING},
        },
    },
};

/// `PATCH /api/1/accounting/rules/conflicts`. Unlike for other changes of rules, legacy keeps here what it has in memory
/// of the events.
pub const RESOLVE: Handler =
    Handler::writes("accounting_rules_conflicts_resolve", "PATCH /api/1/accounting/rules/conflicts", |context| {
        Box::pin(resolve(context))
    })
    .needs_user(&[
        "unresolved_remote_conflicts(local_id, remote_data, type)",
        "accounting_rules(identifier, type, subtype, counterparty)",
        "linked_rules_properties(accounting_rule)",
        "settings(name)",
    ])
    .changes(&[
        (Database::User, "accounting_rules"),
        (Database::User, "linked_rules_properties"),
        (Database::User, "settings"),
        (Database::User, "unresolved_remote_conflicts"),
    ])
    .takes(&CONFLICTS, Location::JsonOrQuery)
    .refuses(&[401, 409])
    .gives(Gives::Flag);

const fn one_side(name: &'static str) -> Field {
    field(name, STRING).check(&[Validator::OneOf { choices: &["local", "remote"], error: None }])
}

/// `AccountingRuleConflictResolutionSchema`
static CONFLICT: Schema = Schema::new(&[
    field("local_id", INTEGER)
        .check(&[Validator::Range { min: Some(0), max: None, error: Some("local_id must be an integer >= 0") }])
        .required(),
    one_side("solve_using").required(),
]);
/// `MultipleAccountingRuleConflictsResolutionSchema`
static CONFLICTS: Schema = Schema::new(&[
    field("conflicts", Kind::List(&each(Kind::Nested(&CONFLICT)))).or(Fallback::Null),
    one_side("solve_all_using").or(Fallback::Null),
])
.checks(&[either]);

fn either(record: &Record, _: &Pass<'_>) -> Result<(), Fault> {
    if record.is_null("conflicts") == record.is_null("solve_all_using") {
        let message = "Conflict resolution can either choose to solve all or a subset but not both or none";
        return Err(Fault::at("conflicts", message));
    }
    Ok(())
}

/// Which rule is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Local,
    Remote,
}

/// What a request asks for.
#[derive(Debug, Clone)]
enum Asked {
    All(Side),
    Some(Vec<(i64, Side)>),
}

async fn resolve(context: Context) -> Outcome {
    let user = context.login()?;
    let asked = asked(&context.arguments()?)?;
    context.write_user(&user, Stamp::None, move |transaction| solve(transaction, &asked)).await
}

fn asked(arguments: &Record) -> Result<Asked, Mistyped> {
    if let Some(word) = arguments.maybe_text("solve_all_using")? {
        return Ok(Asked::All(side(word)));
    }
    let conflicts = arguments.maybe_list("conflicts")?.unwrap_or_default();
    let one = |item: &Item| match item {
        Item::Record(conflict) => Ok((conflict.int("local_id")?, side(conflict.text("solve_using")?))),
        _ => Err(Mistyped::Wrong("conflicts".into(), "a list of records")),
    };
    conflicts.iter().map(one).collect::<Result<_, _>>().map(Asked::Some)
}

fn side(word: &str) -> Side {
    if word == "remote" { Side::Remote } else { Side::Local }
}

/// What legacy does in several transactions: reads, updates one rule after the other until one is refused, and forgets
/// the conflicts if none was. A refusal changes nothing itself, so that one transaction comes to the same.
fn solve(transaction: &Transaction<'_>, asked: &Asked) -> Result<Result<Answer, Stop>, DbError> {
    let conflicts = match asked {
        Asked::Some(conflicts) => conflicts.clone(),
        Asked::All(side) => {
            let all = rows::select(transaction, "SELECT local_id FROM unresolved_remote_conflicts WHERE type=1", [])?;
            match all.iter().map(|row| Ok((row.int(0)?, *side))).collect::<Result<Vec<_>, Stop>>() {
                Ok(conflicts) => conflicts,
                Err(odd) => return Ok(Err(odd)),
            }
        }
    };
    let refused = |why: &str| Ok(Ok(Answer::failure(409, why)));
    let mut updates = IndexMap::new();
    for (rule, _) in conflicts.iter().filter(|(_, side)| *side == Side::Remote) {
        let data = "SELECT remote_data FROM unresolved_remote_conflicts WHERE type=1 AND local_id=?";
        let found = rows::select(transaction, data, [rule])?;
        let Some(row) = found.first() else { return refused(&format!("Conflict not found for local id {rule}")) };
        match row.text(0).ok().and_then(remote) {
            Some(wanted) => updates.insert(*rule, wanted),
            None => return Ok(Err(Stop::declined("a rule of the update is in an unusual form"))),
        };
    }
    for (rule, wanted) in &updates {
        match wanted {
            Remote::Lacks(name) => return refused(&format!("'{name}'")),
            Remote::Rule(wanted) => {
                if let Err(why) = wanted.update(transaction, *rule)? {
                    return refused(&why);
                }
            }
        }
    }
    let mut forget =
        transaction.prepare_cached("DELETE FROM unresolved_remote_conflicts WHERE type=1 AND local_id=?")?;
    for (rule, _) in &conflicts {
        forget.execute([rule])?;
    }
    Ok(Answer::ok(&true).map_err(Stop::from))
}

/// A rule as the update has it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Remote {
    Rule(Wanted),
    /// Legacy falls over this, when it comes to the rule.
    Lacks(&'static str),
}

/// Reads it in legacy's order, for the first thing that is missing is the one that is named. `None`: in a form that legacy
/// judges by itself.
fn remote(text: &str) -> Option<Remote> {
    let Ok(Value::Dict(data)) = parse(text.as_bytes()) else { return None };
    match read(&data) {
        Ok(wanted) => wanted.map(Remote::Rule),
        Err(name) => Some(Remote::Lacks(name)),
    }
}

fn read(data: &Dict) -> Result<Option<Wanted>, &'static str> {
    let get = |name: &'static str| data.get(name).ok_or(name);
    let kind = |name, members: &'static [&'static str]| -> Result<_, &'static str> {
        Ok(get(name)?.as_str().and_then(|text| member(text, members)))
    };
    let Some(event_type) = kind("event_type", EVENT_TYPES)? else { return Ok(None) };
    let Some(event_subtype) = kind("event_subtype", EVENT_SUBTYPES)? else { return Ok(None) };
    let counterparty = match get("counterparty")? {
        Value::Null => None,
        Value::Str(text) if bindable(text).is_ok() => Some(text.clone()),
        _ => return Ok(None),
    };
    let flags = [flag(get("taxable")?), flag(get("count_entire_amount_spend")?), flag(get("count_cost_basis_pnl")?)];
    let treatment = match get("accounting_treatment")? {
        Value::Null => None,
        Value::Str(text) if text.is_empty() => None,
        other => match other.as_str().and_then(|text| member(text, &["swap"])) {
            None => return Ok(None),
            treatment => treatment,
        },
    };
    let [Some(taxable), Some(entire), Some(basis)] = flags else { return Ok(None) };
    let properties = [taxable, basis, entire].map(|value| Linked { value, setting: None });
    let rule = Rule { properties, treatment, event_type, event_subtype, counterparty };
    Ok(links(data).map(|links| Wanted { rule, links }))
}

/// What SQLite takes for 0 or 1.
fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Int(int) if int.is_zero() || int.is_one() => int.to_u8().map(|int| int == 1),
        _ => None,
    }
}

fn links(data: &Dict) -> Option<Vec<(Property, &'static str)>> {
    match data.get("links") {
        None => Some(Vec::new()),
        Some(Value::Dict(links)) => {
            links.iter().map(|(property, setting)| Property::of(property).zip(linkable(setting.as_str()?))).collect()
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = r#"{"event_type": "multi trade", "event_subtype": "SPEND", "counterparty": "NONE", "taxable": 1,
        "count_entire_amount_spend": false, "count_cost_basis_pnl": true, "accounting_treatment": "swap",
        "links": {"count_cost_basis_pnl": "include_gas_costs", "taxable": "include_crypto2crypto"}}"#;

    #[test]
    fn a_rule_of_the_update_keeps_the_order_of_its_links() {
        let Some(Remote::Rule(wanted)) = remote(RULE) else { panic!("it is a rule") };
        assert_eq!(wanted.title(), "Rule for (multi trade, spend, NONE)");
        assert_eq!(wanted.rule.properties.map(|property| property.value), [true, true, false]);
        let links = [(Property::CostBasis, "include_gas_costs"), (Property::Taxable, "include_crypto2crypto")];
        assert_eq!(wanted.links, links);
    }

    #[test]
    fn what_is_missing_is_named_and_what_is_odd_is_left_to_legacy() {
        assert_eq!(remote(&RULE.replace("event_subtype", "x")), Some(Remote::Lacks("event_subtype")));
        assert_eq!(remote("{}"), Some(Remote::Lacks("event_type")));
        for (from, to) in [
            ("multi trade", "zz"),
            ("\"taxable\": 1", "\"taxable\": 2"),
            ("\"swap\"", "1"),
            ("include_gas_costs", "main_currency"),
            ("\"links\": {", "\"links\": 1, \"x\": {"),
            ("\"NONE\"", "1"),
            ("{\"event_type", "[\"event_type"),
        ] {
            assert_eq!(remote(&RULE.replacen(from, to, 1)), None, "{to}");
        }
    }
}
