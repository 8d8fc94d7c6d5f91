//! `/api/1/assets/custom`: one more.

use crate::{
    db::{DbError, Transaction},
    handlers::{Context, Handler, Stop, gate::Stamp, handler::Outcome},
    schema::needs::Database,
    wire::{
        Answer, Location,
        validate::{
            Fallback, Schema, field,
            texts::{NON_EMPTY_STRING, STRING_OR_NONE},
        },
    },
};

/// `PUT /api/1/assets/custom`
pub const ADD: Handler =
    Handler::writes("assets_custom_add", "PUT /api/1/assets/custom", |context| Box::pin(add(context)))
        .needs_user(&["assets(identifier)"])
        .needs_global(&["assets(identifier, name)", "custom_assets(identifier, type)", "asset_types(type)"])
        .changes(&[(Database::User, "assets"), (Database::Global, "assets"), (Database::Global, "custom_assets")]);

static ARGUMENTS: Schema = Schema::new(&[
    field("name", NON_EMPTY_STRING).required(),
    field("notes", STRING_OR_NONE).or(Fallback::Null),
    field("custom_asset_type", NON_EMPTY_STRING).required(),
]);

/// The answer is its identifier. Both databases are written to, and as in legacy the user's is committed first: should
/// global.db fail after that, the user's has an identifier that nothing refers to. The other way round it would lack one.
async fn add(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments(&ARGUMENTS, Location::Json)?;
    let [name, kind] = ["name", "custom_asset_type"].map(|name| arguments.text(name).map(str::to_owned));
    let (name, kind, notes) = (name?, kind?, arguments.maybe_text("notes")?.map(str::to_owned));
    let identifier = uuid4(rand::random());
    let refusal = Answer::failure(
        409,
        &format!(r#"Custom asset with name "{name}" and type "{kind}" already present in the database"#),
    );
    let (wanted, its_kind) = (name.clone(), kind.clone());
    if context.read_global(move |transaction| exists(transaction, &wanted, &its_kind)).await? {
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
            if exists(transaction, &name, &kind)? {
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

/// Whether there is one of this name and type. Types are compared without case, names are not.
fn exists(transaction: &Transaction<'_>, name: &str, kind: &str) -> Result<bool, DbError> {
    let mut select = transaction.prepare_cached(
        "SELECT EXISTS(SELECT 1 FROM custom_assets u JOIN assets a ON u.identifier = a.identifier \
         WHERE u.type = ? AND a.name = ?)",
    )?;
    Ok(select.query_row([kind, name], |row| row.get(0))?)
}

/// A random UUID (RFC 9562 section 5.4), as Python spells it.
fn uuid4(random: u128) -> String {
    let of_version = random & !(0xf << 76) | 4 << 76;
    let of_variant = of_version & !(0b11 << 62) | 0b10 << 62;
    let hex = format!("{of_variant:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_has_the_version_and_the_variant_of_a_random_one() {
        assert_eq!(uuid4(0), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid4(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        // Python: uuid.UUID(int=0x0123456789abcdef0123456789abcdef, version=4)
        assert_eq!(uuid4(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef), "01234567-89ab-4def-8123-456789abcdef");
    }
}
