//! Files that a request names by their path on legacy's machine.
//!
//! The bridge may run on another machine, or see other files. The one place that it shares with legacy for certain is the
//! data directory: a file below that is the same for both, whatever the directory is called on either side. Any other
//! path is legacy's to look at, and so is whatever there is not.

use std::{
    fs::{File, Metadata},
    io::Read as _,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use super::{Context, Unanswered};
use crate::wire::{
    Value,
    validate::{Fault, Item, Kind, Question, Shape},
};

/// A path (`FileField`), to be judged by [`known`].
pub(super) const FILE: Kind = Kind::Scalar(Shape::Path, |value, pass| match value {
    Value::Str(path) => pass.look_up("file", path),
    _ => Err(Fault::message("Provided non string or file type for file")),
});

/// Largest file that is read, as `native.max_body` has it of a form unless it is set.
const LARGEST: u64 = 1 << 20;

/// Whether the files that an argument's kind asks for are there and end like this (`FileField`).
///
/// # Errors
/// One of them is legacy's to look at.
pub(super) async fn known(
    context: &Context,
    questions: Vec<Question>,
    ending: &str,
) -> Result<Vec<Result<Item, String>>, Unanswered> {
    let mut answers = Vec::with_capacity(questions.len());
    for Question { value: path, .. } in questions {
        let place = Place::of(context, &path)?;
        blocking(move || place.open().map(drop)).await?;
        answers.push(if path.ends_with(ending) {
            Ok(Item::Text(path))
        } else {
            Err(format!("Given file {path} does not end in any of {ending}"))
        });
    }
    Ok(answers)
}

/// What is in a file.
///
/// # Errors
/// It is legacy's to look at.
pub(super) async fn read(context: &Context, path: &str) -> Result<Vec<u8>, Unanswered> {
    let place = Place::of(context, path)?;
    blocking(move || {
        let mut bytes = Vec::new();
        let read = place.open()?.take(LARGEST + 1).read_to_end(&mut bytes);
        match read {
            Ok(_) if bytes.len() as u64 <= LARGEST => Ok(bytes),
            _ => Err(elsewhere()),
        }
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Unanswered> + Send + 'static,
) -> Result<T, Unanswered> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Unanswered::Failed(error.to_string()))?
}

/// A place in the data directory.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    directory: PathBuf,
    below: PathBuf,
}

impl Place {
    fn of(context: &Context, path: &str) -> Result<Self, Unanswered> {
        let info = context.session().with_facts(|facts| facts.info().cloned()).unwrap_or_default();
        let legacys = info["data_directory"].as_str();
        let legacys = legacys.ok_or_else(|| Unanswered::declined("legacy has not said yet where its data is"))?;
        let below = below(legacys, path).ok_or_else(elsewhere)?;
        Ok(Self { directory: context.session().files.directory()?.to_owned(), below })
    }

    /// Opens it, if it is a plain file in which legacy sees the same: no link on the way to it, on the same device, and
    /// readable for who owns the databases.
    fn open(&self) -> Result<File, Unanswered> {
        let found = |path: &Path| std::fs::symlink_metadata(path).map_err(|_| elsewhere());
        let database = found(&self.directory.join("global/global.db"))?;
        let mut path = self.directory.clone();
        let mut parts = self.below.iter().peekable();
        while let Some(part) = parts.next() {
            path.push(part);
            let data = found(&path)?;
            let kind = if parts.peek().is_some() { data.is_dir() } else { data.is_file() };
            if !(kind && is_everybodys(&data, &database)) {
                return Err(elsewhere());
            }
        }
        let file = File::open(&path).map_err(|_| elsewhere())?;
        let (seen, opened) = (found(&path)?, file.metadata().map_err(|_| elsewhere())?);
        ((seen.dev(), seen.ino()) == (opened.dev(), opened.ino())).then_some(file).ok_or_else(elsewhere)
    }
}

fn is_everybodys(data: &Metadata, database: &Metadata) -> bool {
    /// Its owner may read it, which for a directory is to look into it as well.
    const READABLE: [u32; 2] = [0o400, 0o500];
    let readable = READABLE[usize::from(data.is_dir())];
    (data.dev(), data.uid()) == (database.dev(), database.uid()) && data.mode() & readable == readable
}

/// What comes after the directory; `None` if it is not below, or not spelled plainly.
fn below(directory: &str, path: &str) -> Option<PathBuf> {
    let rest = path.strip_prefix(directory.strip_suffix('/').unwrap_or(directory))?.strip_prefix('/')?;
    let is_plain = |part: &str| !(part.is_empty() || part.starts_with('.') || part.contains('\0'));
    (directory.starts_with('/') && rest.split('/').all(is_plain)).then(|| rest.into())
}

fn elsewhere() -> Unanswered {
    Unanswered::declined("it names a file that legacy may see in another way")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn only_plain_paths_below_the_directory_are_looked_at() {
        assert_eq!(below("/data", "/data/a/b c.json"), Some("a/b c.json".into()));
        assert_eq!(below("/data/", "/data/a.json"), Some("a.json".into()));
        for path in
            ["/database/a", "/data", "/data/", "data/a", "/data//a", "/data/./a", "/data/x/../a", "/data/.a", "/a"]
        {
            assert_eq!(below("/data", path), None, "{path}");
        }
        assert_eq!(below("data", "data/a"), None);
    }

    #[test]
    fn only_what_both_sides_see_alike_is_opened() {
        let data = tempfile::TempDir::new().unwrap();
        let at = |name: &str| data.path().join(name);
        for directory in ["global", "sub", "closed"] {
            std::fs::create_dir(at(directory)).unwrap();
        }
        for file in ["global/global.db", "a.json", "sub/a.json", "closed/a.json", "secret.json"] {
            std::fs::write(at(file), "x").unwrap();
        }
        symlink(at("a.json"), at("link.json")).unwrap();
        symlink(at("sub"), at("linked")).unwrap();
        std::fs::set_permissions(at("secret.json"), std::fs::Permissions::from_mode(0o044)).unwrap();
        std::fs::set_permissions(at("closed"), std::fs::Permissions::from_mode(0o100)).unwrap();
        let opens = |below: &str| Place { directory: data.path().to_owned(), below: below.into() }.open().is_ok();
        assert!(opens("a.json") && opens("sub/a.json"));
        for place in ["link.json", "linked/a.json", "secret.json", "closed/a.json", "sub", "none.json", "a.json/x"] {
            assert!(!opens(place), "{place}");
        }
        std::fs::set_permissions(at("closed"), std::fs::Permissions::from_mode(0o700)).unwrap();
    }
}
