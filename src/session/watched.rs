//! Which requests say something about the session, or touch the files behind it.

use http::Method;

use super::limits::Limited;
use crate::routes::target::Target;

/// A request worth watching.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Watched {
    /// `PUT /api/1/users`: creates a user and logs it in.
    Create,
    /// `POST /api/1/users/{name}`: login.
    Login(String),
    /// `PATCH /api/1/users/{name}`: logout, or premium keys.
    Manage,
    /// `PATCH /api/1/users/{name}/password`.
    Password,
    /// Something that closes, replaces, copies or deletes database files.
    Files,
    /// `GET /api/1/tasks/{id}`: hands out the outcome of a login, once.
    Task(u64),
    /// `DELETE /api/1/tasks/{id}`: may kill a login.
    CancelTask(u64),
    /// `GET` or `PUT /api/1/settings`: shows premium and modules.
    Settings,
    /// `DELETE /api/1/premium`.
    Premium,
    /// An answer that shows how much premium shows.
    Limit(Limited),
    /// `GET /api/1/exchanges`: which are connected.
    Exchanges,
    /// `PUT`, `PATCH`, `DELETE` of it: connects one, or ends it.
    Connecting,
    /// `GET /api/1/statistics/netvalue`: may show that premium is active.
    NetValue,
}

impl Watched {
    /// What a request is to the session, if anything.
    #[must_use]
    pub fn of(method: &Method, target: &Target) -> Option<Self> {
        if !begins_with(
            target,
            &[
                "users",
                "tasks/",
                "settings",
                "premium",
                "database/backups",
                "history/events",
                "reports",
                "exchanges",
                "statistics/n",
            ],
        ) {
            return None;
        }
        let segments = target.segments()?;
        let ["api", "1", rest @ ..] = segments.as_slice() else { return None };
        // Werkzeug knows methods in any case.
        let method = method.as_str().to_ascii_uppercase();
        match (method.as_str(), rest) {
            ("PUT", ["users"]) => Some(Self::Create),
            ("POST", ["users", name]) if !name.is_empty() => Some(Self::Login((*name).to_owned())),
            ("PATCH", ["users", _]) => Some(Self::Manage),
            ("PATCH", ["users", _, "password"]) => Some(Self::Password),
            ("PUT", ["premium", "sync"]) | ("PUT" | "DELETE", ["database", "backups"]) => Some(Self::Files),
            ("GET", ["tasks", id]) => task(id).map(Self::Task),
            ("DELETE", ["tasks", id]) => task(id).map(Self::CancelTask),
            ("GET" | "PUT", ["settings"]) => Some(Self::Settings),
            ("DELETE", ["premium"]) => Some(Self::Premium),
            ("GET", ["exchanges"]) => Some(Self::Exchanges),
            ("PUT" | "PATCH" | "DELETE", ["exchanges"]) => Some(Self::Connecting),
            ("GET", ["statistics", "netvalue"]) => Some(Self::NetValue),
            (method, rest) => Limited::by(method, rest).map(Self::Limit),
        }
    }

    /// Whether our own connections to the user's files are closed before it is forwarded, and stay closed until it is
    /// through: legacy closes, rekeys, copies or replaces the files in it, and every login checkpoints 23 times.
    #[must_use]
    pub fn releases_files(&self) -> bool {
        matches!(self, Self::Create | Self::Login(_) | Self::Manage | Self::Password | Self::Files)
    }

    /// Whether its body holds something that must be known once legacy says yes.
    #[must_use]
    pub fn reads_request(&self) -> bool {
        matches!(self, Self::Create | Self::Login(_) | Self::Manage | Self::Password)
    }

    /// Whether a GET of this kind may write to the databases: a snapshot of balances, prices of NFTs and of others, names.
    #[must_use]
    pub fn writes_though_it_reads(method: &Method, target: &Target) -> bool {
        matches!(*method, Method::GET | Method::HEAD)
            && begins_with(target, &["balances", "exchange_rates", "avatars", "nfts/balances"])
            && matches!(
                target.segments().as_deref(),
                Some(["api", "1", "balances" | "exchange_rates" | "avatars", ..] | ["api", "1", "nfts", "balances"])
            )
    }

    /// Whether GETs (and HEADs, which run as such) of this kind hand something out that is gone afterwards, so that they are never asked twice.
    #[must_use]
    pub fn consumes(method: &Method, target: &Target) -> bool {
        matches!(*method, Method::GET | Method::HEAD)
            && begins_with(target, &["tasks/", "messages", "balances", "nfts"])
            && matches!(
                target.segments().as_deref(),
                Some(["api", "1", "tasks", _] | ["api", "1", "messages" | "balances"] | ["api", "1", "nfts", ..])
            )
    }
}

/// Whether a path may be one of these: most are not, and need not be taken apart for that.
fn begins_with(target: &Target, paths: &[&str]) -> bool {
    let rest = target.path().strip_prefix("api/1/");
    rest.is_some_and(|rest| paths.iter().any(|path| rest.starts_with(path)))
}

/// A task's id: digits alone. Legacy takes digits of any script; nobody sends them.
fn task(id: &str) -> Option<u64> {
    id.bytes().all(|b| b.is_ascii_digit()).then(|| id.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(method: &str, path: &str) -> Option<Watched> {
        Watched::of(&Method::from_bytes(method.as_bytes()).unwrap(), &Target::of(path))
    }

    #[test]
    fn requests_are_recognised_as_legacys_router_sees_them() {
        assert_eq!(of("POST", "/api/1/users/p%C3%B6%20x"), Some(Watched::Login("pö x".into())));
        assert_eq!(of("patch", "//api/1/%75sers/carol"), Some(Watched::Manage));
        assert_eq!(of("PATCH", "/api/1/users/x/password"), Some(Watched::Password));
        assert_eq!(of("GET", "/api/1/tasks/007"), Some(Watched::Task(7)));
        assert_eq!(of("GET", "/api/1/statistics/netvalue"), Some(Watched::NetValue));
        for (method, path) in [
            ("POST", "/api/1/users/"),
            ("POST", "/api/1//users/x"),
            ("GET", "/api/1/tasks/-1"),
            ("GET", "/api/1/tasks/+0"),
            ("GET", "/api/1/tags"),
            ("POST", "/users/x"),
        ] {
            assert_eq!(of(method, path), None, "{method} {path}");
        }
    }
}
