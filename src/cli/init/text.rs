//! What is written: what was found, and the shipped route table.

use std::path::Path;

use super::{KNOWN, backend::Backend};
use crate::schema::version::{LEGACY, USER};

/// Every migrated route with its parity rules, all in mode legacy.
const SHIPPED: &str = include_str!("../../../routes.toml");

/// The text of a routes.toml.
pub(super) fn of(backend: &Backend, directory: Option<&Path>) -> String {
    let (url, version) = (quoted(&backend.url), &backend.version);
    // What a backend says of itself stands in a comment, and must not end it.
    let version: String = version.chars().filter(|c| !c.is_control()).collect();
    format!(
        "\
# Written by cutover init for version {version} of the backend. It is yours to change: saved, a change is in force at
# once, or where it says so after a restart; `cutover check` says beforehand what is wrong with it. Every other key has the
# default that docs/routes.md gives, and each can also be set by CUTOVER_<SECTION>__<KEY>.

[legacy]
# Where the backend listens. After a restart.
url = {url}

[listen]
# Where the bridge listens: what clients ask in place of the backend. After a restart.
address = \"127.0.0.1:4300\"

[admin]
# The dashboard and the admin API. Others than this machine may reach it only with a token. After a restart.
address = \"127.0.0.1:4301\"
# token_file = \"admin.token\"   # openssl rand -hex 32 > admin.token && chmod 600 admin.token

{data}
[flags]
# true sends every request to the backend, whatever the modes below say.
kill_switch = false
# Whether routes that write may be native: \"off\"; \"guarded\", while the package inside the backend is connected; \"always\".
native_writes = \"off\"

# [compat]
# Where the package inside the backend reaches the bridge (docs/compat.md). After a restart.
# socket = \"/run/cutover/bridge.sock\"

# Every migrated route. To move one, change its mode one step at a time (docs/guides/one-route.md):
#   mode = \"legacy\"     the backend answers
#   mode = \"shadow\"     the backend answers, the handler runs beside it and is compared (routes that read)
#   mode = \"canary\"     the handler answers a share: add percent = 1, up to 100
#   mode = \"verify\"     the handler answers, and the backend is asked beside it and compared (routes that read)
#   mode = \"native\"     the handler answers; what it declines goes to the backend as it came
# To move it back, write \"legacy\" again.

{routes}",
        data = data(backend, directory),
        routes = routes(),
    )
}

fn data(backend: &Backend, directory: Option<&Path>) -> String {
    let about = format!(
        "[data]\n# The backend's data directory, with users/ and global/ in it. Handlers read version {USER} of the users' databases and\n\
         # {KNOWN} of global.db (rotki {LEGACY}); what needs another is forwarded. After a restart.\n"
    );
    match directory.and_then(Path::to_str) {
        Some(directory) => format!("{about}directory = {}\n", quoted(directory)),
        None => {
            let theirs = backend.directory.as_deref().and_then(Path::to_str).map_or("…".into(), quoted);
            format!("{about}# The backend names one that is not seen from here:\n# directory = {theirs}\n")
        }
    }
}

/// The shipped table, without what it says about itself.
fn routes() -> &'static str {
    SHIPPED.find("[[route]]").map_or("", |at| &SHIPPED[at..])
}

/// A string of one line, as JSON has it; TOML wants one letter more escaped (<https://toml.io/en/v1.0.0#string>).
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::{Layers, Mode},
        handlers,
        routes::Snapshot,
    };

    fn read(version: &str, directory: &str, seen: bool) -> Snapshot {
        let backend =
            Backend { url: "http://127.0.0.1:4250".into(), version: version.into(), directory: Some(directory.into()) };
        let text = of(&backend, seen.then_some(Path::new(directory)));
        Snapshot::from_text(&Layers::default(), Some(&text), &handlers::catalog(), 1).unwrap()
    }

    #[test]
    fn what_is_written_is_valid_and_leaves_everything_to_legacy() {
        let snapshot = read("1.40.1", "/a \"b\"\\c\n\u{7f}ö", true);
        assert_eq!(snapshot.config.legacy.url.to_string(), "http://127.0.0.1:4250");
        assert_eq!(snapshot.config.data.directory.as_deref(), Some(Path::new("/a \"b\"\\c\n\u{7f}ö")));
        assert_eq!(snapshot.table.routes.len(), handlers::ALL.len());
        assert!(snapshot.table.routes.iter().all(|route| route.mode == Mode::Legacy));
        assert!(
            snapshot.table.routes.iter().any(|route| !route.parity.is_empty()),
            "with the rules of the shipped table"
        );
    }

    #[test]
    fn what_a_backend_says_can_not_get_out_of_its_place() {
        let snapshot = read("1\n[flags]\nkill_switch = true\n", "/x\n\u{7f}[[route]]", false);
        assert!(!snapshot.config.flags.kill_switch && snapshot.config.data.directory.is_none());
    }
}
