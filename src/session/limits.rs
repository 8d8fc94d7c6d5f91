//! How much premium shows: its server lets each user go so far, and legacy asks it once after a login. No endpoint shows
//! that by itself; the answers that are cut do, in `entries_limit`.

use http::Method;
use serde_json::Value;

/// What premium limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limited {
    /// Groups of history events: `POST /api/1/history/events`.
    Events,
    /// Profit and loss reports: `GET /api/1/reports` and one of them.
    Reports,
    /// Events of such a report: `POST /api/1/reports/{report_id}/data`.
    ReportEvents,
}

impl Limited {
    /// What the answer to a request shows the limit of. `segments` are those of the path behind `/api/1/`.
    #[must_use]
    pub fn by(method: &str, segments: &[&str]) -> Option<Self> {
        let is_post = method == Method::POST.as_str();
        match segments {
            ["history", "events"] if is_post => Some(Self::Events),
            ["reports"] | ["reports", _] if method == Method::GET.as_str() => Some(Self::Reports),
            ["reports", _, "data"] if is_post => Some(Self::ReportEvents),
            _ => None,
        }
    }

    /// How much is shown without premium.
    #[must_use]
    pub const fn free(self) -> usize {
        match self {
            Self::Events => 100,
            Self::Reports => 20,
            Self::ReportEvents => 1000,
        }
    }

    /// The limit of a premium user in a result. Where its server can not be reached, legacy shows what it shows without
    /// premium, until it can: that is no limit to learn.
    #[must_use]
    pub fn shown(self, result: &Value) -> Option<u32> {
        let limit = result["entries_limit"].as_u64().and_then(|limit| u32::try_from(limit).ok())?;
        let without_premium = usize::try_from(limit).is_ok_and(|limit| limit == self.free())
            || result.get("entries_found_total").is_some();
        (!without_premium).then_some(limit)
    }
}

/// The limits of a premium user, as far as they were shown; zero is not known. Legacy has them all from one answer of the
/// server.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Limits([u32; 3]);

impl Limits {
    /// The limit, if it was shown.
    pub(super) fn of(self, limited: Limited) -> Option<usize> {
        let most = self.0[limited as usize];
        (most > 0).then(|| usize::try_from(most).unwrap_or(usize::MAX))
    }

    /// Takes in what was shown.
    pub(super) fn learn(&mut self, limited: Limited, most: u32) {
        self.0[limited as usize] = most;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_limit_is_learned_where_premium_was_shown_and_not_where_its_server_was_away() {
        let page = json!({"entries": [], "entries_found": 0, "entries_limit": 50_000, "entries_total": 0});
        assert_eq!(Limited::Events.shown(&page), Some(50_000));
        let fallen_back = json!({"entries_limit": 100, "entries_found_total": 3});
        assert_eq!(Limited::Events.shown(&fallen_back), None);
        assert_eq!(Limited::Reports.shown(&json!({"entries_limit": 20})), None);
        assert_eq!(Limited::ReportEvents.shown(&json!({"entries_limit": -1})), None);
        assert_eq!(Limited::ReportEvents.shown(&json!(null)), None);
    }

    #[test]
    fn the_answers_that_are_cut_are_known_by_method_and_path() {
        assert_eq!(Limited::by("POST", &["history", "events"]), Some(Limited::Events));
        assert_eq!(Limited::by("GET", &["reports", "7"]), Some(Limited::Reports));
        assert_eq!(Limited::by("POST", &["reports", "7", "data"]), Some(Limited::ReportEvents));
        assert_eq!(Limited::by("PUT", &["history", "events"]), None);
        assert_eq!(Limited::by("DELETE", &["reports", "7"]), None);
    }
}
