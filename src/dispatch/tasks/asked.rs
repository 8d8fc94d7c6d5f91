//! Which requests are about tasks.

use std::time::Duration;

use http::{Method, request::Parts};

use crate::{routes::target::Target, wire::query::pairs};

/// A request about tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AboutTasks {
    /// `GET /api/1/tasks`
    List,
    /// `GET /api/1/tasks/{id}`: its outcome, handed out once.
    Take(u64),
    /// The same by `HEAD`. Legacy runs that as a GET, and the outcome is lost; one of ours stays.
    Look(u64),
    /// `DELETE /api/1/tasks/{id}`
    Cancel(u64),
}

impl AboutTasks {
    /// What a request is about, if it is about tasks.
    #[must_use]
    pub fn of(method: &Method, target: &Target) -> Option<Self> {
        if !target.path().starts_with("api/1/tasks") {
            return None;
        }
        let segments = target.segments()?;
        let ["api", "1", "tasks", rest @ ..] = segments.as_slice() else { return None };
        match (method, rest) {
            (&Method::GET, []) => Some(Self::List),
            (&Method::GET, [id]) => number(id).map(Self::Take),
            (&Method::HEAD, [id]) => number(id).map(Self::Look),
            (&Method::DELETE, [id]) => number(id).map(Self::Cancel),
            _ => None,
        }
    }
}

/// Digits alone, as legacy's router has it.
fn number(id: &str) -> Option<u64> {
    id.bytes().all(|byte| byte.is_ascii_digit()).then(|| id.parse().ok())?
}

/// How long the client would wait for an outcome: `?wait=SECONDS`, which legacy does not know. None if it does not ask
/// to.
///
/// # Errors
/// It is no number of seconds: what to tell the client.
pub fn wait(parts: &Parts) -> Result<Option<Duration>, String> {
    let query = parts.uri.query().unwrap_or_default();
    let Some(pairs) = pairs(query) else { return Ok(None) };
    let Some((_, value)) = pairs.into_iter().find(|(name, _)| name == "wait") else { return Ok(None) };
    let seconds = value.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.map(Some).ok_or_else(|| "wait is a number of seconds, as in ?wait=20".into())
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    #[test]
    fn requests_about_tasks_are_recognised_as_legacys_router_sees_them() {
        let of = |method: &str, path: &str| AboutTasks::of(&method.parse().unwrap(), &Target::of(path));
        assert_eq!(of("GET", "/api/1/tasks"), Some(AboutTasks::List));
        assert_eq!(of("GET", "/api/1/%74asks/007"), Some(AboutTasks::Take(7)));
        assert_eq!(of("HEAD", "/api/1/tasks/7"), Some(AboutTasks::Look(7)));
        assert_eq!(of("DELETE", "/api/1/tasks/7"), Some(AboutTasks::Cancel(7)));
        for (method, path) in [
            ("DELETE", "/api/1/tasks"),
            ("GET", "/api/1/tasks/"),
            ("GET", "/api/1/tasks/-1"),
            ("GET", "/api/1/tasks/99999999999999999999"),
            ("POST", "/api/1/tasks/1"),
            ("GET", "/api/1/tags/1"),
        ] {
            assert_eq!(of(method, path), None, "{method} {path}");
        }
    }

    #[test]
    fn a_wait_is_a_number_of_seconds() {
        let of = |target: &str| wait(&Request::get(target).body(()).unwrap().into_parts().0);
        assert_eq!(of("/x"), Ok(None));
        assert_eq!(of("/x?a=1&wait=20"), Ok(Some(Duration::from_secs(20))));
        assert_eq!(of("/x?wait=0.5"), Ok(Some(Duration::from_millis(500))));
        for odd in ["/x?wait=", "/x?wait=-1", "/x?wait=NaN", "/x?wait=long", "/x?wait=1e400"] {
            assert!(of(odd).is_err(), "{odd}");
        }
    }
}
