//! `/api/1/users`

use std::path::Path;

use serde_json::{Map, Value};

use super::{Context, Handler, Stop, Unanswered, handler::Outcome};
use crate::{
    session::Who,
    wire::{Answer, Gives},
};

/// `GET /api/1/users`
pub const LIST: Handler = Handler::reads("users_list", "GET /api/1/users", |context| Box::pin(list(context)))
    .gives(Gives::Mapping(&Gives::Text));

/// Legacy's name for "nobody"; a directory of that name would show as logged in.
const NO_USER: &str = "no_user";

/// Every directory with a user's database in it, in the directory's own order, as legacy lists them.
async fn list(context: Context) -> Outcome {
    let view = context.view()?;
    if view.in_between || matches!(view.who, Who::Unknown) {
        return Err(Stop::declined("who is logged in is not known for sure"));
    }
    let users = context.session().files.directory()?.join("users");
    let names = tokio::task::spawn_blocking(move || names_in(&users))
        .await
        .map_err(|error| Unanswered::Failed(error.to_string()))??;
    let mut listed = Map::new();
    for name in names {
        if name == NO_USER {
            return Err(Stop::declined("a user is called as legacy calls nobody"));
        }
        let word = if view.who.name() == Some(&name) { "loggedin" } else { "loggedout" };
        listed.insert(name, Value::from(word));
    }
    Ok(Answer::ok(&listed)?)
}

fn names_in(users: &Path) -> Result<Vec<String>, Unanswered> {
    let unreadable = |error: std::io::Error| Unanswered::declined(format!("{}: {error}", users.display()));
    let mut names = Vec::new();
    for entry in std::fs::read_dir(users).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() && path.join("rotkehlchen.db").exists() {
            let name = path.file_name().and_then(|name| name.to_str());
            names.push(name.ok_or_else(|| Unanswered::declined("a user's name is not UTF-8"))?.to_owned());
        }
    }
    Ok(names)
}
