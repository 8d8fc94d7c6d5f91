//! A file that a command changes: shown as a diff, replaced at once.

use std::{
    fs::Permissions,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use similar::TextDiff;

/// The change as a unified diff that patch takes, with colours if somebody looks.
pub(super) fn diff(name: &str, old: &str, new: &str, colour: bool) -> String {
    let text = TextDiff::from_lines(old, new).unified_diff().header(name, name).to_string();
    if !colour {
        return text;
    }
    let painted = |line: &str| {
        let paint = match line.as_bytes() {
            [b'-', b'-', b'-', ..] | [b'+', b'+', b'+', ..] => "1",
            [b'@', ..] => "36",
            [b'-', ..] => "31",
            [b'+', ..] => "32",
            _ => return line.to_owned(),
        };
        let bare = line.trim_end_matches(['\r', '\n']);
        format!("\u{1b}[{paint}m{bare}\u{1b}[0m{}", &line[bare.len()..])
    };
    text.split_inclusive('\n').map(painted).collect()
}

/// Replaces a file that was read before: whoever opens it finds the old text or the new one, and its mode stays. `old` is
/// what was read, none if there was no file.
///
/// # Errors
/// It was changed since, or can not be written; it is as it was.
pub(super) fn replace(file: &Path, old: Option<&str>, new: &str) -> anyhow::Result<()> {
    // What a link leads to is replaced, and not the link.
    let file: PathBuf = if old.is_some() {
        file.canonicalize().with_context(|| format!("finding {}", file.display()))?
    } else {
        file.to_owned()
    };
    let beside = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = || -> std::io::Result<tempfile::NamedTempFile> {
        let mut aside = tempfile::Builder::new().prefix(".cutover-").tempfile_in(beside)?;
        aside.write_all(new.as_bytes())?;
        aside.as_file().set_permissions(mode(&file, old.is_some())?)?;
        aside.as_file().sync_all()?;
        Ok(aside)
    };
    let aside = written().with_context(|| format!("writing beside {}", file.display()))?;
    let found = match std::fs::read(&file) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(|| format!("reading {}", file.display())),
    };
    if found.as_deref() != old.map(str::as_bytes) {
        bail!("{} was changed meanwhile; it is left as it is: try again", file.display());
    }
    aside.persist(&file).map_err(|error| error.error).with_context(|| format!("replacing {}", file.display()))?;
    Ok(())
}

fn mode(file: &Path, exists: bool) -> std::io::Result<Permissions> {
    if exists {
        return Ok(std::fs::metadata(file)?.permissions());
    }
    Ok(std::os::unix::fs::PermissionsExt::from_mode(0o644))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_replaced_with_its_mode_and_through_a_link() {
        let directory = tempfile::TempDir::new().unwrap();
        let (file, link) = (directory.path().join("a.toml"), directory.path().join("b.toml"));
        std::fs::write(&file, "old").unwrap();
        std::fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        replace(&link, Some("old"), "new").unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 2, "nothing is left beside it");
    }

    #[test]
    fn a_file_that_was_changed_meanwhile_is_left_alone() {
        let directory = tempfile::TempDir::new().unwrap();
        let file = directory.path().join("a.toml");
        std::fs::write(&file, "changed").unwrap();
        let error = replace(&file, Some("old"), "new").unwrap_err().to_string();
        assert!(error.contains("changed meanwhile"), "{error}");
        assert!(replace(&file, None, "new").is_err());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "changed");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left beside it");
        let none = directory.path().join("none.toml");
        replace(&none, None, "new").unwrap();
        assert_eq!(std::fs::read_to_string(&none).unwrap(), "new");
    }

    #[test]
    fn colours_change_nothing_but_the_looks() {
        let (old, new) = ("a\nb\nc\n", "a\nB\nc\nd");
        let (plain, painted) = (diff("x", old, new, false), diff("x", old, new, true));
        assert_ne!(plain, painted);
        let bare = regex::Regex::new("\u{1b}\\[\\d+m").unwrap().replace_all(&painted, "").into_owned();
        assert_eq!(bare, plain);
    }
}
