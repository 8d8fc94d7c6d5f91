//! An event that was processed for a report. It is stored as JSON, and its numbers are read and written anew.

use rusqlite::Row;

use crate::{
    handlers::{Unanswered, asset_arguments::NFT, cells, identifiers::Spellings},
    schema::{enums::member, locations},
    wire::{
        Decimal, Gives, Value,
        gives::{at_times, key},
        parse::parse,
        value::Dict,
    },
};

/// What of it is not read is as it is stored.
pub(super) const EVENT: Gives = Gives::Object(&[
    key("type", Gives::Text),
    key("notes", Gives::Anything),
    key("location", Gives::Text),
    key("timestamp", Gives::Anything),
    key("asset_identifier", Gives::Text),
    key("free_amount", Gives::Text),
    key("taxable_amount", Gives::Text),
    key("price", Gives::Text),
    key("pnl_taxable", Gives::Text),
    key("pnl_free", Gives::Text),
    key(
        "cost_basis",
        Gives::Maybe(&Gives::Object(&[
            key("is_complete", Gives::Anything),
            key(
                "matched_acquisitions",
                Gives::List(&Gives::Object(&[
                    key("amount", Gives::Text),
                    key(
                        "event",
                        Gives::Object(&[
                            key("timestamp", Gives::Anything),
                            key("full_amount", Gives::Text),
                            key("rate", Gives::Text),
                            key("index", Gives::Anything),
                        ]),
                    ),
                    key("taxable", Gives::Anything),
                ])),
            ),
        ])),
    ),
    at_times("group_id", Gives::Anything),
]);

/// `AccountingEventType`
const KINDS: &[&str] = &[
    "trade",
    "fee",
    "asset movement",
    "margin position",
    "loan",
    "prefork acquisition",
    "staking",
    "history event",
    "transaction event",
];

/// An event. Its asset is still spelled as it was stored.
#[derive(Debug)]
pub(super) struct Processed {
    pub(super) asset: String,
    entries: Dict,
}

impl Processed {
    /// Out of time and JSON; none if legacy would leave it out, or fail, or that is not certain.
    pub(super) fn read(row: &Row<'_>) -> Option<Self> {
        Self::of(cells::int(row, 0).ok()?, cells::text(row, 1).ok()?)
    }

    fn of(time: i64, stored: &str) -> Option<Self> {
        let Value::Dict(stored) = parse(stored.as_bytes()).ok()? else { return None };
        // They are looked for, and not shown.
        for name in ["index", "count_entire_amount_spend", "count_cost_basis_pnl"] {
            stored.get(name)?;
        }
        let Value::Dict(extra) = stored.get("extra_data")? else { return None };
        let asset = stored.get("asset_identifier")?.as_str()?.to_owned();
        let notes = stored.get("notes")?;
        let mut entries = Dict::new();
        let mut put = |name: &str, value: Value| entries.insert(name.to_owned(), value);
        put("type", member(stored.get("type")?.as_str()?, KINDS)?.into());
        put(
            "notes",
            match given(extra, "tx_hash") {
                Some(hash) => Value::Str(format!("transaction {} {}", hash.to_str()?, notes.to_str()?)),
                None => notes.clone(),
            },
        );
        put("location", member(stored.get("location")?.as_str()?, locations::NAMES)?.into());
        put("timestamp", time.into());
        put("asset_identifier", asset.as_str().into());
        for name in ["free_amount", "taxable_amount", "price", "pnl_taxable", "pnl_free"] {
            put(name, number(stored.get(name)?)?);
        }
        put(
            "cost_basis",
            match stored.get("cost_basis")? {
                Value::Null => Value::Null,
                Value::Dict(basis) => cost_basis(basis)?,
                _ => return None,
            },
        );
        if let Some(group) = given(extra, "group_id") {
            put("group_id", group.clone());
        }
        // What an NFT is called is in no table of assets.
        (!asset.starts_with(NFT)).then_some(Self { asset, entries })
    }

    /// As it is shown.
    pub(super) fn shown(mut self, spellings: &Spellings) -> Result<Dict, Unanswered> {
        self.entries.insert("asset_identifier".to_owned(), spellings.spell(&self.asset)?.into());
        Ok(self.entries)
    }
}

fn given<'d>(entries: &'d Dict, name: &str) -> Option<&'d Value> {
    entries.get(name).filter(|value| **value != Value::Null)
}

/// A number that is stored as text.
fn number(stored: &Value) -> Option<Value> {
    Decimal::read(stored.as_str()?).ok().filter(Decimal::is_finite).map(|number| Value::Str(number.to_string()))
}

