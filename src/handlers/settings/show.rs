//! All settings, as legacy shows them.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use rusqlite::types::ValueRef;
use serde_json::{Map, Value, json};

use super::gives::SHOWN;
use crate::{
    db::{DbError, Remembered, Transaction},
    handlers::{Context, Handler, Unanswered, handler::Outcome},
    schema::{
        enums::member,
        locations,
        needs::Tables,
        settings::{CACHED, Kind, SETTINGS, Setting},
    },
    session::who::User,
    wire::Answer,
};

/// `GET /api/1/settings`
pub const GET: Handler = Handler::reads("settings_get", "GET /api/1/settings", |context| Box::pin(get(context)))
    .needs_user(&["settings(name, value)", "key_value_cache(name, value)"])
    .needs_global(ASSETS)
    .refuses(&[401])
    .gives(SHOWN);

/// What tells how an asset is spelled.
const ASSETS: Tables = &[
    "assets(identifier, type)",
    "common_asset_details(identifier)",
    "evm_tokens(identifier, address, chain, token_kind)",
    "asset_types(type)",
];

/// Rows by name: the text, or `None` for NULL.
type Rows = HashMap<String, Option<String>>;

async fn get(context: Context) -> Outcome {
    let user = context.login()?;
    let read = |transaction: &Transaction<'_>| {
        transaction.remembered("settings_get", || Ok::<_, DbError>(Arc::new(Showing::of(Stored::read(transaction)?))))
    };
    let showing = context.read_user(&user, read).await?;
    let currency = match showing.stored.currency()? {
        Some(currency) => Some(asset(&context, currency).await?),
        None => None,
    };
    Ok(showing.answer(&user, currency)?)
}

/// Settings as they are stored, and the last answer that was made of them.
struct Showing {
    stored: Stored,
    last: Mutex<Option<(Besides, Answer)>>,
}

/// What decides the answer besides what is stored.
#[derive(PartialEq)]
struct Besides {
    premium: Option<bool>,
    modules: Option<Vec<String>>,
    currency: Option<Value>,
}

impl Showing {
    fn of(stored: Stored) -> Self {
        Self { stored, last: Mutex::default() }
    }

    fn answer(&self, user: &User, currency: Option<Value>) -> Result<Answer, Unanswered> {
        let besides = Besides { premium: user.premium, modules: user.default_modules.clone(), currency };
        if let Some((known, answer)) = &*self.last.lock()
            && *known == besides
        {
            return Ok(answer.clone());
        }
        let answer = Answer::ok(&self.stored.shown(user, besides.currency.clone())?)?;
        *self.last.lock() = Some((besides, answer.clone()));
        Ok(answer)
    }
}

impl Remembered for Arc<Showing> {
    fn bytes(&self) -> usize {
        // The answer is about as long as what it is made of.
        2 * self.stored.bytes()
    }
}

/// Settings as they are stored, read in one transaction.
pub(in crate::handlers) struct Stored {
    settings: Option<Rows>,
    cached: Option<Rows>,
}

impl Stored {
    fn bytes(&self) -> usize {
        let row = |(name, value): (&String, &Option<String>)| 64 + name.len() + value.as_ref().map_or(0, String::len);
        [&self.settings, &self.cached].into_iter().flatten().flatten().map(row).sum()
    }

    /// Reads them.
    ///
    /// # Errors
    /// SQLite's own.
    pub(super) fn read(transaction: &Transaction<'_>) -> Result<Self, DbError> {
        Ok(Self {
            settings: rows(transaction, "SELECT name, value FROM settings")?,
            cached: rows(transaction, "SELECT name, value FROM key_value_cache")?,
        })
    }

    /// Reads the settings alone, without what is shown beside them.
    ///
    /// # Errors
    /// SQLite's own.
    pub(in crate::handlers) fn alone(transaction: &Transaction<'_>) -> Result<Self, DbError> {
        Ok(Self { settings: rows(transaction, "SELECT name, value FROM settings")?, cached: None })
    }

    /// For whom legacy reads all settings to look at a few. None of them may be in a form that legacy refuses, or warns
    /// the user about.
    ///
    /// # Errors
    /// There is such a one.
    pub(in crate::handlers) async fn all_read(&self, context: &Context) -> Result<(), Unanswered> {
        let settings = self.settings.as_ref().ok_or_else(|| odd("a value"))?;
        for setting in SETTINGS {
            let stored = settings.get(setting.name).filter(|_| !matches!(setting.kind, Kind::Premium | Kind::Asset));
            if stored.is_some_and(|stored| read(setting, stored.as_deref()).is_none()) {
                return Err(odd(setting.name));
            }
        }
        if let Some(currency) = self.currency()? {
            asset(context, currency).await?;
        }
        Ok(())
    }

