//! Nothing that a file does reaches the callers.

use std::io::{Seek, SeekFrom, Write};

use super::*;

/// Counts and keeps samples, wherever.
async fn works(evidence: &Evidence) {
    let before = evidence.summary().routes.iter().map(RouteSummary::total).sum::<u64>();
    for number in 0..20 {
        note(evidence, "a", mismatch(&format!("/{number}")), Some(exchange(b"x")));
    }
    evidence.flush().await.unwrap();
    assert_eq!(evidence.summary().routes.iter().map(RouteSummary::total).sum::<u64>(), before + 20);
}

fn overwrite(path: &Path, at: u64, with: &[u8]) {
    let mut file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(with).unwrap();
}

#[tokio::test]
async fn where_no_file_can_be_made_evidence_is_in_memory() {
    let (folder, path) = place();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    std::fs::create_dir(&path).unwrap();
    for path in [path, file.join("below"), folder.path().join("no/such/folder")] {
        let evidence = open(&path);
        assert_eq!((evidence.summary().file, evidence.summary().faults), (None, 1), "{}", path.display());
        works(&evidence).await;
        assert_eq!(evidence.samples(None).await.unwrap().len(), 20);
    }
}

#[tokio::test]
async fn a_read_only_file_is_left_as_it_is() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = place();
    works(&open(&path)).await;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
    let evidence = open(&path);
    // To root it is not read-only.
    if evidence.summary().file.is_none() {
        assert_eq!(evidence.summary().faults, 1);
    }
    works(&evidence).await;
}

#[tokio::test]
async fn a_damaged_file_is_set_aside_and_a_new_one_begun() {
    let (folder, path) = place();
    for times in 1..=5 {
        works(&open(&path)).await;
        // Cut off, or overwritten behind its header.
        match times % 2 {
            0 => std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(5000).unwrap(),
            _ => overwrite(&path, 4096, &vec![0xa5; 20_000]),
        }
        let evidence = open(&path);
        assert_eq!(evidence.summary().routes, [], "nothing half of which may be wrong is gone on with");
        assert!(evidence.summary().file.is_some());
        works(&evidence).await;
        drop(evidence);
        assert_eq!(route(&open(&path), "a").total(), 20);
        let aside = folder.path().join(format!("evidence.sqlite.corrupt-{}", times.min(3)));
        assert!(aside.exists());
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2 + 3, "no more than three are kept");
}

#[tokio::test]
async fn damage_that_no_count_shows_is_found_at_start() {
    let (folder, path) = place();
    let evidence = open(&path);
    note(&evidence, "a", mismatch("/x"), Some(exchange(&noise(1, 60_000))));
    drop(evidence);
    let length = path.metadata().unwrap().len();
    assert!(length > 60_000);
    // The last page is one of those that a large body goes on in.
    overwrite(&path, length - 4096, &[0xa5; 4096]);
    assert_eq!(open(&path).summary().routes, []);
    assert!(folder.path().join("evidence.sqlite.corrupt-1").exists());
}

#[tokio::test]
async fn a_file_that_is_cut_off_or_overwritten_while_it_is_open_costs_no_count() {
    for length in [0, 100, 5000] {
        let (_folder, path) = place();
        let evidence = open(&path);
        works(&evidence).await;
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(length).unwrap();
        for _ in 0..3 {
            works(&evidence).await;
            let _ = evidence.samples(None).await;
        }
        drop(evidence);
        works(&open(&path)).await;
    }
    let (_folder, path) = place();
    let evidence = open(&path);
    works(&evidence).await;
    // The header says that another process wrote, so that nothing that was read counts any more.
    overwrite(&path, 0, &vec![0xa5; 50_000]);
    works(&evidence).await;
    assert_eq!(evidence.summary().file, None, "it goes on in memory");
    assert!(evidence.summary().faults > 0);
    assert!(route(&evidence, "a").places.iter().all(|one| one.samples == 0), "samples that are lost are wanted again");
    works(&evidence).await;
    assert_eq!(evidence.samples(None).await.unwrap().len(), 20);
}

#[tokio::test]
async fn a_file_that_is_deleted_while_it_is_open_costs_no_count() {
    let (_folder, path) = place();
    let evidence = open(&path);
    works(&evidence).await;
    std::fs::remove_file(&path).unwrap();
    works(&evidence).await;
    assert_eq!(evidence.summary().file, None);
    works(&evidence).await;
    assert_eq!(evidence.samples(None).await.unwrap().len(), 20);
}

#[tokio::test]
async fn what_could_not_be_written_is_written_later() {
    let (_folder, path) = place();
    let evidence = open(&path);
    works(&evidence).await;
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    for _ in 0..2 {
        note(&evidence, "b", mismatch("/x"), Some(exchange(b"locked")));
        evidence.flush().await.unwrap();
    }
    note(&evidence, "c", mismatch("/once"), None);
    evidence.flush().await.unwrap();
    assert_eq!(route(&evidence, "b").places[0].samples, 0);
    let summary = evidence.summary();
    assert!(summary.faults >= 3 && summary.file.is_some(), "{summary:?}");
    assert_eq!(route(&evidence, "b").dropped, 2);
    evidence.reset(Some("a".into())).await.unwrap();
    other.execute_batch("ROLLBACK").unwrap();
    note(&evidence, "b", mismatch("/x"), Some(exchange(b"later")));
    drop(evidence);
    let evidence = open(&path);
    assert_eq!(kept(&evidence).await, ["later"]);
    assert_eq!((evidence.summary().routes.len(), route(&evidence, "b").total()), (2, 3));
    assert_eq!(route(&evidence, "c").places[0].count, 1);
    assert_eq!(route(&evidence, "b").dropped, 2);
}

#[tokio::test]
async fn a_full_disk_costs_samples_and_no_counts() {
    let (_folder, path) = place();
    // SQLite says that the disk is full when the file may not grow further.
    let large = Limits { routes: 1, places: 1, samples: 1, bytes: 8 << 20, ..limits() };
    let evidence = Evidence::open(Some(&path), large).unwrap();
    let growing = rusqlite::Connection::open(&path).unwrap();
    growing.execute_batch("CREATE TABLE ballast (x)").unwrap();
    growing.execute("INSERT INTO ballast VALUES (zeroblob(?))", [large.pages() * 4096]).unwrap();
    note(&evidence, "a", mismatch("/x"), Some(exchange(&b"\"".repeat(600_000))));
    evidence.flush().await.unwrap();
    note(&evidence, "a", Verdict::Matched, None);
    evidence.flush().await.unwrap();
    assert_eq!(route(&evidence, "a").total(), 2);
    assert!(evidence.summary().faults >= 1 && evidence.summary().file.is_some(), "{:?}", evidence.summary().fault);
    growing.execute_batch("DROP TABLE ballast; PRAGMA incremental_vacuum").unwrap();
    drop(evidence);
    let evidence = Evidence::open(Some(&path), large).unwrap();
    assert_eq!((route(&evidence, "a").total(), route(&evidence, "a").dropped), (2, 1));
}
