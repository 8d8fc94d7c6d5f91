//! All rules at once.

use serde_json::{Map, Value, json};

use super::rule::{COLUMNS, Link, PROPERTY, Rule};
use crate::{
    handlers::{
        Context, Handler, Unanswered,
        asynchronous::{ASYNC_QUERY, answered},
        handler::Outcome,
        rows::{self, Row, odd},
    },
    session::who::User,
    wire::{
        Answer, Gives, Location,
        gives::key,
        validate::{Fallback, Schema, field, texts::PATH},
    },
};

/// `POST /api/1/accounting/rules/export`, which reads as long as it names no directory.
pub const EXPORT: Handler =
    Handler::reads("accounting_rules_export", "POST /api/1/accounting/rules/export", |context| {
        Box::pin(export(context))
    })
    .needs_user(&[super::rule::RULES, super::rule::LINKS])
    .long()
    .takes(&EXPORTED, Location::JsonOrQuery)
    .refuses(&[401])
    .gives(EXPORTS);

const EXPORTS: Gives = Gives::Object(&[
    key(
        "accounting_rules",
        Gives::Mapping(&Gives::Object(&[
            key("event_type", Gives::Text),
            key("event_subtype", Gives::Text),
            key("counterparty", Gives::Maybe(&Gives::Text)),
            key(
                "rule",
                Gives::Object(&[
                    key("taxable", PROPERTY),
                    key("count_entire_amount_spend", PROPERTY),
                    key("count_cost_basis_pnl", PROPERTY),
                    key("accounting_treatment", Gives::Maybe(&Gives::Text)),
                ]),
            ),
        ])),
    ),
    key(
        "linked_properties",
        Gives::Mapping(&Gives::Object(&[
            key("accounting_rule", Gives::Int),
            key("property_name", Gives::Text),
            key("setting_name", Gives::Text),
        ])),
    ),
]);

/// `ExportAccountingRulesSchema`
static EXPORTED: Schema = Schema::new(&[ASYNC_QUERY, field("directory_path", PATH).or(Fallback::Null)]);

/// Rules and links as they are stored. A file is legacy's to write.
async fn export(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    answered(&arguments, async move { exported(&context, &user).await }).await
}

async fn exported(context: &Context, user: &User) -> Outcome {
    let (rules, links) = context
        .read_user(user, |transaction| {
            let rules = format!("SELECT {COLUMNS} FROM accounting_rules ORDER BY rowid");
            let links = format!("SELECT {} FROM linked_rules_properties ORDER BY rowid", Link::COLUMNS);
            Ok((rows::select(transaction, &rules, [])?, rows::select(transaction, &links, [])?))
        })
        .await?;
    let rules = rules.iter().map(rule).collect::<Result<Map<_, _>, _>>()?;
    let links = links.iter().map(linked).collect::<Result<Map<_, _>, _>>()?;
    Ok(Answer::ok(&json!({"accounting_rules": rules, "linked_properties": links}))?)
}

fn rule(row: &Row) -> Result<(String, Value), Unanswered> {
    let (identifier, rule) = Rule::of(row)?;
    // Spelled in another way, it is legacy's to show.
    if row.text(1)? != rule.event_type || row.text(2)? != rule.event_subtype {
        return Err(odd());
    }
    let mut shown = rule.subject();
    shown.insert("rule".to_owned(), rule.treatment().into());
    Ok((identifier.to_string(), shown.into()))
}

fn linked(row: &Row) -> Result<(String, Value), Unanswered> {
    let Link { property, setting } = Link::of(row)?;
    let shown = json!({"accounting_rule": row.int(0)?, "property_name": property, "setting_name": setting});
    Ok((row.int(3)?.to_string(), shown))
}
