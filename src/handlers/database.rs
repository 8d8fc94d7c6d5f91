//! `/api/1/database`

use std::{collections::VecDeque, path::Path};

use serde_json::{Value, json};

use super::{Context, Handler, Unanswered, handler::Outcome, rows};
use crate::{
    schema::version,
    wire::{
        Answer, Gives,
        gives::{at_times, key},
    },
};

/// `GET /api/1/database/info`
pub const INFO: Handler =
    Handler::reads("database_info", "GET /api/1/database/info", |context| Box::pin(info(context)))
        .needs_user(&["settings(name, value)"])
        .needs_global(&["settings(name, value)"])
        .gives(SHOWN);

/// Without a login nothing is said of the user's.
const SHOWN: Gives = Gives::Object(&[
    key(
        "globaldb",
        Gives::Object(&[key("globaldb_schema_version", Gives::Int), key("globaldb_assets_version", Gives::Int)]),
    ),
    key(
        "userdb",
        Gives::Object(&[
            at_times(
                "info",
                Gives::Object(&[key("filepath", Gives::Text), key("size", Gives::Int), key("version", Gives::Int)]),
            ),
            at_times(
                "backups",
                Gives::List(&Gives::Object(&[
                    key("time", Gives::Int),
                    key("version", Gives::Int),
                    key("size", Gives::Int),
                ])),
            ),
        ]),
    ),
]);

/// The name of a user's database.
const FILE: &str = "rotkehlchen.db";

/// Versions, path and size of the databases, and the backups beside them.
async fn info(context: Context) -> Outcome {
    let login = context.who()?;
    let assets = context
        .read_global(|transaction| {
            rows::select(transaction, "SELECT value FROM settings WHERE name = 'assets_version'", [])
        })
        .await?;
    let assets = match assets.first() {
        Some(row) => row.text(0)?.parse::<u32>().map_err(|_| Unanswered::declined("an unusual version of assets"))?,
        None => 0,
    };
    let user = match login {
        None => json!({}),
        Some(user) => {
            // The path as legacy writes it, which may see the directory under another name.
            let info = context.session().with_facts(|facts| facts.info().cloned()).unwrap_or_default();
            let directory = info["data_directory"].as_str();
            let directory =
                directory.ok_or_else(|| Unanswered::declined("legacy has not said yet where its data is"))?;
            let path = format!("{}/users/{}/{FILE}", directory.trim_end_matches('/'), user.name);
            // Its schema version is checked before anything is read.
            context.read_user(&user, |_| Ok(())).await?;
            let here = context.session().files.directory()?.join("users").join(&user.name);
            let (size, backups) = tokio::task::spawn_blocking(move || Ok((size(&here.join(FILE))?, backups(&here)?)))
                .await
                .map_err(|error| Unanswered::Failed(error.to_string()))?
                .map_err(|error: Unanswered| error)?;
            json!({"info": {"filepath": path, "size": size, "version": version::USER}, "backups": backups})
        }
    };
    let global = json!({"globaldb_schema_version": version::GLOBAL, "globaldb_assets_version": assets});
    Ok(Answer::ok(&json!({"globaldb": global, "userdb": user}))?)
}

fn size(path: &Path) -> Result<u64, Unanswered> {
    std::fs::metadata(path).map(|data| data.len()).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Unanswered {
    Unanswered::declined(format!("{}: {error}", path.display()))
}

/// The backups in a directory and below, in the directories' own order, as legacy walks them.
fn backups(directory: &Path) -> Result<Vec<Value>, Unanswered> {
    let mut found = Vec::new();
    let mut directories = VecDeque::from([directory.to_owned()]);
    while let Some(directory) = directories.pop_front() {
        let mut below = Vec::new();
        for entry in std::fs::read_dir(&directory).map_err(|error| unreadable(&directory, &error))? {
            let entry = entry.map_err(|error| unreadable(&directory, &error))?;
            let path = entry.path();
            let kind = entry.file_type().map_err(|error| unreadable(&path, &error))?;
            if kind.is_symlink() {
                return Err(Unanswered::declined("there is a link among the user's files"));
            }
            if kind.is_dir() {
                below.push(path);
                continue;
            }
            let name = entry.file_name();
            let name = name.to_str().ok_or_else(|| Unanswered::declined("a file's name is not UTF-8"))?;
            if let Some((time, version)) = backup(name)? {
                found.push(json!({"time": time, "version": version, "size": size(&path)?}));
            }
        }
        // A directory is walked to its end before the next one beside it.
        for path in below.into_iter().rev() {
            directories.push_front(path);
        }
    }
    Ok(found)
}

/// Time and version in the name of a backup. Legacy finds such names within others too, which are left to it.
fn backup(name: &str) -> Result<Option<(u64, u64)>, Unanswered> {
    let Some((time, rest)) = name.split_once("_rotkehlchen_db_v") else { return Ok(None) };
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u64>().ok())?;
    match (number(time), rest.strip_suffix(".backup").and_then(number)) {
        (Some(time), Some(version)) => Ok(Some((time, version))),
        _ => Err(Unanswered::declined("a file is called almost as a backup is")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backups_are_told_by_their_names() {
        assert_eq!(backup("1624053928_rotkehlchen_db_v26.backup").unwrap(), Some((1_624_053_928, 26)));
        assert_eq!(backup("rotkehlchen.db").unwrap(), None);
        for name in ["x1_rotkehlchen_db_v2.backup", "1_rotkehlchen_db_v2xbackup", "1_rotkehlchen_db_v2.backup.old"] {
            assert!(backup(name).is_err(), "{name}");
        }
    }

    #[test]
    fn directories_below_are_walked_too() {
        let directory = tempfile::TempDir::new().unwrap();
        let below = directory.path().join("a/b");
        std::fs::create_dir_all(&below).unwrap();
        std::fs::write(below.join("7_rotkehlchen_db_v49.backup"), "abc").unwrap();
        std::fs::write(directory.path().join(FILE), "").unwrap();
        assert_eq!(backups(directory.path()).unwrap(), [json!({"time": 7, "version": 49, "size": 3})]);
    }
}
