use super::sample;
use crate::parity::har::{Writer, read, to_string};

#[test]
fn a_file_is_whole_after_every_entry() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.har");
    let mut writer = Writer::create_new(&path).unwrap();
    assert_eq!(read(&path).unwrap().entries, []);
    let mut entries = Vec::new();
    for step in 0..5 {
        let mut entry = sample();
        entry.sequence = Some((1, step));
        writer.append(&entry).unwrap();
        entries.push(entry);
        assert_eq!(read(&path).unwrap().entries, entries);
        assert_eq!(writer.entries(), step + 1);
    }
    writer.finish().unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), to_string(&entries));
}

#[test]
fn a_file_is_replaced_only_when_that_is_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.har");
    Writer::create_new(&path).unwrap().append(&sample()).unwrap();
    let error = Writer::create_new(&path).unwrap_err().to_string();
    assert!(error.ends_with("a.har: there is such a file already, and it is not overwritten unasked"), "{error}");
    assert_eq!(read(&path).unwrap().entries.len(), 1);
    Writer::replace(&path).unwrap();
    assert_eq!(read(&path).unwrap().entries.len(), 0);
}

#[cfg(unix)]
#[test]
fn nobody_but_its_owner_reads_a_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let fresh = directory.path().join("new.har");
    Writer::create_new(&fresh).unwrap();
    assert_eq!(mode(&fresh), 0o600);
    let old = directory.path().join("old.har");
    std::fs::write(&old, "something").unwrap();
    std::fs::set_permissions(&old, std::fs::Permissions::from_mode(0o644)).unwrap();
    Writer::replace(&old).unwrap();
    assert_eq!(mode(&old), 0o600);
}

#[test]
fn a_file_that_can_not_be_written_is_an_error_that_names_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("none/a.har");
    for result in [Writer::create_new(&path), Writer::replace(&path)] {
        let error = result.unwrap_err().to_string();
        assert!(error.contains("none/a.har: it can not be written: "), "{error}");
    }
}
