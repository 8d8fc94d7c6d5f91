//! Names of addresses, from wherever there are any.

use serde_json::{Value, json};

use super::{
    chain_address::{ADDRESSES, addresses},
    sources::{Global, Mine, Source},
};
use crate::{
    handlers::{Context, Handler, Unanswered, handler::Outcome, rows},
    schema::settings::SETTINGS,
    session::who::User,
    wire::{Answer, Gives, Location, gives::key, validate::Schema},
};

/// `POST /api/1/names`, which reads.
pub const LOOKUP: Handler = Handler::reads("names", "POST /api/1/names", |context| Box::pin(lookup(context)))
    .needs_user(&[
        "settings(name, value)",
        "address_book(address, blockchain, name)",
        "ens_mappings(address, ens_name)",
    ])
    .needs_global(&[
        "address_book(address, blockchain, name)",
        "evm_tokens(identifier, address, chain)",
        "assets(identifier, name)",
    ])
    .takes(&ASKED, Location::Json)
    .refuses(&[401])
    .gives(Gives::List(&Gives::Object(&[
        key("address", Gives::Text),
        key("name", Gives::Text),
        key("blockchain", Gives::Maybe(&Gives::Text)),
        key("source", Gives::Text),
    ])));

/// `OptionalAddressesWithBlockchainsListSchema`
static ASKED: Schema = Schema::new(&[ADDRESSES]);

/// The setting that says where to look first.
const PRIORITY: &str = "address_name_priority";

/// The first name that the sources have, for each address that has any.
async fn lookup(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let Some(addresses) = addresses(&arguments)? else {
        return Ok(Answer::failure(500, "'NoneType' object is not iterable"));
    };
    let asked = addresses.clone();
    let (stored, mine) = context
        .read_user(&user, move |transaction| {
            let stored = rows::select(transaction, "SELECT value FROM settings WHERE name=?", [PRIORITY])?;
            let mine = asked.iter().map(|address| Mine::read(transaction, address)).collect::<Result<Vec<_>, _>>()?;
            Ok((stored, mine))
        })
        .await?;
    let stored = stored.first().map(|row| row.text(0)).transpose()?;
    let sources = sources(&user, stored)?;
    let asked = addresses.clone();
    let global = context
        .read_global(move |transaction| {
            asked.iter().map(|address| Global::read(transaction, address)).collect::<Result<Vec<_>, _>>()
        })
        .await?;
    let mut named: Vec<Value> = Vec::new();
    for (address, (mine, global)) in addresses.iter().zip(mine.iter().zip(&global)) {
        for source in &sources {
            if let Some(name) = source.name(address, mine, global)? {
                named.push(json!({
                    "address": address.address,
                    "name": name,
                    "blockchain": address.chain,
                    "source": source.word(),
                }));
                break;
            }
        }
    }
    Ok(Answer::ok(&named)?)
}

/// The sources in legacy's order. It keeps a copy of the setting, which its answers show; as long as that copy and the
/// stored setting are the same, nothing is under way.
fn sources(user: &User, stored: Option<&str>) -> Result<Vec<Source>, Unanswered> {
    let default = SETTINGS.iter().find(|setting| setting.name == PRIORITY).map(|setting| setting.default);
    let stored: Option<Vec<String>> = stored.or(default).and_then(|text| serde_json::from_str(text).ok());
    if stored.is_none() || stored != user.name_sources {
        return Err(Unanswered::declined("where legacy looks for names first is not known for sure"));
    }
    let sources: Option<Vec<Source>> = stored.iter().flatten().map(|word| Source::of(word)).collect();
    sources.ok_or_else(|| Unanswered::declined("a source of names that legacy does not know either"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_known_only_while_legacys_copy_and_the_setting_agree() {
        let mut user = User::new("x".into(), Vec::new());
        assert!(sources(&user, None).is_err());
        user.name_sources = Some(vec!["ens_names".into()]);
        assert!(sources(&user, None).is_err());
        assert!(sources(&user, Some("[")).is_err());
        assert_eq!(sources(&user, Some(r#"["ens_names"]"#)).unwrap(), [Source::Ens]);
        user.name_sources = Some(vec!["nope".into()]);
        assert!(sources(&user, Some(r#"["nope"]"#)).is_err());
    }
}