    /// One of them as legacy reads it, or its default.
    ///
    /// # Errors
    /// It is in a form that is left to legacy.
    pub(in crate::handlers) fn value(&self, name: &str) -> Result<Value, Unanswered> {
        let settings = self.settings.as_ref().ok_or_else(|| odd("a value"))?;
        let setting = SETTINGS.iter().find(|setting| setting.name == name).ok_or_else(|| odd(name))?;
        match settings.get(name) {
            Some(stored) => read(setting, stored.as_deref()).ok_or_else(|| odd(name)),
            None => serde_json::from_str(setting.default).map_err(Unanswered::from),
        }
    }

    /// One of them; `None` without a row.
    ///
    /// # Errors
    /// It is NULL, or a row is something else than text.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Unanswered> {
        let rows = self.settings.as_ref().ok_or_else(|| odd("a value"))?;
        rows.get(name).map(|stored| stored.as_deref().ok_or_else(|| odd(name))).transpose()
    }

    /// The main currency, to be looked up with [`asset`].
    ///
    /// # Errors
    /// As [`Stored::text`].
    pub(super) fn currency(&self) -> Result<Option<&str>, Unanswered> {
        self.text("main_currency")
    }

    /// Every setting, in legacy's order, with the main currency as it was looked up. A value in a form that legacy
    /// refuses, or warns the user about, is left to it.
    ///
    /// # Errors
    /// There is such a value, or something of legacy's memory is not known.
    pub(super) fn shown(&self, user: &User, mut currency: Option<Value>) -> Result<Map<String, Value>, Unanswered> {
        let (Some(settings), Some(cached)) = (&self.settings, &self.cached) else { return Err(odd("a value")) };
        let mut shown = Map::new();
        for setting in SETTINGS {
            let value = match settings.get(setting.name) {
                _ if setting.kind == Kind::Premium => premium(user)?,
                Some(_) if setting.kind == Kind::Asset => currency.take().ok_or_else(|| odd(setting.name))?,
                Some(stored) => read(setting, stored.as_deref()).ok_or_else(|| odd(setting.name))?,
                None => default(setting, user)?,
            };
            shown.insert(setting.name.to_owned(), value);
        }
        for name in CACHED {
            let value = match cached.get(*name) {
                Some(stored) => stored.as_deref().and_then(int).ok_or_else(|| odd(name))?,
                None => json!(0),
            };
            shown.insert((*name).to_owned(), value);
        }
        Ok(shown)
    }
}

fn odd(name: &str) -> Unanswered {
    Unanswered::declined(format!("{name} of the settings is stored in a form that legacy judges by itself"))
}

/// All rows of a two-column query; `None` if one holds something else than UTF-8 text or NULL.
fn rows(transaction: &Transaction<'_>, query: &str) -> Result<Option<Rows>, DbError> {
    let mut select = transaction.prepare_cached(query)?;
    let mut found = select.query([])?;
    let mut all = Rows::new();
    while let Some(row) = found.next()? {
        let (ValueRef::Text(name), value) = (row.get_ref(0)?, row.get_ref(1)?) else { return Ok(None) };
        let value = match value {
            ValueRef::Null => None,
            ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => Some(text.to_owned()),
                Err(_) => return Ok(None),
            },
            _ => return Ok(None),
        };
        let Ok(name) = std::str::from_utf8(name) else { return Ok(None) };
        all.insert(name.to_owned(), value);
    }
    Ok(Some(all))
}

fn premium(user: &User) -> Result<Value, Unanswered> {
    user.premium.map(Value::from).ok_or_else(|| Unanswered::declined("whether there is premium is not known"))
}

fn default(setting: &Setting, user: &User) -> Result<Value, Unanswered> {
    if setting.kind == Kind::Modules {
        let modules = user.default_modules.as_ref().map(|modules| json!(modules));
        return modules.ok_or_else(|| Unanswered::declined("legacy has not shown yet how it orders the modules"));
    }
    serde_json::from_str(setting.default).map_err(Unanswered::from)
}

/// The answer's form of a stored value; `None` for a form that is left to legacy.
fn read(setting: &Setting, stored: Option<&str>) -> Option<Value> {
    match (setting.kind, stored) {
        (Kind::TaxFreePeriod, None) => Some(Value::Null),
        (_, None) => None,
        (Kind::Int, Some(text)) => int(text),
        // Zero and less is shown as null, with a warning to the user.
        (Kind::TaxFreePeriod, Some(text)) => int(text).filter(|number| number.as_i64().is_some_and(|n| n > 0)),
        (Kind::Bool, Some(text)) => Some(json!(text == "True")),
        (Kind::Text, Some(text)) => Some(json!(text)),
        (Kind::Modules | Kind::TextList, Some(text)) => texts(text).map(|texts| json!(texts)),
        (Kind::Member(members), Some(text)) => member(text, members).map(|name| json!(name)),
        (Kind::Members(members), Some(text)) => {
            let found: Option<Vec<&str>> = texts(text)?.iter().map(|text| member(text, members)).collect();
            found.map(|names| json!(names))
        }
        (Kind::Exchanges, Some(text)) => exchanges(text),
        (Kind::Premium | Kind::Asset, Some(_)) => None,
    }
}

