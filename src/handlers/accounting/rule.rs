//! A rule as it is stored and shown.

use serde_json::{Map, Value, json};

use crate::wire::{
    Gives,
    gives::{at_times, key},
};
use crate::{
    handlers::{
        Unanswered,
        rows::{Row, odd},
    },
    schema::{
        enums::member,
        events::{EVENT_SUBTYPES, EVENT_TYPES},
    },
};

/// What a rule makes of a property.
pub(super) const PROPERTY: Gives = Gives::Object(&[key("value", Gives::Flag), at_times("linked_setting", Gives::Text)]);

/// The columns that [`Rule::of`] reads, in its order.
pub(super) const COLUMNS: &str = "accounting_rules.identifier, accounting_rules.type, subtype, counterparty, taxable, \
                           count_entire_amount_spend, count_cost_basis_pnl, accounting_treatment";

/// The rules, for `needs_user`.
pub(super) const RULES: &str = "accounting_rules(identifier, type, subtype, counterparty, taxable, \
     count_entire_amount_spend, count_cost_basis_pnl, accounting_treatment)";
/// What [`Link::of`] reads, for `needs_user`.
pub(super) const LINKS: &str = "linked_rules_properties(identifier, accounting_rule, property_name, setting_name)";

/// Settings that a property can be linked to.
pub(super) const LINKABLE: [&str; 2] = ["include_gas_costs", "include_crypto2crypto"];

/// A setting by its name, if rules can follow it.
#[must_use]
pub(super) fn linkable(name: &str) -> Option<&'static str> {
    LINKABLE.into_iter().find(|linkable| *linkable == name)
}

/// What stands in the database for a rule about any counterparty.
pub(super) const ANY_COUNTERPARTY: &str = "NONE";

/// A property that is on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Property {
    /// `taxable`
    Taxable,
    /// `count_cost_basis_pnl`
    CostBasis,
    /// `count_entire_amount_spend`
    EntireAmount,
}

impl Property {
    /// All, in the order in which they are shown.
    pub(super) const ALL: [Self; 3] = [Self::Taxable, Self::CostBasis, Self::EntireAmount];

    /// Its name.
    #[must_use]
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Taxable => "taxable",
            Self::CostBasis => "count_cost_basis_pnl",
            Self::EntireAmount => "count_entire_amount_spend",
        }
    }

    /// A property by its name.
    #[must_use]
    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|property| property.name() == name)
    }
}

/// A property's value and the setting that it follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Linked {
    /// On or off.
    pub(super) value: bool,
    /// The setting.
    pub(super) setting: Option<&'static str>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    /// In the order of [`Property::ALL`].
    pub(super) properties: [Linked; 3],
    /// How it is treated.
    pub(super) treatment: Option<&'static str>,
    /// Kind of event.
    pub(super) event_type: &'static str,
    /// Kind of event, more closely.
    pub(super) event_subtype: &'static str,
    /// The counterparty, if it is about one.
    pub(super) counterparty: Option<String>,
}

impl Rule {
    /// Reads a row of [`COLUMNS`]; gives its identifier too.
    ///
    /// # Errors
    /// Legacy fails on it.
    pub(super) fn of(row: &Row) -> Result<(i64, Self), Unanswered> {
        let property = |at| row.flag(at).map(|value| Linked { value, setting: None });
        let treatment = match row.maybe_text(7)? {
            None => None,
            Some("A") => Some("swap"),
            Some(_) => return Err(odd()),
        };
        let rule = Self {
            properties: [property(4)?, property(6)?, property(5)?],
            treatment,
            event_type: member(row.text(1)?, EVENT_TYPES).ok_or_else(odd)?,
            event_subtype: member(row.text(2)?, EVENT_SUBTYPES).ok_or_else(odd)?,
            counterparty: counterparty(row.text(3)?),
        };
        Ok((row.int(0)?, rule))
    }

    /// One of its properties.
    pub(super) fn property(&mut self, property: Property) -> &mut Linked {
        match property {
            Property::Taxable => &mut self.properties[0],
            Property::CostBasis => &mut self.properties[1],
            Property::EntireAmount => &mut self.properties[2],
        }
    }

    /// The properties and the treatment, as every answer shows them.
    #[must_use]
    pub(super) fn treatment(&self) -> Map<String, Value> {
        let mut shown = Map::new();
        for (property, linked) in Property::ALL.into_iter().zip(self.properties) {
            let value = match linked.setting {
                Some(setting) => json!({"value": linked.value, "linked_setting": setting}),
                None => json!({"value": linked.value}),
            };
            shown.insert(property.name().to_owned(), value);
        }
        shown.insert("accounting_treatment".to_owned(), json!(self.treatment));
        shown
    }

    /// What it is about, as every answer shows it.
    #[must_use]
    pub(super) fn subject(&self) -> Map<String, Value> {
        let entries = [
            ("event_type", json!(self.event_type)),
            ("event_subtype", json!(self.event_subtype)),
            ("counterparty", json!(self.counterparty)),
        ];
        entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// A counterparty as it is stored.
#[must_use]
pub(super) fn counterparty(stored: &str) -> Option<String> {
    (stored != ANY_COUNTERPARTY).then(|| stored.to_owned())
}

/// A rule's property that follows a setting, as it is stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link<'r> {
    /// Name of the property.
    pub(super) property: &'r str,
    /// Name of the setting.
    pub(super) setting: &'r str,
}

impl<'r> Link<'r> {
    /// Columns of a link.
    pub(super) const COLUMNS: &'static str = "accounting_rule, property_name, setting_name, identifier";

    /// Reads a row of [`Link::COLUMNS`].
    ///
    /// # Errors
    /// Legacy fails on it.
    pub(super) fn of(row: &'r Row) -> Result<Self, Unanswered> {
        Ok(Self { property: row.text(1)?, setting: row.text(2)? })
    }

    /// The links of one rule, in their order.
    pub(super) fn all(rows: &'r [Row], rule: i64) -> impl Iterator<Item = Result<Self, Unanswered>> {
        rows.iter().filter(move |row| row.int(0).is_ok_and(|of| of == rule)).map(Self::of)
    }

    /// The setting, if it is one of those that rules can follow.
    #[must_use]
    pub(super) fn linkable(&self) -> Option<&'static str> {
        linkable(self.setting)
    }
}
