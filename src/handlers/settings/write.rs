//! Some settings changed.

use serde_json::Value;

use super::{
    arguments::{EDITED, NAME_SOURCES},
    gives::SHOWN,
    modifiable::{Changes, PRIORITY},
    show::{Stored, asset},
};
use crate::{
    config::Cache,
    db::{DbError, Transaction},
    handlers::{
        Context, Handler, Stop, Unanswered,
        gate::{Stamp, note_write},
        handler::Outcome,
        oracles::assets::with_oracles,
    },
    schema::needs::Database,
    session::who::User,
    wire::{
        Answer, Location,
        validate::{Item, Mistyped},
    },
};

/// `PUT /api/1/settings`
pub const EDIT: Handler = Handler::writes("settings_edit", "PUT /api/1/settings", |context| Box::pin(edit(context)))
    .needs_user(&["settings(name, value)", "key_value_cache(name, value)"])
    .needs_global(&[
        "assets(identifier, type)",
        "common_asset_details(identifier)",
        "evm_tokens(identifier, address, chain, token_kind)",
        "asset_types(type)",
        "custom_assets(identifier)",
    ])
    .changes(&[(Database::User, "settings")])
    .takes(&EDITED, Location::Json)
    .refuses(&[401])
    .gives(SHOWN);

/// Stores what is given, and the priority of names in any case. The answer is all settings.
async fn edit(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments_known(|questions| with_oracles(&context, questions)).await?;
    let mut given = arguments.maybe_record("settings")?.cloned().ok_or(Mistyped::Wrong("settings".into(), "there"))?;
    if given.is_null(PRIORITY) {
        let sources = NAME_SOURCES.iter().map(|source| Item::Text((*source).to_owned()));
        given.insert(PRIORITY, Item::List(sources.collect()));
    }
    let changes = Changes::of(&given)?;
    if changes.leave_the_cache_stale() {
        context.leaves_stale(Cache::Settings)?;
    }
    let currency = Currency::after(&context, &user, &changes).await?;
    let (told, shown_to) = (context.clone(), user.clone());
    context
        .write_user(&user, Stamp::None, move |transaction| {
            let reordered = priority_changes(transaction, &changes)?;
            if let Err(why) = reordered.and_then(|does| if does { told.leaves_stale(Cache::Settings) } else { Ok(()) })
            {
                return Ok(Err(why.into()));
            }
            let mut insert = transaction.prepare_cached("INSERT OR REPLACE INTO settings(name, value) VALUES(?, ?)")?;
            for change in &changes.0 {
                insert.execute((change.0, &change.1))?;
            }
            // Here and not at the end of it all: the answer shows the time.
            note_write(transaction)?;
            let stored = Stored::read(transaction)?;
            Ok(currency.answer(&stored, &shown_to).map_err(Stop::from))
        })
        .await
}

/// Whether the priority of names becomes another one than legacy has in memory.
fn priority_changes(transaction: &Transaction<'_>, changes: &Changes) -> Result<Result<bool, Unanswered>, DbError> {
    let stored = Stored::read(transaction)?;
    let texts = |text: &str| serde_json::from_str::<Vec<String>>(text);
    let change = || -> Result<bool, Unanswered> {
        let now = match stored.text(PRIORITY)? {
            Some(text) => texts(text)?,
            None => NAME_SOURCES.iter().map(|source| (*source).to_owned()).collect(),
        };
        Ok(changes.text(PRIORITY).map(texts).transpose()? != Some(now))
    };
    Ok(change())
}

/// The main currency as it will be stored, and as it is shown.
struct Currency(Option<(String, Value)>);

impl Currency {
    /// That after a change.
    ///
    /// # Errors
    /// Legacy resolves it in a way of its own.
    async fn after(context: &Context, user: &User, changes: &Changes) -> Result<Self, Unanswered> {
        let stored = match changes.text("main_currency") {
            Some(currency) => Some(currency.to_owned()),
            None => context.read_user(user, Stored::read).await?.currency()?.map(str::to_owned),
        };
        Ok(Self(match stored {
            Some(stored) => {
                let shown = asset(context, &stored).await?;
                Some((stored, shown))
            }
            None => None,
        }))
    }

    /// The answer with all settings as they are stored now.
    fn answer(&self, stored: &Stored, user: &User) -> Result<Answer, Unanswered> {
        if stored.currency()? != self.0.as_ref().map(|(stored, _)| stored.as_str()) {
            return Err(Unanswered::declined("the main currency was changed just now"));
        }
        Ok(Answer::ok(&stored.shown(user, self.0.as_ref().map(|(_, shown)| shown.clone()))?)?)
    }
}
