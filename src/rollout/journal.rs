//! The journal: a file that is only ever appended to, a line of JSON for each change; the latest ones in memory.

use std::{
    collections::{HashMap, VecDeque},
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::entry::{Action, Entry};
use crate::{
    config::{Mode, Position},
    files::Claim,
};

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
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(journal),
            other => other?,
        };
        for line in BufReader::new(file).split(b'\n') {
            let line = line?;
            match serde_json::from_slice::<Entry>(&line) {
                Ok(entry) => journal.note(Arc::new(entry)),
                // A crash in the middle of a line leaves half of it.
                Err(_) if line.iter().all(u8::is_ascii_whitespace) => {}
                Err(_) => journal.unreadable += 1,
            }
        }
        Ok(journal)
    }

    /// The number of the next entry.
    pub(super) fn next(&self) -> u64 {
        self.last + 1
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

/// The same from the file, for what is not in memory any more. Blocking.
///
/// # Errors
/// It can not be read.
pub fn page_of(path: &Path, route: Option<&str>, before: Option<u64>, limit: usize) -> io::Result<Vec<Arc<Entry>>> {
    let mut page = VecDeque::with_capacity(limit);
    for line in BufReader::new(File::open(path)?).split(b'\n') {
        let Ok(entry) = serde_json::from_slice::<Entry>(&line?) else { continue };
        if !wanted(&entry, route, before) {
            continue;
        }
        if page.len() == limit {
            page.pop_front();
        }
        page.push_back(Arc::new(entry));
    }
    Ok(page.into_iter().rev().collect())
}

/// The file, to be appended to.
#[derive(Debug)]
pub struct Appender {
    path: PathBuf,
    file: Option<File>,
    /// Lines that could not be written.
    unwritten: Vec<String>,
    _claim: Claim,
}

impl Appender {
    /// One for this file, opened when there is something to write.
    #[must_use]
    pub fn new(path: PathBuf, claim: Claim) -> Self {
        Self { path, file: None, unwritten: Vec::new(), _claim: claim }
    }

    /// Writes lines, and does not return before they are on the disk. Blocking.
    ///
    /// # Errors
    /// They can not be written; the next call writes them first, with a new descriptor.
    pub fn append(&mut self, lines: &[String]) -> io::Result<()> {
        self.unwritten.extend_from_slice(lines);
        let all = std::mem::take(&mut self.unwritten);
        let written = self.write(&all);
        if written.is_err() {
            self.file = None;
            self.unwritten = all;
        }
        written
    }

    fn write(&mut self, lines: &[String]) -> io::Result<()> {
        // Somebody may have moved it away, to begin a new one.
        let moved = !self.path.exists();
        let file = match &mut self.file {
            Some(file) if !moved => file,
            slot => slot.insert(open(&self.path)?),
        };
        let text: String = lines.iter().map(|line| line.clone() + "\n").collect();
        let length = file.metadata()?.len();
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_data());
        if written.is_err() {
            // What got there is written again, and is not to be there twice.
            let _ = file.set_len(length);
        }
        written
    }
}

/// Opens it; half a line at its end, left by a crash, is ended, so that the next one stands by itself.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    if file.metadata()?.len() > 0 {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::rollout::entry::{Actor, Cause, Who};

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
        Appender::new(path.to_owned(), Claim::take(path).unwrap())
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
