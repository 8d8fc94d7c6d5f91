//! Writing the journal: lines are appended to a file of bounded size, beside which the one before it is kept.

use std::{
    collections::{HashMap, VecDeque},
    fs::{File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use super::{
    entry::Action,
    journal_lines::{Line, each, previous},
};
use crate::files::{Claim, directory};

/// Lines that are kept while they can not be written.
const UNWRITTEN: usize = 10_000;

/// The file, to be appended to.
#[derive(Debug)]
pub struct Appender {
    path: PathBuf,
    file: Option<File>,
    /// Bytes of the file, beyond which another one is begun; none: without bound.
    most: Option<u64>,
    /// Lines that could not be written, and how many of them there was no room for.
    unwritten: VecDeque<String>,
    lost: u64,
    _claim: Claim,
}

impl Appender {
    /// One for this file, opened when there is something to write. A file of more than `most` bytes becomes the previous
    /// one, which makes way.
    #[must_use]
    pub fn new(path: PathBuf, claim: Claim, most: Option<u64>) -> Self {
        Self { path, file: None, most, unwritten: VecDeque::new(), lost: 0, _claim: claim }
    }

    /// Writes lines, and does not return before they are on the disk. Blocking.
    ///
    /// # Errors
    /// They can not be written; the next call writes them first, with a new descriptor. Of more than [`UNWRITTEN`] lines the
    /// oldest are given up.
    pub fn append(&mut self, lines: &[String]) -> io::Result<()> {
        self.unwritten.extend(lines.iter().cloned());
        let text: String = self.unwritten.iter().map(|line| line.clone() + "\n").collect();
        let written = self.write(&text);
        if written.is_err() {
            self.file = None;
            let over = self.unwritten.len().saturating_sub(UNWRITTEN);
            self.unwritten.drain(..over);
            self.lost = self.lost.saturating_add(over as u64);
        } else {
            self.unwritten.clear();
            let lost = std::mem::take(&mut self.lost);
            if lost > 0 {
                tracing::warn!(lost, "the journal can be written again; its oldest lines of meanwhile are lost");
            }
        }
        written
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        // Somebody may have moved it away, to begin a new one.
        let moved = !self.path.exists();
        let file = match &mut self.file {
            Some(file) if !moved => file,
            slot => slot.insert(open(&self.path)?),
        };
        let mut length = file.metadata()?.len();
        let full = self.most.is_some_and(|most| length > 0 && length.saturating_add(text.len() as u64) > most);
        let file = if full {
            let carried = self.begin_another()?;
            let file = self.file.insert(open(&self.path)?);
            file.write_all(&carried)?;
            length = carried.len() as u64;
            file
        } else {
            file
        };
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_data());
        if written.is_err() {
            // What got there is written again, and is not to be there twice.
            let _ = file.set_len(length);
        }
        written
    }

    /// Makes the file the previous one. Gives what the new one begins with: the last change of each route, without which
    /// it would not be known where they are once the previous file is gone as well.
    fn begin_another(&mut self) -> io::Result<Vec<u8>> {
        let mut latest: HashMap<Option<String>, (u64, Vec<u8>)> = HashMap::new();
        each(&self.path, |line| {
            let Line::Entry(entry, text) = line else { return };
            if entry.new.is_some() || entry.action == Action::All {
                latest.insert(entry.route, (entry.id, text.to_vec()));
            }
        })?;
        std::fs::rename(&self.path, previous(&self.path))?;
        self.file = None;
        // The name is on the disk when its directory is.
        File::open(directory(&self.path))?.sync_all()?;
        let mut latest: Vec<(u64, Vec<u8>)> = latest.into_values().collect();
        latest.sort_unstable_by_key(|(id, _)| std::cmp::Reverse(*id));
        // At most half of the file, or each line would begin another one.
        let mut room = self.most.unwrap_or(u64::MAX) / 2;
        let fits = latest.into_iter().take_while(|(_, line)| {
            let left = room.checked_sub(line.len() as u64 + 1);
            room = left.unwrap_or(0);
            left.is_some()
        });
        let mut carried: Vec<Vec<u8>> = fits.map(|(_, line)| line).collect();
        carried.reverse();
        Ok(carried.into_iter().flat_map(|line| [line, b"\n".to_vec()].concat()).collect())
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
    use crate::{
        config::{Mode, Position},
        rollout::{
            entry::{Actor, Cause, Entry, Who},
            journal::{Journal, page_of},
        },
    };

    fn line(id: u64, route: &str) -> String {
        let entry = Entry {
            id,
            at: SystemTime::UNIX_EPOCH,
            by: Who::of(Actor::File),
            action: Action::Configure,
            route: Some(route.to_owned()),
            old: None,
            new: Some(Position::new(Mode::Native, crate::config::Percent::NONE)),
            reason: Cause::Config,
            why: "x".repeat(100),
            evidence: None,
        };
        entry.line()
    }

    #[test]
    fn a_journal_of_any_length_takes_two_files_of_the_size_that_is_allowed() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("journal");
        let most = 10_000;
        let mut appender = Appender::new(path.clone(), Claim::take(&path).unwrap(), Some(most));
        appender.append(&[line(1, "first")]).unwrap();
        for id in 2..500 {
            appender.append(&[line(id, "tags")]).unwrap();
            assert!(path.metadata().unwrap().len() <= most);
            assert!(previous(&path).metadata().map_or(0, |file| file.len()) <= most);
        }
        let journal = Journal::read(&path).unwrap();
        assert_eq!((journal.next(), journal.unreadable), (500, 0));
        assert!(journal.positions.contains_key("first"), "where a route is outlives the entry's own file");
        let ids: Vec<u64> = page_of(&path, None, None, 1000).unwrap().iter().map(|entry| entry.id).collect();
        assert_eq!(ids.first(), Some(&499));
        assert!(ids.is_sorted_by(|a, b| a > b), "each is told once, the newest first");
        assert!(ids.len() > 25, "what was in the previous file is told too: {}", ids.len());
    }

    #[test]
    fn a_crash_between_the_two_files_loses_nothing() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("journal");
        let append = |lines: &[String]| {
            Appender::new(path.clone(), Claim::take(&path).unwrap(), Some(1000)).append(lines).unwrap();
        };
        append(&[line(1, "a"), line(2, "b")]);
        // The new file was not made any more.
        std::fs::rename(&path, previous(&path)).unwrap();
        assert_eq!(Journal::read(&path).unwrap().next(), 3);
        append(&[line(3, "c")]);
        assert_eq!(Journal::read(&path).unwrap().next(), 4);
        // It was made, and the crash came before anything was in it.
        std::fs::write(&path, "").unwrap();
        append(&[line(3, "c")]);
        let journal = Journal::read(&path).unwrap();
        assert_eq!((journal.next(), journal.positions.len()), (4, 3));
    }

    #[test]
    fn what_waits_for_a_disk_that_stays_full_is_bounded() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("journal");
        std::fs::create_dir(&path).unwrap();
        let mut appender = Appender::new(path.clone(), Claim::take(&path).unwrap(), None);
        let lines: Vec<String> = (1..=UNWRITTEN as u64 + 5).map(|id| line(id, "tags")).collect();
        for some in lines.chunks(4000) {
            appender.append(some).unwrap_err();
            assert!(appender.unwritten.len() <= UNWRITTEN);
        }
        assert_eq!(appender.lost, 5);
        std::fs::remove_dir(&path).unwrap();
        appender.append(&[]).unwrap();
        assert_eq!((appender.lost, appender.unwritten.len()), (0, 0));
        assert_eq!(page_of(&path, None, None, UNWRITTEN + 9).unwrap().len(), UNWRITTEN);
    }

    #[test]
    fn a_number_that_no_journal_comes_to_is_no_entrys() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("journal");
        std::fs::write(&path, [line(u64::MAX, "tags"), line(4, "tags")].join("\n")).unwrap();
        let journal = Journal::read(&path).unwrap();
        assert_eq!((journal.next(), journal.unreadable), (5, 1));
    }
}
