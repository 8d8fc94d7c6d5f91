//! Which exchanges are connected.

use serde_json::Value;

use crate::{
    handlers::{Context, Handler, Stop, Unanswered, handler::Outcome, rows},
    schema::locations::by_letter,
    wire::{Answer, Gives},
};

/// `GET /api/1/exchanges`
pub const LIST: Handler = Handler::reads("exchanges_list", "GET /api/1/exchanges", |context| Box::pin(list(context)))
    .needs_user(&[
        "user_credentials(name, location)",
        "user_credentials_mappings(credential_name, credential_location, setting_name, setting_value)",
    ])
    .refuses(&[401])
    .gives(Gives::List(&Gives::Mapping(&Gives::Anything)));

/// The place in which legacy keeps the user's own keys of premium.
const PREMIUM: &str = "A";
/// The kind of account that a key of Kraken's has until another is chosen.
const STARTER: &str = "starter";

/// Legacy connects all that it has keys of at login, and has them in memory, in the order of that. The list is legacy's
/// own, from a login or an earlier answer, and holds as long as the keys in the database are those of it.
async fn list(context: Context) -> Outcome {
    let user = context.login()?;
    let Some(connected) = user.exchanges.clone() else {
        return Err(Stop::declined("which exchanges are connected is not known"));
    };
    let keys = context
        .read_user(&user, |transaction| {
            rows::select(
                transaction,
                "SELECT c.name, c.location, m.setting_value FROM user_credentials c LEFT JOIN user_credentials_mappings m \
                 ON m.credential_name = c.name AND m.credential_location = c.location \
                 AND m.setting_name = 'kraken_account_type' WHERE c.location != ?",
                [PREMIUM],
            )
        })
        .await?;
    let mut stored = keys.iter().map(key).collect::<Result<Vec<_>, _>>()?;
    let mut listed: Vec<Option<[&str; 3]>> = connected.as_array().into_iter().flatten().map(exchange).collect();
    stored.sort_unstable();
    listed.sort_unstable();
    if !stored.into_iter().map(Some).eq(listed) {
        return Err(Stop::declined("the keys of exchanges are not those that legacy has connected"));
    }
    Ok(Answer::ok(&*connected)?)
}

/// An exchange by its location, its name and the kind of its account.
fn key(row: &rows::Row) -> Result<[&str; 3], Unanswered> {
    let location = by_letter(row.text(1)?).ok_or_else(rows::odd)?;
    let account = if location == "kraken" { row.maybe_text(2)?.unwrap_or(STARTER) } else { "" };
    Ok([location, row.text(0)?, account])
}

fn exchange(listed: &Value) -> Option<[&str; 3]> {
    let account = listed.get("kraken_account_type").map_or(Some(""), Value::as_str)?;
    Some([listed["location"].as_str()?, listed["name"].as_str()?, account])
}
