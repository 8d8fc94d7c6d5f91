//! The user's assets are copied to global.db, so that nobody deletes them there.

use super::{
    Effect, Job, Work,
    due::{is_due, note},
};
use crate::{
    config::Background,
    handlers::{Stop, Unanswered, assets::owned, gate::Stamp},
    schema::needs::Database,
};

/// Once an hour.
pub const JOB: Job = Job {
    task: Background::UpdateOwnedAssets,
    title: "Update owned assets in globaldb",
    exception_is_error: true,
    changes: &[Database::User, Database::Global],
    look: |work| Box::pin(look(work)),
};

const NOTE: &str = "last_owned_assets_update";
const EVERY: i64 = 3600;

async fn look(work: Work) -> Result<Option<Effect>, Unanswered> {
    let due = is_due(&work, NOTE, EVERY).await?;
    Ok(due.then(|| -> Effect { Box::pin(copy(work)) }))
}

/// Two transactions, as legacy has it.
async fn copy(Work { context, user, now, .. }: Work) -> Result<(), Stop> {
    let owned: Vec<String> =
        owned::of(&context, &user).await?.into_iter().filter(|asset| !owned::is_nft(asset)).collect();
    context
        .write_global(move |transaction| {
            let mut insert =
                transaction.prepare_cached("INSERT OR IGNORE INTO user_owned_assets(asset_id) VALUES(?)")?;
            for asset in &owned {
                insert.execute([asset])?;
            }
            Ok(Ok(()))
        })
        .await?;
    context
        .write_user(&user, Stamp::None, move |transaction| {
            note(transaction, NOTE, now)?;
            Ok(Ok(()))
        })
        .await
}
