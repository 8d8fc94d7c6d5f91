//! What was changed while running: kept in routes.state.toml, so that it is in force after a restart as well.

use std::{collections::BTreeMap, io, path::Path, time::SystemTime};

use serde::{Deserialize, Serialize};

use super::{
    entry::{Cause, Who},
    moment,
};
use crate::{
    config::{Mode, Position},
    files,
    routes::overrides::{Override, Overrides},
};

/// The version of what is in the file.
const VERSION: u32 = 1;

const HEAD: &str = "\
# Written by cutover: what was changed while it ran, on top of routes.toml, which it never touches.
# `cutover flag reset` forgets it all, `cutover flag ROUTE reset` one route. While the bridge runs, edit routes.toml
# instead: a mode that is changed there is in force, and what stands here about that route is forgotten.

";

/// All of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct State {
    version: u32,
    /// The kill switch, if it was engaged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub killed: Option<Killed>,
    /// Routes by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub route: BTreeMap<String, RouteState>,
}

/// The kill switch is engaged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Killed {
    /// Since when.
    #[serde(with = "moment")]
    pub at: SystemTime,
    /// By whom.
    pub by: Who,
    /// Why.
    pub why: String,
}

/// One route.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RouteState {
    /// Where it was moved to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved: Option<Moved>,
    /// It stays where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// A guardrail rolled it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tripped: Option<Tripped>,
}

/// A route was moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moved {
    /// Where to.
    pub to: Position,
    /// What the configuration said then.
    pub configured: Position,
    /// `flags.all` at that time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all: Option<Mode>,
    /// When.
    #[serde(with = "moment")]
    pub at: SystemTime,
    /// By whom.
    pub by: Who,
    /// The reason in a word.
    pub reason: Cause,
    /// And in a sentence.
    pub why: String,
}

/// A route stays where it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// Since when.
    #[serde(with = "moment")]
    pub at: SystemTime,
    /// By whom.
    pub by: Who,
    /// Why.
    pub why: String,
}

/// A guardrail rolled a route back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tripped {
    /// Which.
    pub guardrail: String,
    /// When.
    #[serde(with = "moment")]
    pub at: SystemTime,
    /// End of the cool-down.
    #[serde(with = "moment")]
    pub until: SystemTime,
    /// From where.
    pub from: Position,
    /// What was seen.
    pub why: String,
}

impl RouteState {
    /// Whether there is nothing to keep.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl State {
    /// Where the routes are that were moved.
    #[must_use]
    pub fn overrides(&self) -> Overrides {
        let moved = self.route.iter().filter_map(|(name, route)| {
            let Moved { to, configured, all, .. } = route.moved.as_ref()?;
            let tripped = route.tripped.is_some();
            Some((name.clone(), Override { position: *to, configured: *configured, all: *all, tripped }))
        });
        moved.collect()
    }

    /// As it is written. Empty if there is nothing to keep.
    fn text(&self) -> String {
        if self.killed.is_none() && self.route.is_empty() {
            return String::new();
        }
        let state = Self { version: VERSION, ..self.clone() };
        format!("{HEAD}{}", toml::to_string(&state).unwrap_or_default())
    }

    /// Writes it, or removes the file if there is nothing to keep. Blocking.
    ///
    /// # Errors
    /// It can not be written; what was there is there.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let text = self.text();
        if !text.is_empty() {
            return files::replace(path, text.as_bytes());
        }
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Reads it; nothing was changed where there is no file. Blocking.
    ///
    /// # Errors
    /// Why it can not be used: it can not be read, is damaged, or of a newer version.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = match std::fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            other => other.map_err(|error| error.to_string())?,
        };
        Self::of(&text)
    }

    fn of(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Any {
            version: u32,
        }
        if let Ok(Any { version }) = toml::from_str::<Any>(text)
            && version > VERSION
        {
            return Err(format!("it is of version {version}, and this bridge knows {VERSION}"));
        }
        toml::from_str(text).map_err(|error| error.message().lines().collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::rollout::entry::Actor;

    fn state() -> State {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_763_770_000);
        let by = Who::person(Some("ann".into()));
        let tags = RouteState {
            moved: Some(Moved {
                to: Position::new(Mode::Canary, "12.5".parse().unwrap()),
                configured: Position::LEGACY,
                all: None,
                at,
                by: Who::of(Actor::Ladder),
                reason: Cause::Ladder,
                why: "its evidence is in and clean".into(),
            }),
            hold: Some(Hold { at, by: by.clone(), why: "on holiday".into() }),
            tripped: None,
        };
        let tripped = Tripped {
            guardrail: "errors".into(),
            at,
            until: at + Duration::from_secs(600),
            from: Position::new(Mode::Native, "0".parse().unwrap()),
            why: "20 of 20 requests failed".into(),
        };
        let notes = RouteState { tripped: Some(tripped), ..RouteState::default() };
        State {
            version: VERSION,
            killed: Some(Killed { at, by, why: "a \"quoted\" reason".into() }),
            route: BTreeMap::from([("notes_list".into(), notes), ("tags_list".into(), tags)]),
        }
    }

    #[test]
    fn the_file_is_for_people_to_read_and_reads_back() {
        let text = state().text();
        insta::assert_snapshot!(text);
        assert_eq!(State::of(&text).unwrap(), state());
    }

    #[test]
    fn without_anything_to_keep_there_is_no_file() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("routes.state.toml");
        state().write(&path).unwrap();
        assert_eq!(State::read(&path).unwrap(), state());
        State::default().write(&path).unwrap();
        assert!(!path.exists());
        State::default().write(&path).unwrap();
        assert_eq!(State::read(&path).unwrap(), State::default());
    }

    #[test]
    fn a_damaged_file_and_one_of_a_newer_version_say_so() {
        for (text, said) in [
            ("version = 2\nnew = 1", "it is of version 2, and this bridge knows 1"),
            (
                "version = 1\n[route.x]\nmode = \"native\"",
                "unknown field `mode`, expected one of `moved`, `hold`, `tripped`",
            ),
            ("version = 1\n[route", "unclosed table, expected `]`"),
        ] {
            assert_eq!(State::of(text).unwrap_err(), said);
        }
    }
}