/// Plain digits with an optional minus, in the range of the wire's numbers.
fn int(text: &str) -> Option<Value> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.len() <= 18 && digits.bytes().all(|b| b.is_ascii_digit());
    text.parse::<i64>().ok().filter(|_| plain).map(Value::from)
}

fn texts(text: &str) -> Option<Vec<String>> {
    serde_json::from_str(text).ok()
}

fn exchanges(text: &str) -> Option<Value> {
    let stored: Vec<Map<String, Value>> = serde_json::from_str(text).ok()?;
    let shown: Option<Vec<Value>> = stored
        .iter()
        .map(|exchange| {
            let name = exchange.get("name")?.as_str()?;
            let location = member(exchange.get("location")?.as_str()?, locations::NAMES)?;
            Some(json!({"name": name, "location": location}))
        })
        .collect();
    shown.map(Value::from)
}

/// An asset as global.db spells it. One that legacy could not resolve, or only in its own way, is left to it.
///
/// # Errors
/// It is such a one.
pub(super) async fn asset(context: &Context, stored: &str) -> Result<Value, Unanswered> {
    if !stored.is_ascii() || stored.is_empty() {
        return Err(odd("main_currency"));
    }
    let identifier = stored.to_owned();
    let found: Option<String> = context
        .read_global(move |transaction| {
            let key = format!("settings_get {identifier}");
            transaction.remembered(&key, || {
                let mut select = transaction.prepare_cached(
                    // Of an EVM token legacy shows the identifier that it builds from the row: here only where both agree.
                    // Custom assets and Solana tokens it judges in its own way.
                    "SELECT a.identifier FROM assets a JOIN common_asset_details c ON c.identifier = a.identifier \
                 LEFT JOIN evm_tokens e ON e.identifier = a.identifier \
                 WHERE a.identifier = ?1 COLLATE NOCASE AND a.identifier NOT LIKE '@_nft@_%' ESCAPE '@' \
                 AND a.type IN (SELECT type FROM asset_types) AND a.type NOT IN ('Y', '[') \
                 AND (a.type != 'C' OR (e.token_kind = 'A' AND \
                      a.identifier = 'eip155:' || e.chain || '/erc20:' || e.address))",
                )?;
                let mut rows = select.query([identifier])?;
                Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
            })
        })
        .await?;
    found.map(Value::from).ok_or_else(|| odd("main_currency"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str, stored: Option<&str>) -> Option<Value> {
        read(SETTINGS.iter().find(|setting| setting.name == name).unwrap(), stored)
    }

    #[test]
    fn plain_values_are_shown_as_legacy_shows_them() {
        assert_eq!(shown("version", Some("49")), Some(json!(49)));
        assert_eq!(shown("include_gas_costs", Some("true")), Some(json!(false)));
        assert_eq!(shown("include_gas_costs", Some("True")), Some(json!(true)));
        assert_eq!(shown("taxfree_after_period", None), Some(Value::Null));
        assert_eq!(
            shown("historical_price_oracles", Some(r#"["MANUAL_CURRENT", "coingecko"]"#)),
            Some(json!(["manual current", "coingecko"]))
        );
        assert_eq!(
            shown("non_syncing_exchanges", Some(r#"[{"location": "polygon_pos", "x": 1, "name": "n"}]"#)),
            Some(json!([{"name": "n", "location": "polygon pos"}]))
        );
    }

    #[test]
    fn odd_values_are_left_to_legacy() {
        for (name, stored) in [
            ("version", Some("7.0")),
            ("version", Some("1_0")),
            ("version", Some(" 7")),
            ("version", Some("")),
            ("version", None),
            ("version", Some("9999999999999999999")),
            ("taxfree_after_period", Some("-5")),
            ("taxfree_after_period", Some("0")),
            ("ksm_rpc_endpoint", None),
            ("active_modules", Some("[1]")),
            ("active_modules", Some("{}")),
            ("current_price_oracles", Some(r#"["nope"]"#)),
            ("cost_basis_method", Some("nope")),
            ("non_syncing_exchanges", Some(r#"["x"]"#)),
        ] {
            assert_eq!(shown(name, stored), None, "{name} {stored:?}");
        }
    }
}
