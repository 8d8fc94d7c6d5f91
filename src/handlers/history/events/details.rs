//! What else there is to know about an event.

use crate::{
    handlers::{
        Context, Handler, Unanswered,
        asset_arguments::NFT,
        handler::Outcome,
        identifiers::Spellings,
        refusals::int,
        rows::{self, Row, odd},
    },
    schema::{
        enums::member,
        events::{DETAILS as DETAILS_OF, EVENT_SUBTYPES, EVENT_TYPES, PRODUCTS},
        locations::by_letter,
    },
    wire::{
        Answer, Dict, Gives, Location, Value,
        parse::{Unparsed, parse},
        validate::{Schema, field, texts::INTEGER},
    },
};

/// `GET /api/1/history/events/details`
pub const DETAILS: Handler =
    Handler::reads("history_events_details", "GET /api/1/history/events/details", |context| Box::pin(details(context)))
        .needs_user(&[
            "history_events(identifier, entry_type, location, asset, amount, type, subtype, extra_data)",
            "evm_events_info(identifier, product)",
        ])
        .needs_global(&["assets(identifier)"])
        .takes(&ARGUMENTS, Location::JsonOrQuery)
        .refuses(&[401, 404])
        .gives(Gives::Mapping(&Gives::Anything));

/// `EventDetailsQuerySchema`
static ARGUMENTS: Schema = Schema::new(&[field("identifier", INTEGER).required()]);

/// The kind of entry that has details.
const EVM_EVENT: i64 = 2;

/// The details of an event on an EVM chain. An event that legacy can not read is left to it.
async fn details(context: Context) -> Outcome {
    let user = context.login()?;
    let identifier = int(&context.arguments()?, "identifier")?;
    let found = context
        .read_user(&user, move |transaction| {
            rows::select(
                transaction,
                "SELECT e.location, e.asset, e.amount, e.type, e.subtype, i.product, e.extra_data FROM history_events e \
                 JOIN evm_events_info i ON i.identifier = e.identifier WHERE e.identifier = ? AND e.entry_type = ?",
                [identifier, EVM_EVENT],
            )
        })
        .await?;
    let Some(row) = found.first() else { return Ok(Answer::failure(404, "No event found")) };
    let asset = row.text(1)?;
    readable(row)?;
    // Whether legacy takes the identifier of an NFT depends on the address in it.
    if asset.starts_with(NFT) {
        return Err(odd().into());
    }
    Spellings::of(&context, [asset.to_owned()]).await?;
    match extra(row.maybe_text(6)?)? {
        details if details.is_empty() => Ok(Answer::failure(404, "No details found")),
        details => Ok(Answer::ok_value(&Value::Dict(details))),
    }
}

fn readable(row: &Row) -> Result<(), Unanswered> {
    by_letter(row.text(0)?).ok_or_else(odd)?;
    row.amount(2)?;
    member(row.text(3)?, EVENT_TYPES).ok_or_else(odd)?;
    member(row.text(4)?, EVENT_SUBTYPES).ok_or_else(odd)?;
    row.maybe_text(5)?.map_or(Some(""), |product| member(product, PRODUCTS)).ok_or_else(odd)?;
    Ok(())
}

/// The details in what is stored with an event, in its order. What is no JSON counts as nothing.
fn extra(stored: Option<&str>) -> Result<Dict, Unanswered> {
    let stored = match stored.map(|text| parse(text.as_bytes())) {
        None | Some(Ok(Value::Null) | Err(Unparsed::Malformed)) => return Ok(Dict::new()),
        Some(Ok(Value::Dict(stored))) => stored,
        // Legacy fails on anything else that is JSON.
        Some(Ok(_) | Err(Unparsed::Odd(_))) => return Err(odd()),
    };
    Ok(stored.into_iter().filter(|(name, _)| DETAILS_OF.contains(&name.as_str())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::dumps_value;

    #[test]
    fn details_are_some_of_what_is_stored_and_keep_their_order() {
        let shown = |stored| extra(stored).map(|details| dumps_value(&Value::Dict(details))).ok();
        for (stored, details) in [
            (None, Some("{}")),
            (Some("null"), Some("{}")),
            (Some("{bad"), Some("{}")),
            (Some(""), Some("{}")),
            (Some(r#"{"a": 1}"#), Some("{}")),
            (
                Some(r#"{"sub_swaps": [1.50], "a": 1, "liquity_staking": {"b": null}}"#),
                Some(r#"{"sub_swaps": [1.5], "liquity_staking": {"b": null}}"#),
            ),
            (Some("[]"), None),
            (Some("5"), None),
        ] {
            assert_eq!(shown(stored).as_deref(), details, "{stored:?}");
        }
    }
}
