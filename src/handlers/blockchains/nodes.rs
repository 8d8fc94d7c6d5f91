//! The RPC nodes of a chain.

use serde_json::{Value, json};

use crate::{
    handlers::{Context, Handler, Unanswered, handler::Outcome, rows},
    schema::enums::CHAINS,
    wire::{
        Answer, Decimal, Gives, Location,
        gives::key,
        validate::{Kind, Limit, Members, Schema, field, members::NOT_A_CHAIN_HERE},
    },
};

/// `GET /api/1/blockchains/{blockchain}/nodes`
pub const LIST: Handler =
    Handler::reads("rpc_nodes_list", "GET /api/1/blockchains/{blockchain}/nodes", |context| Box::pin(list(context)))
        .needs_user(&["rpc_nodes(identifier, name, endpoint, owned, active, weight, blockchain)"])
        .takes(&ARGUMENTS, Location::Path)
        .refuses(&[401])
        .gives(Gives::List(&Gives::Object(&[
            key("identifier", Gives::Int),
            key("name", Gives::Text),
            key("endpoint", Gives::Text),
            key("weight", Gives::Text),
            key("owned", Gives::Flag),
            key("active", Gives::Flag),
            key("blockchain", Gives::Text),
        ])));

static CHAIN: Members = Members::of("SupportedBlockchain", CHAINS).limited(Limit::Except(&["eth2"], NOT_A_CHAIN_HERE));
static ARGUMENTS: Schema = Schema::new(&[field("blockchain", Kind::Member(&CHAIN)).required()]);

/// By name; of one name in the order in which they were added.
async fn list(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let chain = arguments.text("blockchain")?.to_owned();
    let stored = chain.to_uppercase();
    let rows = context
        .read_user(&user, move |transaction| {
            let nodes = "SELECT identifier, name, endpoint, weight, owned, active FROM rpc_nodes \
                         WHERE blockchain = ?1 ORDER BY name, identifier";
            rows::select(transaction, nodes, [stored])
        })
        .await?;
    let nodes: Result<Vec<Value>, Unanswered> = rows.iter().map(|row| node(row, &chain)).collect();
    Ok(Answer::ok(&nodes?)?)
}

fn node(row: &rows::Row, chain: &str) -> Result<Value, Unanswered> {
    let weight = percentage(row.text(3)?).ok_or_else(|| Unanswered::declined("a node has an unusual weight"))?;
    Ok(json!({
        "identifier": row.int(0)?,
        "name": row.text(1)?,
        "endpoint": row.text(2)?,
        "weight": weight,
        "owned": row.flag(4)?,
        "active": row.flag(5)?,
        "blockchain": chain,
    }))
}

/// A hundred times the weight, with two places. Texts with blanks, underscores or words in them are left to legacy.
fn percentage(weight: &str) -> Option<String> {
    let plain = weight.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    let weight = Decimal::read(weight).ok().filter(|_| plain)?;
    weight.multiply(&Decimal::from(100)).ok()?.to_fixed(2)
}

#[cfg(test)]
mod tests {
    use super::percentage;

    #[test]
    fn weights_are_shown_as_legacy_shows_them() {
        for (weight, shown) in [
            ("0.20", "20.00"),
            ("1", "100.00"),
            ("0.12345", "12.34"),
            ("0.00015", "0.02"),
            ("0.00025", "0.02"),
            ("1e-9", "0.00"),
            ("-0.00001", "-0.00"),
            ("1E3", "100000.00"),
            ("12345678901234567890.125", "1234567890123456789012.50"),
        ] {
            assert_eq!(percentage(weight).as_deref(), Some(shown), "{weight}");
        }
        for weight in ["", " 1", "1_0", "NaN", "inf", "x"] {
            assert_eq!(percentage(weight), None, "{weight}");
        }
    }
}
