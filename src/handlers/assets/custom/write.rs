//! `/api/1/assets/custom`: one more, one edited, deleted.

use crate::{
    config::Cache,
    db::{DbError, Transaction},
    handlers::{
        Context, Handler, Stop,
        assets::{removal, uuid::uuid4},
        gate::Stamp,
        handler::Outcome,
    },
    schema::needs::Database,
    wire::{
        Answer, Gives, Location,
        validate::{
            Fallback, Field, Schema, field,
            texts::{NON_EMPTY_STRING, STRING_OR_NONE, UUID},
        },
    },
};

/// `PUT /api/1/assets/custom`
pub const ADD: Handler =
    Handler::writes("assets_custom_add", "PUT /api/1/assets/custom", |context| Box::pin(add(context)))
        .needs_user(&["assets(identifier)"])
        .needs_global(&["assets(identifier, name)", "custom_assets(identifier, type)", "asset_types(type)"])
        .changes(&[(Database::User, "assets"), (Database::Global, "assets"), (Database::Global, "custom_assets")])
        .takes(&ADDED, Location::Json)
        .refuses(&[401, 409])
        .gives(Gives::Text);

/// `PATCH /api/1/assets/custom`
pub const EDIT: Handler =
    Handler::writes("assets_custom_edit", "PATCH /api/1/assets/custom", |context| Box::pin(edit(context)))
        .needs_global(&["assets(identifier, name)", "custom_assets(identifier, type)"])
        .changes(&[(Database::Global, "assets"), (Database::Global, "custom_assets")])
        .leaves_stale(&[Cache::Assets])
        .takes(&EDITED, Location::Json)
        .refuses(&[401, 409])
        .gives(Gives::Flag);
/// `DELETE /api/1/assets/custom`, which deletes any asset.
pub const DELETE: Handler = Handler::writes("assets_custom_delete", "DELETE /api/1/assets/custom", |context| {
    Box::pin(removal::remove(context))
})
.needs_user(removal::OF_USER)
.needs_global(removal::OF_GLOBAL)
.changes(removal::CHANGES)
.leaves_stale(&[Cache::Assets])
.takes(&removal::IDENTIFIED, Location::Json)
.refuses(&[401, 409])
.gives(Gives::Flag);

const NAME: Field = field("name", NON_EMPTY_STRING).required();
const NOTES: Field = field("notes", STRING_OR_NONE).or(Fallback::Null);
const KIND: Field = field("custom_asset_type", NON_EMPTY_STRING).required();

static ADDED: Schema = Schema::new(&[NAME, NOTES, KIND]);
static EDITED: Schema = Schema::new(&[NAME, NOTES, KIND, field("identifier", UUID).required()]);

/// The answer is its identifier. Both databases are written to, and as in legacy the user's is committed first: should
/// global.db fail after that, the user's has an identifier that nothing refers to. The other way round it would lack one.
async fn add(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let [name, kind] = ["name", "custom_asset_type"].map(|name| arguments.text(name).map(str::to_owned));
    let (name, kind, notes) = (name?, kind?, arguments.maybe_text("notes")?.map(str::to_owned));
    let identifier = uuid4(rand::random());
    let refusal = present(&name, &kind);
    let (wanted, its_kind, new) = (name.clone(), kind.clone(), identifier.clone());
    if context.read_global(move |transaction| exists(transaction, &wanted, &its_kind, &new)).await? {
        return Err(Stop::Refused(refusal));
    }
    let new = identifier.clone();
    context
        .write_user(&user, Stamp::LastWrite, move |transaction| {
            transaction.prepare_cached("INSERT OR IGNORE INTO assets(identifier) VALUES(?)")?.execute([&new])?;
            Ok(Ok(()))
        })
        .await?;
    let answer = Answer::ok(&identifier).map_err(|why| Stop::too_late(&why))?;
    let added = context
        .write_global(move |transaction| {
            if exists(transaction, &name, &kind, &identifier)? {
                return Ok(Err(Stop::Refused(refusal.clone())));
            }
            transaction
                .prepare_cached("INSERT INTO assets(identifier, name, type) VALUES (?, ?, '[')")?
                .execute([&identifier, &name])?;
            transaction
                .prepare_cached("INSERT INTO custom_assets(identifier, type, notes) VALUES(?, ?, ?)")?
                .execute((&identifier, &kind, &notes))?;
            Ok(Ok(()))
        })
        .await;
    match added {
        Err(Stop::Unanswered(why)) => Err(Stop::too_late(&why)),
        added => added.map(|()| answer),
    }
}

/// All of it is given anew. The name of an asset that nobody made up is left as it is.
async fn edit(context: Context) -> Outcome {
    context.login()?;
    let arguments = context.arguments()?;
    let given = ["name", "custom_asset_type", "identifier"].map(|name| arguments.text(name).map(str::to_owned));
    let [name, kind, identifier] = given;
    let (name, kind, identifier) = (name?, kind?, identifier?);
    let notes = arguments.maybe_text("notes")?.map(str::to_owned);
    context
        .write_global(move |transaction| {
            if exists(transaction, &name, &kind, &identifier)? {
                return Ok(Err(Stop::Refused(present(&name, &kind))));
            }
            transaction.prepare_cached("UPDATE assets SET name=? WHERE identifier=?")?.execute([&name, &identifier])?;
            let edited = transaction
                .prepare_cached("UPDATE custom_assets SET notes=?, type=? WHERE identifier=?")?
                .execute((&notes, &kind, &identifier))?;
            if edited == 0 {
                let message = format!(
                    "Tried to edit custom asset with identifier {identifier} and name {name} but it was not found"
                );
                return Ok(Err(Stop::Refused(Answer::failure(409, &message))));
            }
            Ok(Answer::ok(&true).map_err(Stop::from))
        })
        .await
}

/// Whether there is another one of this name and type. Types are compared without case, names are not.
fn exists(transaction: &Transaction<'_>, name: &str, kind: &str, identifier: &str) -> Result<bool, DbError> {
    let mut select = transaction.prepare_cached(
        "SELECT EXISTS(SELECT 1 FROM custom_assets u JOIN assets a ON u.identifier = a.identifier \
         WHERE u.type = ? AND a.name = ? AND u.identifier != ?)",
    )?;
    Ok(select.query_row([kind, name, identifier], |row| row.get(0))?)
}

fn present(name: &str, kind: &str) -> Answer {
    let message = format!(r#"Custom asset with name "{name}" and type "{kind}" already present in the database"#);
    Answer::failure(409, &message)
}
