//! What this user may do with a file, and whose it is.

use std::{fs, os::unix::fs::MetadataExt, path::Path};

use rustix::fs::Access;

/// Whether this process may: the file system itself is asked, which knows of read-only mounts and access lists.
pub(super) fn may(path: &Path, access: Access) -> bool {
    rustix::fs::access(path, access).is_ok()
}

/// May look into a directory, and make files there.
pub(super) fn may_make_files(directory: &Path) -> bool {
    may(directory, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK)
}

/// Whose a file is, in words.
pub(super) fn owner(path: &Path) -> String {
    fs::metadata(path).map_or_else(|_| "nobody".to_owned(), |found| user_name(found.uid()))
}

/// Who we are.
pub(super) fn us() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// A user, by name where /etc/passwd has one (passwd(5)).
pub(super) fn user_name(id: u32) -> String {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    named(&users, id).map_or_else(|| format!("user {id}"), ToOwned::to_owned)
}

fn named(users: &str, id: u32) -> Option<&str> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(id)).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_go_by_name_where_they_have_one() {
        let users = "root:x:0:0:root:/root:/bin/bash\nrotki:x:1001:1001::/var/lib/rotki:/bin/false\nbroken\n";
        assert_eq!((named(users, 1001), named(users, 0), named(users, 7)), (Some("rotki"), Some("root"), None));
        assert_eq!(user_name(4_000_000_000), "user 4000000000");
    }

    #[test]
    fn a_file_that_is_not_there_may_not_be_read() {
        let directory = tempfile::TempDir::new().unwrap();
        assert!(may_make_files(directory.path()));
        assert!(!may(&directory.path().join("x"), Access::READ_OK));
    }
}
