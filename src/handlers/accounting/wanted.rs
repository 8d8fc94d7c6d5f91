//! A rule as a request or an update wants it.

use rusqlite::{ToSql, params_from_iter};

use super::{
    rule::{ANY_COUNTERPARTY, Linked, Property, Rule},
    rules::{EVENT_SUBTYPE, EVENT_TYPE},
};
use crate::{
    db::{DbError, Transaction},
    handlers::{Unanswered, refusals::broken},
    wire::validate::{
        Fallback, Fault, Field, Item, Kind, Members, Mistyped, Pass, Record, Schema, Validator, field,
        texts::{BOOLEAN, INTEGER, STRING, STRING_OR_NONE},
    },
};

/// The properties in the order in which legacy stores them, and their links.
const STORED: [Property; 3] = [Property::Taxable, Property::EntireAmount, Property::CostBasis];

/// A rule, and the settings that its properties follow, in the order in which they are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The rule.
    pub(super) rule: Rule,
    /// Properties and settings.
    pub(super) links: Vec<(Property, &'static str)>,
}

static TREATMENT: Members = Members::of("TxAccountingTreatment", &["swap"]);
/// `LinkedAccountingSetting`
static LINKED: Schema = Schema::new(&[
    field("value", BOOLEAN).required(),
    field("linked_setting", STRING)
        .check(&[Validator::OneOf { choices: &["include_gas_costs", "include_crypto2crypto"], error: None }])
        .or(Fallback::Null),
]);

const TYPE: Field = field("event_type", Kind::Member(&EVENT_TYPE)).required();
const SUBTYPE: Field = field("event_subtype", Kind::Member(&EVENT_SUBTYPE)).required();
const COUNTERPARTY: Field = field("counterparty", STRING_OR_NONE).or(Fallback::Null);
const TAXABLE: Field = field("taxable", Kind::Nested(&LINKED));
const ENTIRE_AMOUNT: Field = field("count_entire_amount_spend", Kind::Nested(&LINKED));
const COST_BASIS: Field = field("count_cost_basis_pnl", Kind::Nested(&LINKED));
const TREATED: Field = field("accounting_treatment", Kind::Member(&TREATMENT)).or(Fallback::Null);

/// `CreateAccountingRuleSchema`
pub(super) static ADDED: Schema =
    Schema::new(&[TYPE, SUBTYPE, COUNTERPARTY, TAXABLE, ENTIRE_AMOUNT, COST_BASIS, TREATED]).after(complete);
/// `EditAccountingRuleSchema`
pub(super) static EDITED: Schema = Schema::new(&[
    TYPE,
    SUBTYPE,
    COUNTERPARTY,
    TAXABLE,
    ENTIRE_AMOUNT,
    COST_BASIS,
    TREATED,
    field("identifier", INTEGER).required(),
])
.after(complete);

/// Legacy does not ask for the properties, and falls over the first that is missing.
fn complete(record: Record, _: &Pass<'_>) -> Result<Item, Fault> {
    match STORED.into_iter().find(|property| record.get(property.name()).is_none()) {
        Some(property) => Err(Fault::Crash(format!("'{}'", property.name()))),
        None => Ok(Item::Record(record)),
    }
}

