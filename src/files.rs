//! Files of our own: claimed by one bridge, readable by their owner alone, replaced whole, set aside when damaged.

mod claim;

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

pub use claim::{Claim, Unclaimed, give_up_handed, held, take_in};

/// Damaged files that are kept; the last one makes way for the next.
const SET_ASIDE: u32 = 3;

/// A path with something appended to the name.
#[must_use]
pub fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// How a file is made that nobody else may read.
#[must_use]
pub fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The directory a file is in.
#[must_use]
pub fn directory(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Replaces a file whole or not at all, and does not return before that is on the disk. Blocking.
///
/// # Errors
/// It can not be written; the old one is as it was.
pub fn replace(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut fresh = tempfile::NamedTempFile::new_in(directory(file))?;
    fresh.write_all(bytes)?;
    fresh.as_file().sync_all()?;
    fresh.persist(file).map_err(|error| error.error)?;
    // The name is on the disk when its directory is.
    File::open(directory(file))?.sync_all()
}

/// Renames a damaged file, so that a new one can be begun and nothing is lost.
///
/// # Errors
/// It can not be renamed.
pub fn set_aside(file: &Path) -> io::Result<PathBuf> {
    let name = |number: u32| beside(file, &format!(".corrupt-{number}"));
    let aside = (1..SET_ASIDE).map(name).find(|name| !name.exists()).unwrap_or_else(|| name(SET_ASIDE));
    std::fs::rename(file, &aside)?;
    Ok(aside)
}
