//! The lines of the journal's files: the one before, then the one that is written to.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read as _},
    path::{Path, PathBuf},
};

use super::entry::Entry;
use crate::files::beside;

/// Longest line that is read. An entry takes a few kilobytes; what is longer is none.
const LONGEST: usize = 1 << 20;
/// Largest number of an entry: the largest that every reader of JSON holds exactly.
const LARGEST: u64 = (1 << 53) - 1;

/// One line.
pub(super) enum Line<'a> {
    /// An entry, and its text.
    Entry(Box<Entry>, &'a [u8]),
    /// Something else.
    Unreadable,
}

/// The file before this one.
pub(super) fn previous(path: &Path) -> PathBuf {
    beside(path, ".1")
}

/// Every line of both files in the order in which they were written; empty ones are nothing. What was carried over into
/// the newer file is told once. Blocking.
///
/// # Errors
/// A file that is there can not be read.
pub(super) fn each(path: &Path, mut tell: impl FnMut(Line<'_>)) -> io::Result<()> {
    let mut last = 0;
    let both = [(previous(path), false), (path.to_owned(), true)];
    for (path, newer) in both {
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            other => other?,
        };
        let older = last;
        each_line(BufReader::new(file), |line| {
            let entry = line.and_then(|line| serde_json::from_slice::<Box<Entry>>(line).ok().zip(Some(line)));
            match entry.filter(|(entry, _)| entry.id <= LARGEST) {
                Some((entry, _)) if newer && entry.id <= older => {}
                Some((entry, line)) => {
                    last = last.max(entry.id);
                    tell(Line::Entry(entry, line));
                }
                // A crash in the middle of a line leaves half of it.
                None if line.is_some_and(|line| line.iter().all(u8::is_ascii_whitespace)) => {}
                None => tell(Line::Unreadable),
            }
        })?;
    }
    Ok(())
}

/// Each line without its end; none for one that is too long, which is not held.
fn each_line(mut file: impl BufRead, mut tell: impl FnMut(Option<&[u8]>)) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = file.by_ref().take(LONGEST as u64 + 1).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(());
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        } else if read > LONGEST {
            file.skip_until(b'\n')?;
            tell(None);
            continue;
        }
        tell(Some(&line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_not_held() {
        let text = [b"a\n".to_vec(), vec![b'x'; LONGEST + 10], b"\nb".to_vec()].concat();
        let mut seen = Vec::new();
        each_line(&text[..], |line| seen.push(line.map(<[u8]>::to_vec))).unwrap();
        assert_eq!(seen, [Some(b"a".to_vec()), None, Some(b"b".to_vec())]);
    }
}