impl Wanted {
    /// The rule of a request.
    ///
    /// # Errors
    /// The schema is not one of these.
    pub(super) fn of(arguments: &Record) -> Result<Self, Unanswered> {
        let wrong = |name: &str| Mistyped::Wrong(name.to_owned(), "as its schema has it");
        let member = |name: &'static str| match arguments.get(name) {
            Some(Item::Member(member)) => Ok(*member),
            _ => Err(wrong(name)),
        };
        let mut rule = Rule {
            properties: [Linked { value: false, setting: None }; 3],
            treatment: (!arguments.is_null("accounting_treatment")).then_some("swap"),
            event_type: member("event_type")?,
            event_subtype: member("event_subtype")?,
            counterparty: arguments.maybe_text("counterparty")?.map(str::to_owned),
        };
        let mut links = Vec::new();
        for property in STORED {
            let given = arguments.maybe_record(property.name())?.ok_or_else(|| wrong(property.name()))?;
            rule.property(property).value = given.flag("value")?;
            if let Some(setting) = given.maybe_text("linked_setting")? {
                links.push((property, super::rule::linkable(setting).ok_or_else(|| wrong("linked_setting"))?));
            }
        }
        Ok(Self { rule, links })
    }

    /// What the rule is about, as messages say it.
    #[must_use]
    pub(super) fn title(&self) -> String {
        let Rule { event_type, event_subtype, counterparty, .. } = &self.rule;
        format!("Rule for ({event_type}, {event_subtype}, {})", counterparty.as_deref().unwrap_or("None"))
    }

    /// Stores it as a new rule. `false`: there is one about the same.
    ///
    /// # Errors
    /// SQLite's own.
    pub(super) fn insert(&self, transaction: &Transaction<'_>) -> Result<bool, DbError> {
        let mut insert = transaction.prepare_cached(
            "INSERT INTO accounting_rules(type, subtype, counterparty, taxable, count_entire_amount_spend, \
             count_cost_basis_pnl, accounting_treatment) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )?;
        let stored = done(insert.execute(params_from_iter(self.columns())))?.is_some();
        if stored {
            self.link(transaction, transaction.last_insert_rowid())?;
        }
        Ok(stored)
    }

    /// Stores it in the place of a rule; nothing is changed where that is refused, with this message.
    ///
    /// # Errors
    /// SQLite's own.
    pub(super) fn update(&self, transaction: &Transaction<'_>, rule: i64) -> Result<Result<(), String>, DbError> {
        let mut update = transaction.prepare_cached(
            "UPDATE accounting_rules SET type=?, subtype=?, counterparty=?, taxable=?, count_entire_amount_spend=?, \
             count_cost_basis_pnl=?, accounting_treatment=? WHERE identifier=?",
        )?;
        let columns = self.columns().into_iter().chain([Box::new(rule) as Box<dyn ToSql>]);
        match done(update.execute(params_from_iter(columns)))? {
            None => {
                return Ok(Err(format!("Accounting rule for {} already exists in the database", self.title())));
            }
            Some(1) => {}
            Some(_) => {
                return Ok(Err(format!("Tried to update accounting {} but it was not found", self.title())));
            }
        }
        transaction.prepare_cached("DELETE FROM linked_rules_properties WHERE accounting_rule=?")?.execute([rule])?;
        self.link(transaction, rule)?;
        Ok(Ok(()))
    }

    /// Both settings are on until the user says otherwise; a link needs a row.
    fn link(&self, transaction: &Transaction<'_>, rule: i64) -> Result<(), DbError> {
        for (property, setting) in &self.links {
            transaction
                .prepare_cached("INSERT OR IGNORE INTO settings(name, value) VALUES (?, 'True')")?
                .execute([setting])?;
            transaction
                .prepare_cached(
                    "INSERT INTO linked_rules_properties(accounting_rule, property_name, setting_name) \
                     VALUES (?, ?, ?)",
                )?
                .execute((rule, property.name(), setting))?;
        }
        Ok(())
    }

    fn columns(&self) -> Vec<Box<dyn ToSql>> {
        let mut rule = self.rule.clone();
        let counterparty = rule.counterparty.clone().unwrap_or_else(|| ANY_COUNTERPARTY.to_owned());
        let mut columns: Vec<Box<dyn ToSql>> =
            vec![Box::new(rule.event_type), Box::new(rule.event_subtype), Box::new(counterparty)];
        columns.extend(STORED.map(|property| Box::new(rule.property(property).value) as Box<dyn ToSql>));
        columns.push(Box::new(rule.treatment.map(|_| "A")));
        columns
    }
}

/// The number of rows; `None` where a constraint is broken.
fn done(executed: Result<usize, rusqlite::Error>) -> Result<Option<usize>, DbError> {
    match executed {
        Err(error) if broken(&error).is_some() => Ok(None),
        executed => Ok(Some(executed?)),
    }
}
