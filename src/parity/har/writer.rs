//! A file that is a whole HAR after every entry: whoever stops us, by whatever means, finds a file that opens.

use std::{
    fs::{File, OpenOptions},
    io::{self, ErrorKind, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use super::{
    Entry, HarError,
    write::{TAIL, head, next},
};

/// Writes a recording. There may be secrets in it: on Unix, nobody but its owner can read the file.
///
/// It waits for the disk, so it is not for a thread of the runtime.
#[derive(Debug)]
pub struct Writer {
    file: File,
    path: PathBuf,
    /// Where the next entry goes, over the end of the JSON.
    end: u64,
    entries: u64,
}

impl Writer {
    /// A new file without entries.
    ///
    /// # Errors
    /// There is such a file already, or it can not be written.
    pub fn create_new(path: &Path) -> Result<Self, HarError> {
        Self::begin(path, options().create_new(true))
    }

    /// A file without entries, in place of the one that may be there.
    ///
    /// # Errors
    /// It can not be written.
    pub fn replace(path: &Path) -> Result<Self, HarError> {
        Self::begin(path, options().create(true).truncate(true))
    }

    fn begin(path: &Path, options: &OpenOptions) -> Result<Self, HarError> {
        let start = || {
            let mut file = options.open(path)?;
            private(&file)?;
            let head = head();
            file.write_all(format!("{head}{TAIL}").as_bytes())?;
            Ok(Self { file, path: path.to_owned(), end: head.len() as u64, entries: 0 })
        };
        start().map_err(|error: io::Error| match error.kind() {
            ErrorKind::AlreadyExists => HarError::Exists.within(path),
            _ => HarError::Write(error).within(path),
        })
    }

    /// Appends an entry. If that fails, the file is as it was before, as far as the disk allows.
    ///
    /// # Errors
    /// It can not be written.
    pub fn append(&mut self, entry: &Entry) -> Result<(), HarError> {
        let line = next(entry, self.entries == 0);
        if let Err(error) = self.put(&format!("{line}{TAIL}")) {
            // What is there of the new entry is cut off; a second failure has nothing to add to the first.
            let _ = self.put(TAIL).and_then(|()| self.file.set_len(self.end + TAIL.len() as u64));
            return Err(HarError::Write(error).within(&self.path));
        }
        self.end += line.len() as u64;
        self.entries += 1;
        Ok(())
    }

    /// How many entries there are.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// Waits until the disk has everything.
    ///
    /// # Errors
    /// It does not.
    pub fn finish(self) -> Result<(), HarError> {
        self.file.sync_all().map_err(|error| HarError::Write(error).within(&self.path))
    }

    /// In one write, so that nobody reads a part of it.
    fn put(&mut self, text: &str) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.write_all(text.as_bytes())
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A file that was there before keeps its mode when it is opened. A device is not ours to close to others.
#[cfg(unix)]
fn private(file: &File) -> io::Result<()> {
    if !file.metadata()?.is_file() {
        return Ok(());
    }
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))
}

#[cfg(not(unix))]
fn private(_: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::parity::{Request, har::read};

    #[test]
    fn an_entry_that_can_not_be_written_is_not_counted_and_the_next_one_follows_the_last() {
        let request =
            Request { method: "GET".to_owned(), target: "/".to_owned(), headers: Vec::new(), body: "".into() };
        let entry = Entry::new(UNIX_EPOCH, request, Err("none".to_owned()));
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.har");
        let mut writer = Writer::create_new(&path).unwrap();
        writer.append(&entry).unwrap();
        // A file that is open for reading only refuses every write.
        let file = std::mem::replace(&mut writer.file, File::open(&path).unwrap());
        assert!(writer.append(&entry).unwrap_err().to_string().contains("a.har: it can not be written: "));
        assert_eq!(writer.entries(), 1);
        writer.file = file;
        // What half a write leaves behind the end is written over.
        writer.put(",\n{\"startedDateTime\": ").unwrap();
        writer.append(&entry).unwrap();
        assert_eq!(read(&path).unwrap().entries, [entry.clone(), entry]);
    }
}
