//! Counts are exact, and survive restarts.

use super::*;
use crate::parity::Skip;

fn note_one_of_each(evidence: &Evidence) {
    let noise = || Verdict::Noise(vec![difference(Kind::Order, "/result")]);
    let verdicts = [
        Verdict::Matched,
        Verdict::Ignored(vec![1]),
        mismatch("/result/*/name"),
        noise(),
        Verdict::Dirty,
        Verdict::HandlerFailed("panicked".into()),
        Verdict::HandlerDeclined("async".into()),
        Verdict::Skipped(Skip::Streaming),
    ];
    for verdict in verdicts {
        note(evidence, "a", verdict, None);
    }
}

#[tokio::test]
async fn every_verdict_is_counted_with_its_reasons_places_and_rules() {
    let evidence = Evidence::open(None, limits()).unwrap();
    note_one_of_each(&evidence);
    let a = route(&evidence, "a");
    assert!(a.verdicts.iter().all(|(_, count)| *count == 1), "{:?}", a.verdicts);
    assert_eq!(a.total(), 8);
    assert_eq!(a.skipped, [("streaming".into(), 1)]);
    assert_eq!(a.declined, [("async".into(), 1)]);
    assert_eq!(a.failed, [("panicked".into(), 1)]);
    let places: Vec<String> = a
        .places
        .iter()
        .map(|one| format!("{}|{}|{} {}", one.place.verdict(), one.place.kind, one.place.path, one.count))
        .collect();
    assert_eq!(
        places,
        ["handler failed|handler failed| 1", "mismatched|value|/result/*/name 1", "noise|order|/result 1"]
    );
    let rules: Vec<String> = a.rules.iter().map(|one| format!("{} {}/{}", one.rule, one.hits, one.compared)).collect();
    assert_eq!(rules, ["unordered /result 0/2", "ignore /time 1/2"]);
}

#[tokio::test]
async fn a_comparison_counts_once_at_a_place_however_often_it_differs_there() {
    let evidence = Evidence::open(None, limits()).unwrap();
    let many = (0..50).map(|_| difference(Kind::Value, "/a/*")).chain([difference(Kind::Type, "/a/*")]).collect();
    note(&evidence, "a", Verdict::Mismatched(many), None);
    let counts: Vec<_> = route(&evidence, "a").places.iter().map(|one| (one.place.kind, one.count)).collect();
    assert_eq!(counts, [("type", 1), ("value", 1)]);
}

#[tokio::test]
async fn counts_go_on_after_a_restart() {
    let (_folder, path) = place();
    let mut before = None;
    for times in 1..=3 {
        let evidence = open(&path);
        let loaded = evidence.summary();
        assert_eq!(before.take().unwrap_or_default(), loaded.routes, "as it was at the end");
        note_one_of_each(&evidence);
        assert_eq!(route(&evidence, "a").total(), times * 8);
        evidence.flush().await.unwrap();
        drop(evidence);
        // What is kept to the millisecond only.
        let evidence = open(&path);
        let routes = evidence.summary().routes;
        assert_eq!(routes[0].total(), times * 8);
        assert_eq!(routes[0].rules[1].hits, times);
        assert_eq!(routes[0].places[0].count, times);
        before = Some(routes);
    }
}

#[tokio::test]
async fn dropping_the_last_handle_writes_what_is_left() {
    let (_folder, path) = place();
    let evidence = open(&path);
    let clone = evidence.clone();
    note(&evidence, "a", mismatch("/x"), Some(exchange(b"one")));
    drop(evidence);
    note(&clone, "a", Verdict::Matched, None);
    drop(clone);
    let evidence = open(&path);
    assert_eq!(route(&evidence, "a").total(), 2);
    assert_eq!(kept(&evidence).await, ["one"]);
}

#[tokio::test]
async fn after_closing_it_counts_on_in_memory_and_keeps_no_samples() {
    let (_folder, path) = place();
    let evidence = open(&path);
    note(&evidence, "a", Verdict::Matched, None);
    evidence.close().await;
    evidence.close().await;
    note(&evidence, "a", mismatch("/x"), Some(exchange(b"late")));
    let a = route(&evidence, "a");
    assert_eq!((a.total(), a.dropped), (2, 1));
    assert!(evidence.samples(None).await.is_err());
    // The file is free for the next one.
    let next = open(&path);
    assert_eq!((next.summary().faults, route(&next, "a").total()), (0, 1));
}

#[tokio::test]
async fn eight_threads_lose_no_count() {
    let (_folder, path) = place();
    let evidence = open(&path);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let evidence = evidence.clone();
            scope.spawn(move || {
                for number in 0..1000 {
                    let name = if number % 2 == 0 { "shared".to_owned() } else { format!("own {thread}") };
                    let verdict =
                        if number % 3 == 0 { mismatch(&format!("/{}", number % 30)) } else { Verdict::Matched };
                    let sample = (number % 9 == 0).then(|| exchange(b"x"));
                    note(&evidence, &name, verdict, sample);
                }
            });
        }
    });
    let total = |evidence: &Evidence| evidence.summary().routes.iter().map(RouteSummary::total).sum::<u64>();
    assert_eq!(total(&evidence), 8000);
    let shared = route(&evidence, "shared");
    assert_eq!((shared.verdict("mismatched"), shared.verdict("matched")), (8 * 167, 8 * 333));
    assert_eq!(shared.places.iter().map(|one| one.count).sum::<u64>(), 8 * 167);
    drop(evidence);
    assert_eq!(total(&open(&path)), 8000);
}

#[tokio::test]
async fn a_sample_of_counts_that_were_forgotten_meanwhile_is_not_kept() {
    let evidence = Evidence::open(None, limits()).unwrap();
    note(&evidence, "a", mismatch("/x"), Some(exchange(b"before")));
    evidence.ledger.forget(Some("a"));
    note(&evidence, "a", mismatch("/x"), Some(exchange(b"after")));
    assert_eq!(kept(&evidence).await, ["after"]);
    assert_eq!(route(&evidence, "a").places[0].samples, 1);
}

#[tokio::test]
async fn a_reset_forgets_a_route_here_and_in_the_file() {
    let (_folder, path) = place();
    let evidence = open(&path);
    for name in ["a", "b"] {
        note(&evidence, name, mismatch("/x"), Some(exchange(name.as_bytes())));
    }
    evidence.flush().await.unwrap();
    note(&evidence, "a", mismatch("/y"), Some(exchange(b"on its way")));
    evidence.reset(Some("a".into())).await.unwrap();
    let names = |evidence: &Evidence| evidence.summary().routes.into_iter().map(|one| one.route).collect::<Vec<_>>();
    assert_eq!(names(&evidence), ["b"]);
    assert_eq!(kept(&evidence).await, ["b"]);
    note(&evidence, "a", Verdict::Matched, None);
    assert_eq!(route(&evidence, "a").total(), 1);
    drop(evidence);
    let evidence = open(&path);
    assert_eq!((names(&evidence), kept(&evidence).await), (vec!["a".into(), "b".into()], vec!["b".into()]));
    assert_eq!((route(&evidence, "a").total(), route(&evidence, "a").places.len()), (1, 0));
    evidence.reset(None).await.unwrap();
    drop(evidence);
    let evidence = open(&path);
    assert_eq!((names(&evidence), kept(&evidence).await), (vec![], vec![]));
}
