//! Every bound holds.

use super::*;
use crate::parity::evidence::limits::REST;

#[tokio::test]
async fn twenty_thousand_distinct_mismatches_keep_memory_and_file_bounded() {
    let (_folder, path) = place();
    let limits = Limits { samples: 200, bytes: 128 << 10, places: 500, places_per_route: 200, ..limits() };
    let evidence = Evidence::open(Some(&path), limits).unwrap();
    let mut largest = 0;
    for number in 0..20_000_u64 {
        let verdict = mismatch(&format!("/{number}/{}", "long".repeat(200)));
        let length = usize::try_from(number % 7 * 300).unwrap();
        note(&evidence, &format!("r{}", number % 4), verdict, Some(exchange(&noise(number, length))));
        if number % 250 == 0 {
            evidence.flush().await.unwrap();
            largest = largest.max(path.metadata().unwrap().len());
        }
    }
    evidence.flush().await.unwrap();
    let summary = evidence.summary();
    assert_eq!(summary.routes.iter().map(RouteSummary::total).sum::<u64>(), 20_000);
    let places: Vec<_> = summary.routes.iter().flat_map(|one| &one.places).collect();
    assert!(places.len() <= 500 + 4, "{}", places.len());
    assert_eq!(places.iter().map(|one| one.count).sum::<u64>(), 20_000, "beyond the bound they are counted together");
    assert!(places.iter().all(|one| one.place.path.len() <= 300));
    let heads = evidence.samples(None).await.unwrap();
    assert!(heads.len() <= 200 && heads.len() > 20, "{}", heads.len());
    assert!(heads.iter().map(|one| one.bytes).sum::<u64>() <= 128 << 10);
    assert_eq!(summary.faults, 0, "{:?}", summary.fault);
    // The samples, 500 places of 300 bytes, pages begun, and those that are kept free.
    largest = largest.max(path.metadata().unwrap().len());
    assert!(largest < 2 << 20, "{largest}");
    drop(evidence);
    // With smaller bounds, the file shrinks, and the same is counted.
    let limits = Limits { samples: 10, bytes: 20_000, places: 20, routes: 2, ..limits };
    let evidence = Evidence::open(Some(&path), limits).unwrap();
    evidence.flush().await.unwrap();
    note(&evidence, "r0", Verdict::Matched, None);
    drop(evidence);
    let evidence = Evidence::open(Some(&path), limits).unwrap();
    let summary = evidence.summary();
    assert_eq!(
        summary.routes.iter().map(RouteSummary::total).sum::<u64>(),
        10_001,
        "of the two routes that stay apart"
    );
    let places: Vec<_> = summary.routes.iter().flat_map(|one| &one.places).collect();
    assert_eq!(places.iter().map(|one| one.count).sum::<u64>(), 20_000);
    assert!(places.len() <= 20 + 3, "{}", places.len());
    assert!(evidence.samples(None).await.unwrap().len() <= 10);
    assert!(path.metadata().unwrap().len() < 1 << 20, "{}", path.metadata().unwrap().len());
}

#[tokio::test]
async fn noise_leaves_mismatches_their_names() {
    let few = Limits { places_per_route: 3, ..limits() };
    let evidence = Evidence::open(None, few).unwrap();
    for number in 0..10 {
        note(&evidence, "a", Verdict::Noise(vec![difference(Kind::Value, &format!("/noise/{number}"))]), None);
    }
    note(&evidence, "a", mismatch("/mismatch"), None);
    let a = route(&evidence, "a");
    assert!(a.places.iter().any(|one| one.place.path == "/mismatch"));
    assert_eq!(a.places[0].place.path, REST);
    assert_eq!((a.places[0].count, a.places.len()), (7, 5));
}

#[tokio::test]
async fn routes_beyond_the_bound_are_counted_together() {
    let evidence = Evidence::open(None, Limits { routes: 2, ..limits() }).unwrap();
    for name in ["a", "b", "c", "d", "a"] {
        note(&evidence, name, Verdict::Matched, None);
    }
    let counts: Vec<_> = evidence.summary().routes.iter().map(|one| (one.route.clone(), one.total())).collect();
    assert_eq!(counts, [("a".into(), 2), ("b".into(), 1), (REST.into(), 2)]);
}

#[tokio::test]
async fn a_sample_that_is_too_large_is_dropped_and_counted() {
    let evidence = Evidence::open(None, Limits { bytes: 80_000, ..limits() }).unwrap();
    note(&evidence, "a", mismatch("/x"), Some(exchange(&noise(1, 6_000))));
    note(&evidence, "a", mismatch("/x"), Some(exchange(&noise(1, 100_000))));
    evidence.flush().await.unwrap();
    assert_eq!(kept_ids(&evidence).await, [] as [i64; 0]);
    assert_eq!((route(&evidence, "a").dropped, route(&evidence, "a").total()), (2, 2));
    note(&evidence, "a", mismatch("/x"), Some(exchange(&noise(1, 4_000))));
    assert_eq!(kept_ids(&evidence).await.len(), 1);
}

#[tokio::test]
async fn when_the_queue_is_full_the_newest_sample_is_dropped_and_counted() {
    let evidence = Evidence::open(None, Limits { bytes: 1 << 20, ..limits() }).unwrap();
    // A quarter of the bytes may wait; those that take longer to arrive than these to be noted are dropped.
    for number in 0..500 {
        note(&evidence, &format!("r{number}"), mismatch("/x"), Some(exchange(&noise(number, 40_000))));
    }
    evidence.flush().await.unwrap();
    let summary = evidence.summary();
    let dropped: u64 = summary.routes.iter().map(|one| one.dropped).sum();
    let samples = evidence.samples(None).await.unwrap().len() as u64;
    assert_eq!(summary.routes.iter().map(RouteSummary::total).sum::<u64>(), 500);
    assert!(dropped > 0 && samples > 0 && dropped + samples <= 500, "{dropped} {samples}");
    assert_eq!(summary.routes.first().map(|one| one.dropped), Some(0), "what waits is not displaced by what comes");
    // What waited gave its room back.
    note(&evidence, "last", mismatch("/x"), Some(exchange(&noise(1, 40_000))));
    assert_eq!(evidence.samples(Some("last".into())).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_forgotten_leaves_room_for_names_and_gives_its_bytes_back() {
    let (_folder, path) = place();
    let evidence = Evidence::open(Some(&path), Limits { places: 2, ..limits() }).unwrap();
    for round in 0..3 {
        for number in 0..2 {
            let sample = exchange(&noise(number, 1_000_000));
            note(&evidence, "a", mismatch(&format!("/{round}/{number}")), Some(sample));
        }
        evidence.flush().await.unwrap();
        assert!(route(&evidence, "a").places.iter().all(|one| one.place.path != REST && one.samples == 1));
        assert!(path.metadata().unwrap().len() > 4_000_000);
        evidence.reset(Some("a".into())).await.unwrap();
        assert!(path.metadata().unwrap().len() < 1_200_000);
    }
}

async fn kept_ids(evidence: &Evidence) -> Vec<i64> {
    evidence.samples(None).await.unwrap().iter().map(|one| one.id).collect()
}