/// What was sold had been bought then, and so.
fn cost_basis(stored: &Dict) -> Option<Value> {
    let Value::List(matched) = stored.get("matched_acquisitions")? else { return None };
    let matched = matched.iter().map(acquisition).collect::<Option<_>>()?;
    Some(object([("is_complete", stored.get("is_complete")?.clone()), ("matched_acquisitions", Value::List(matched))]))
}

fn acquisition(stored: &Value) -> Option<Value> {
    let Value::Dict(stored) = stored else { return None };
    let Value::Dict(event) = stored.get("event")? else { return None };
    // These two are texts, and are not read.
    let text = |name: &str| event.get(name).filter(|value| value.as_str().is_some()).cloned();
    let event = object([
        ("timestamp", event.get("timestamp")?.clone()),
        ("full_amount", text("full_amount")?),
        ("rate", text("rate")?),
        ("index", event.get("index")?.clone()),
    ]);
    let taxable = stored.get("taxable")?.clone();
    Some(object([("amount", number(stored.get("amount")?)?), ("event", event), ("taxable", taxable)]))
}

fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Dict(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::dumps_value;

    const PLAIN: &str = r#"{"type": "Fee", "notes": "n", "location": "polygon_pos", "asset_identifier": "eth",
        "free_amount": "1E+3", "taxable_amount": "-0", "price": "1.50", "pnl_taxable": "1e-7", "pnl_free": "2",
        "cost_basis": null, "index": 0, "extra_data": {}, "count_entire_amount_spend": true,
        "count_cost_basis_pnl": false}"#;

    fn shown(stored: &str) -> Option<String> {
        Processed::of(5, stored).map(|event| dumps_value(&Value::Dict(event.entries)))
    }

    #[test]
    fn numbers_are_written_out_and_names_as_legacy_spells_them() {
        assert_eq!(
            shown(PLAIN).unwrap(),
            r#"{"type": "fee", "notes": "n", "location": "polygon pos", "timestamp": 5, "asset_identifier": "eth", "#
                .to_owned()
                + r#""free_amount": "1000", "taxable_amount": "-0", "price": "1.50", "pnl_taxable": "0.0000001", "#
                + r#""pnl_free": "2", "cost_basis": null}"#
        );
    }

    #[test]
    fn a_transaction_stands_before_the_notes_and_a_group_at_the_end() {
        let text = shown(&PLAIN.replace("{}", r#"{"tx_hash": "0x1", "group_id": "g", "other": 1}"#)).unwrap();
        assert!(text.contains(r#""notes": "transaction 0x1 n""#) && text.ends_with(r#""group_id": "g"}"#), "{text}");
        let text = shown(&PLAIN.replace("{}", r#"{"tx_hash": null, "group_id": null}"#)).unwrap();
        assert!(text.contains(r#""notes": "n""#) && text.ends_with(r#""cost_basis": null}"#), "{text}");
    }

    #[test]
    fn of_what_was_bought_the_amount_alone_is_read_as_a_number() {
        let bought = r#"{"amount": "1E+1", "event": {"timestamp": 1, "full_amount": "1E+1", "rate": "x", "index": 2},
            "taxable": true}"#;
        let stored = |bought: &str| {
            let basis = format!(r#""cost_basis": {{"is_complete": false, "matched_acquisitions": [{bought}]}}"#);
            shown(&PLAIN.replace(r#""cost_basis": null"#, &basis))
        };
        let expected = r#""cost_basis": {"is_complete": false, "matched_acquisitions": [{"amount": "10", "event": "#
            .to_owned()
            + r#"{"timestamp": 1, "full_amount": "1E+1", "rate": "x", "index": 2}, "taxable": true}]}}"#;
        assert!(stored(bought).unwrap().ends_with(&expected));
        for (odd, instead) in [(r#""rate": "x", "#, ""), (r#""1E+1", "event""#, r#""x", "event""#), ("\"x\"", "1")] {
            assert!(bought.contains(odd));
            assert_eq!(stored(&bought.replace(odd, instead)), None, "{odd}");
        }
    }

    #[test]
    fn what_legacy_would_leave_out_is_left_to_it() {
        for (part, instead) in [
            (r#""index": 0, "#, ""),
            (r#""Fee""#, r#""Fees""#),
            (r#""polygon_pos""#, r#""moon""#),
            (r#""1.50""#, r#""x""#),
            (r#""1.50""#, "true"),
            (r#""1.50""#, r#""NaN""#),
            (r#""eth""#, "5"),
            (r#""eth""#, r#""_nft_0x1_1""#),
            ("{}", "[]"),
            ("}", ""),
        ] {
            assert!(PLAIN.contains(part));
            assert_eq!(shown(&PLAIN.replace(part, instead)), None, "{part}");
        }
    }
}
