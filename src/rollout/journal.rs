//! The journal: a line of JSON for each change, in a file and the one before it; the latest ones in memory.

use std::{
    collections::{HashMap, VecDeque},
    io,
    path::Path,
    sync::Arc,
};

use super::{
    entry::{Action, Entry},
    journal_lines::{Line, each},
};
use crate::config::{Mode, Position};

/// Entries that are in memory.
const RECENT: usize = 1000;

/// What is known of the changes so far.
#[derive(Debug, Default)]
pub struct Journal {
    recent: VecDeque<Arc<Entry>>,
    last: u64,
    /// Where the last change of each route put it.
    pub(super) positions: HashMap<String, Position>,
    /// What `flags.all` was last.
    pub(super) all: Option<Mode>,
    /// Lines that are no entries.
    pub unreadable: u64,
}

impl Journal {
    /// Reads what is there; nothing is, where there is no file. Blocking.
    ///
    /// # Errors
    /// It can not be read.
    pub fn read(path: &Path) -> io::Result<Self> {
        let mut journal = Self::default();
        each(path, |line| match line {
            Line::Entry(entry, _) => journal.note(Arc::from(entry)),
            Line::Unreadable => journal.unreadable = journal.unreadable.saturating_add(1),
        })?;
        Ok(journal)
    }

    /// The number of the next entry.
    pub(super) fn next(&self) -> u64 {
        self.last.saturating_add(1)
    }

    /// Takes an entry in.
    pub(super) fn note(&mut self, entry: Arc<Entry>) {
        self.last = self.last.max(entry.id);
        match (&entry.route, entry.action) {
            (Some(route), _) => {
                if let Some(new) = entry.new {
                    self.positions.insert(route.clone(), new);
                }
            }
            (None, Action::All) => self.all = entry.new.map(|position| position.mode),
            (None, _) => {}
        }
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(entry);
    }

    /// The latest entries before one, of one route or of all, the newest first; and whether older ones are in the file
    /// alone.
    #[must_use]
    pub fn page(&self, route: Option<&str>, before: Option<u64>, limit: usize) -> (Vec<Arc<Entry>>, bool) {
        let wanted = self.recent.iter().rev().filter(|entry| wanted(entry, route, before));
        let page: Vec<Arc<Entry>> = wanted.take(limit).cloned().collect();
        let oldest = self.recent.front().map_or(1, |entry| entry.id);
        let more = page.len() < limit && oldest > 1;
        (page, more)
    }
}

fn wanted(entry: &Entry, route: Option<&str>, before: Option<u64>) -> bool {
    before.is_none_or(|before| entry.id < before) && route.is_none_or(|route| entry.route.as_deref() == Some(route))
}

/// The same from the files, for what is not in memory any more. Blocking.
///
/// # Errors
/// It can not be read.
pub fn page_of(path: &Path, route: Option<&str>, before: Option<u64>, limit: usize) -> io::Result<Vec<Arc<Entry>>> {
    let mut page = VecDeque::new();
    each(path, |line| {
        let Line::Entry(entry, _) = line else { return };
        if wanted(&entry, route, before) {
            page.push_back(Arc::from(entry));
        }
        if page.len() > limit {
            page.pop_front();
        }
    })?;
    Ok(page.into_iter().rev().collect())
}

/// All entries of the files as they were written, a line each, the oldest first. Blocking.
///
/// # Errors
/// They can not be read.
pub fn whole(path: &Path) -> io::Result<Vec<u8>> {
    let mut lines = Vec::new();
    each(path, |line| {
        if let Line::Entry(_, text) = line {
            lines.extend_from_slice(text);
            lines.push(b'\n');
        }
    })?;
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use std::{io::Write as _, time::SystemTime};

    use super::*;
    use crate::{
        files::Claim,
        rollout::{
            appender::Appender,
            entry::{Actor, Cause, Who},
        },
    };

    fn entry(id: u64, route: Option<&str>) -> Entry {
        Entry {
            id,
            at: SystemTime::UNIX_EPOCH,
            by: Who { kind: Actor::Person, name: Some("ann".into()) },
            action: Action::Set,
            route: route.map(str::to_owned),
            old: Some(Position::LEGACY),
            new: Some(Position::new(Mode::Canary, "12.5".parse().unwrap())),
            reason: Cause::Manual,
            why: "because".into(),
            evidence: None,
        }
    }

    fn appender(path: &Path) -> Appender {
        Appender::new(path.to_owned(), Claim::take(path).unwrap(), None)
    }

    #[test]
    fn a_line_is_an_entry_and_reads_back() {
        let line = entry(7, Some("tags")).line();
        insta::assert_snapshot!(line, @r#"{"id":7,"at":"1970-01-01T00:00:00.000Z","by":{"kind":"person","name":"ann"},"action":"set","route":"tags","old":{"mode":"legacy","percent":0.0},"new":{"mode":"canary","percent":12.5},"reason":"MANUAL","why":"because","evidence":null}"#);
        assert_eq!(serde_json::from_str::<Entry>(&line).unwrap(), entry(7, Some("tags")));
    }

    #[test]
    fn a_journal_goes_on_after_a_crash_in_the_middle_of_a_line() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("journal");
        appender(&path).append(&[entry(1, Some("a")).line(), entry(2, None).line()]).unwrap();
        let torn = &entry(3, Some("a")).line()[..40];
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(torn.as_bytes()).unwrap();
        let journal = Journal::read(&path).unwrap();
        assert_eq!((journal.next(), journal.unreadable), (3, 1));
        let mut appender = appender(&path);
        appender.append(&[entry(3, Some("b")).line()]).unwrap();
        std::fs::rename(&path, directory.path().join("old")).unwrap();
        appender.append(&[entry(4, Some("b")).line()]).unwrap();
        assert_eq!(Journal::read(&directory.path().join("old")).unwrap().next(), 4, "it stands by itself");
        assert_eq!(Journal::read(&path).unwrap().next(), 5, "a new file, since the old one was moved away");
    }

    #[test]
    fn what_could_not_be_written_is_written_with_the_next() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("journal");
        std::fs::create_dir(&path).unwrap();
        let mut appender = appender(&path);
        appender.append(&[entry(1, None).line()]).unwrap_err();
        std::fs::remove_dir(&path).unwrap();
        appender.append(&[entry(2, None).line()]).unwrap();
        let (page, _) = Journal::read(&path).unwrap().page(None, None, 9);
        assert_eq!(page.iter().map(|entry| entry.id).collect::<Vec<_>>(), [2, 1]);
    }

    #[test]
    fn pages_go_back_through_memory_and_file() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("journal");
        let lines: Vec<String> =
            (1..=1500).map(|id| entry(id, Some(if id % 2 == 0 { "even" } else { "odd" })).line()).collect();
        appender(&path).append(&lines).unwrap();
        let journal = Journal::read(&path).unwrap();
        let ids = |page: &[Arc<Entry>]| page.iter().map(|entry| entry.id).collect::<Vec<_>>();
        let (page, more) = journal.page(Some("even"), None, 3);
        assert_eq!((ids(&page), more), (vec![1500, 1498, 1496], false));
        let (page, more) = journal.page(None, Some(502), 3);
        assert_eq!((ids(&page), more), (vec![501], true), "the rest is in the file");
        assert_eq!(ids(&page_of(&path, None, Some(502), 3).unwrap()), [501, 500, 499]);
        assert_eq!(ids(&page_of(&path, Some("even"), Some(502), 2).unwrap()), [500, 498]);
        assert_eq!(journal.positions.len(), 2);
    }
}
